"""Writes the files beside it with pyarrow, and their rows as rows.ndjson: `python3 write.py`, where pyarrow 26 is."""
import datetime
import decimal
import json
import pathlib

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
words = ["", "a", "übung", "a word of more than sixteen bytes", None, "日本語"]
rows = [
    {
        "n": None if i % 7 == 3 else i * 1000 - 5,
        "small": i % 100,
        "f": i / 4,
        "ok": None if i % 5 == 4 else i % 3 == 0,
        "word": words[i % len(words)],
        "price": decimal.Decimal(i * 25 - 100).scaleb(-2),
        "big": decimal.Decimal(10) ** 20 + i,
        "day": datetime.date(2024, 2, 29) + datetime.timedelta(days=i),
        "at": datetime.datetime(1969, 12, 31, 23, 59, 58, 999999) + datetime.timedelta(seconds=i),
        "list": None if i % 6 == 5 else [None if k == 1 else k + i for k in range(i % 4)],
        "record": None if i % 8 == 7 else {"x": None if i % 3 == 2 else i, "tags": [words[i % 3]] * (i % 3)},
        "records": [{"k": f"k{k}", "v": None if k == 1 else k / 2} for k in range(i % 3)],
        "lists": [[i, k] for k in range(i % 3)],
    }
    for i in range(60)
]
schema = pa.schema([
    ("n", pa.int64()), ("small", pa.uint8()), ("f", pa.float64()), ("ok", pa.bool_()), ("word", pa.string()), ("price", pa.decimal128(9, 2)),
    ("big", pa.decimal128(30, 0)), ("day", pa.date32()), ("at", pa.timestamp("us")), ("list", pa.list_(pa.int32())),
    ("record", pa.struct([("x", pa.int64()), ("tags", pa.list_(pa.string()))])),
    ("records", pa.list_(pa.struct([("k", pa.string()), ("v", pa.float64())]))), ("lists", pa.list_(pa.list_(pa.int64()))),
])
table = pa.Table.from_pylist(rows, schema)
encoded = table.set_column(4, "word", table["word"].dictionary_encode())

for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    pq.write_table(table, here / f"{codec}.parquet", compression=codec, row_group_size=25)
pq.write_table(table, here / "v2.parquet", data_page_version="2.0", version="2.6", compression="zstd", write_page_index=True)
pq.write_table(table, here / "delta.parquet", use_dictionary=False, compression="none", column_encoding={
    "n": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED", "word": "DELTA_BYTE_ARRAY", "f": "BYTE_STREAM_SPLIT", "ok": "RLE", "day": "DELTA_BINARY_PACKED"})
pq.write_table(table, here / "lengths.parquet", use_dictionary=False, compression="snappy", column_encoding={"word": "DELTA_LENGTH_BYTE_ARRAY"})
pq.write_table(encoded, here / "dictionary.parquet", compression="snappy", data_page_size=64)
pq.write_table(table, here / "old.parquet", version="1.0", use_deprecated_int96_timestamps=True, store_decimal_as_integer=True)
for codec in ["uncompressed", "lz4", "zstd"]:
    feather.write_feather(table, here / f"{codec}.arrow", compression=codec, chunksize=25)
feather.write_feather(encoded, here / "dictionary.arrow", compression="uncompressed")
with pa.OSFile(str(here / "stream.arrows"), "wb") as f, pa.ipc.new_stream(f, encoded.schema) as out:
    out.write_table(encoded, max_chunksize=25)



def text(v):
    return format(v.normalize(), "f") if isinstance(v, decimal.Decimal) else v.isoformat()


with open(here / "rows.ndjson", "w") as f:
    for r in rows:
        f.write(json.dumps(r, default=text, ensure_ascii=False) + "\n")
