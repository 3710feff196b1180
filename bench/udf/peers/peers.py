"""Measures DuckDB's and ClickHouse's own user-defined functions over the rows that make bench-udf made.

Prints one JSON object a line: {"name": "peer/row", "ns": nanoseconds a row, reading taken off} or, where a peer has no such
function, {"name": …, "error": why}. One thread each; medians. Arguments: the Parquet file, the number of runs.
"""

import json
import os
import statistics
import sys
import tempfile
import time

path, repeat = sys.argv[1], int(sys.argv[2])


def timed(run, runs):
    run()
    times = []
    for _ in range(runs):
        began = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - began)
    return statistics.median(times)


def measure(name, query, with_, without, rows, runs=repeat):
    """The time of the query with_ less that of without, a row."""
    try:
        ns = timed(lambda: query(with_), runs) - timed(lambda: query(without), runs)
        print(json.dumps({"name": name, "ns": ns / rows}), flush=True)
    except Exception as e:
        print(json.dumps({"name": name, "error": str(e).split("\n")[0][:300]}), flush=True)


def maxima(table, of, settings=""):
    return "select " + ", ".join(f"max({e})" for e in of) + f" from {table}" + settings


def measure_call(name, query, call, columns, table, rows, settings="", runs=repeat):
    """What a call adds to reading all columns that it reads: both queries take as many maxima."""
    measure(name, query, maxima(table, [call] + columns[:-1], settings), maxima(table, columns, settings), rows, runs)


SCORED = ["x", "y"]
PLACES = ["lat1", "lon1", "lat2", "lon2"]
HAVERSINE = "2*6371.0088*asin(sqrt(least(1, pow(sin(radians(lat2-lat1)/2),2)+cos(radians(lat1))*cos(radians(lat2))*pow(sin(radians(lon2-lon1)/2),2))))"


def duckdb():
    import duckdb

    print(json.dumps({"name": "duckdb", "version": duckdb.__version__}), flush=True)
    db = duckdb.connect()
    db.execute("set threads = 1").fetchall()
    db.execute(f"create table t as select * from read_parquet('{path}')").fetchall()
    rows = db.execute("select count(*) from t").fetchall()[0][0]

    def query(sql):
        return db.execute(sql).fetchall()

    db.create_function("score_native", lambda x, y: x * y * 1.5, ["DOUBLE", "DOUBLE"], "DOUBLE")
    import pyarrow.compute as pc

    db.create_function("score_arrow", lambda x, y: pc.multiply(pc.multiply(x, y), 1.5), ["DOUBLE", "DOUBLE"], "DOUBLE", type="arrow")
    measure("duckdb sql/filter", query, "select count(*) from t where price * 1.2::double > 100::double", "select count(*) from t", rows)
    measure_call("duckdb sql/haversine", query, HAVERSINE, PLACES, "t", rows)
    measure_call("duckdb python arrow/score", query, "score_arrow(x, y)", SCORED, "t", rows)
    few = 300_000
    measure_call("duckdb python native/score", query, "score_native(x, y)", SCORED, f"(select * from t limit {few})", few)


def clickhouse():
    import chdb
    from chdb import session

    db = session.Session(tempfile.mkdtemp() + "?allow_experimental_webassembly_udf=1")

    def query(sql):
        return db.query(sql, "CSV")

    print(json.dumps({"name": "clickhouse", "version": str(query("select version()")).strip().strip('"') + ", chdb " + chdb.__version__}), flush=True)
    query("create table t engine = Memory as select " + ", ".join(f"assumeNotNull({c}) as {c}" for c in
          ["price", "x", "y", "lat1", "lon1", "lat2", "lon2", "name"]) + f" from file('{path}', Parquet)")
    rows = int(str(query("select count() from t")))
    one = " settings max_threads = 1"
    measure("clickhouse sql/filter", query, "select count() from t where price * 1.2 > 100" + one, "select count() from t where not ignore(price)" + one, rows)
    measure_call("clickhouse sql/haversine", query, HAVERSINE, PLACES, "t", rows, one)
    module = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers.wasm"), "rb").read()
    try:
        query(f"insert into system.webassembly_modules (name, code) values ('peers', unhex('{module.hex()}'))")
        query("create function score_row LANGUAGE WASM  FROM 'peers' :: 'score' ARGUMENTS (x Float64, y Float64) RETURNS Float64 ABI ROW_DIRECT")
        for name, args in [("score", "x Float64, y Float64"), ("haversine", "a Float64, b Float64, c Float64, d Float64")]:
            query(f"create function {name}_block LANGUAGE WASM  FROM 'peers' :: '{name}_block' ARGUMENTS ({args}) RETURNS Float64 ABI BUFFERED_V1 "
                  "SETTINGS serialization_format = 'RowBinary'")
    except Exception as e:
        print(json.dumps({"name": "clickhouse wasm", "error": str(e)[:300]}), flush=True)
    # Without a size of block, this version takes 1,400 ns a row; with one it is at its best.
    fuel = ", webassembly_udf_max_fuel = 1000000000000, webassembly_udf_max_input_block_size = 65536"
    few = 100_000
    measure_call("clickhouse wasm row/score", query, "score_row(x, y)", SCORED, f"(select x, y from t limit {few})", few, one + fuel, 3)
    measure_call("clickhouse wasm block/score", query, "score_block(x, y)", SCORED, "t", rows, one + fuel)
    measure_call("clickhouse wasm block/haversine", query, "haversine_block(lat1, lon1, lat2, lon2)", PLACES, "t", rows, one + fuel)
    few = 300_000
    try:
        chdb.create_function("score_python", lambda x, y: x * y * 1.5, ["Float64", "Float64"], "Float64")
    except Exception as e:
        print(json.dumps({"name": "clickhouse python", "error": str(e)[:300]}), flush=True)
    measure_call("clickhouse python/score", query, "score_python(x, y)", SCORED, f"(select x, y from t limit {few})", few, one)


for peer in [duckdb, clickhouse]:
    try:
        peer()
    except Exception as e:
        print(json.dumps({"name": peer.__name__, "error": str(e)[:300]}), flush=True)
