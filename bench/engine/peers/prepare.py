"""Makes the data of one set in a folder, for everyone: NAME.parquet for each table, native.duckdb and, where chdb is there, clickhouse/.

    prepare.py SET DIR [FLIGHTS AIRPORTS]

DuckDB writes the Parquet files, so that both read the same; they have several row groups, and are compressed by Snappy."""
import os
import subprocess
import sys

import duckdb


def tpch(db, scratch):
    """All tables at scale factor 1."""
    program = os.path.join(os.path.dirname(sys.executable), "tpchgen-cli")
    subprocess.run([program, "--scale-factor", "1", "--format", "parquet", "--output-dir", scratch], check=True, stdout=subprocess.DEVNULL)
    for name in ("lineitem", "orders", "partsupp", "part", "customer", "supplier", "nation", "region"):
        db.execute(f"create table {name} as from '{scratch}/{name}.parquet'")


def h2o(db, scratch):
    """The table of db-benchmark's group-by, 10 million rows and 100 groups, from a fixed seed."""
    import numpy

    rows, groups, random = 10_000_000, 100, numpy.random.default_rng(108)
    few, many = lambda: random.integers(1, groups + 1, rows), lambda: random.integers(1, rows // groups + 1, rows)
    drawn = dict(a=few(), b=few(), c=many(), id4=few(), id5=few(), id6=many(), v1=random.integers(1, 6, rows), v2=random.integers(1, 16, rows),
                 v3=numpy.round(random.random(rows) * 100, 6))
    db.execute("""create table x as select printf('id%03d', a) as id1, printf('id%03d', b) as id2, printf('id%010d', c) as id3,
                  id4, id5, id6, v1, v2, v3 from drawn""")


def flights(db, scratch):
    """Three million flights and the airports, of npm vega-datasets."""
    db.execute(f"create table flights as from '{sys.argv[3]}'")
    db.execute(f"create table airports as from '{sys.argv[4]}'")


def clickhouse(dir, tables):
    try:
        from chdb.session import Session
    except ImportError:
        return
    s = Session(f"{dir}/clickhouse")
    s.query("create database bench")
    for t in tables:
        # MergeTree with the order in which the rows come, as the others keep them.
        s.query(f"create table bench.{t} engine = MergeTree order by tuple() as select * from file('{dir}/{t}.parquet', Parquet)"
                " settings max_insert_threads = 1, schema_inference_make_columns_nullable = 'auto'")
    s.close()


def main():
    name, dir = sys.argv[1:3]
    scratch = os.path.join(dir, "scratch")
    os.makedirs(scratch)
    db = duckdb.connect(f"{dir}/native.duckdb")
    {"tpch": tpch, "h2o": h2o, "flights": flights}[name](db, scratch)
    tables = [t for (t,) in db.execute("select table_name from duckdb_tables()").fetchall()]
    for t in tables:
        db.execute(f"copy {t} to '{dir}/{t}.parquet' (format parquet, compression snappy, row_group_size 122880)")
    db.close()
    subprocess.run(["rm", "-r", scratch], check=True)
    clickhouse(dir, tables)


main()
