"""Runs one query in one peer over and over. What to do is JSON in the only argument; each line of standard output is JSON: the peer's
version, milliseconds of a run from its text to its last row, and of processors, or why it cannot. Between the first run and the second
it warms up, for so many seconds. The rows of the first run go into a file, as Arrow.

Results are materialised by the peer itself, and are not turned into anything else while the clock runs."""
import json
import sys
import time

asked = json.loads(sys.argv[1])
dir, threads, repeat, warm_up, out, tables = (asked[k] for k in ("dir", "threads", "repeat", "warm_up", "out", "tables"))


def tell(**what):
    print(json.dumps(what), flush=True)


def timed(run):
    for i in range(repeat):
        ends = time.perf_counter() + warm_up
        while i == 1 and time.perf_counter() < ends:
            run()
        began, worked = time.perf_counter(), time.process_time()
        run()
        tell(ms=(time.perf_counter() - began) * 1000, cpu=(time.process_time() - worked) * 1000)


def duckdb(parquet):
    import duckdb
    import pyarrow

    db = duckdb.connect(config={"threads": threads}) if parquet else duckdb.connect(f"{dir}/native.duckdb", read_only=True, config={"threads": threads})
    if parquet:
        for t in tables:
            db.execute(f"create view {t} as from '{dir}/{t}.parquet'")
    tell(version="DuckDB " + duckdb.__version__)
    timed(lambda: db.sql(asked["sql"]).execute())
    if out:
        rows = db.execute(asked["sql"]).to_arrow_table()
        with pyarrow.OSFile(out, "wb") as f, pyarrow.ipc.new_stream(f, rows.schema) as w:
            w.write_table(rows)


def clickhouse():
    from chdb.session import Session

    s = Session(f"{dir}/clickhouse")
    tell(version="ClickHouse " + s.query("select version()", "TabSeparated").bytes().decode().strip())
    s.query("use bench")
    s.query(f"set max_threads = {threads}")
    timed(lambda: s.query(asked["sql"], "Null"))


try:
    clickhouse() if asked["peer"] == "clickhouse" else duckdb(asked["peer"] == "duckdb parquet")
except Exception as e:
    tell(error=str(e).strip().split("\n")[0])
