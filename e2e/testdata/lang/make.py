"""Makes the data of the language journeys, and the rows that DuckDB answers for each *.sql beside a *.dql of the same name.

    python3 -m venv env && env/bin/pip install duckdb==2.0.0 pyarrow==26.0.1 pytz && env/bin/python make.py

The numbers come from a small generator of its own, so that any version of Python makes the same files. The tests only read
what is committed; this runs again when a table or a question is added.
"""
import csv, datetime as dt, json, pathlib
import duckdb, pyarrow as pa, pyarrow.csv as pc, pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent


class Dice:
    """A linear congruential generator: Knuth's MMIX constants, the high bits."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def one_of(self, items):
        return items[self.below(len(items))]

    def between(self, lo, hi):
        return lo + self.below(hi - lo + 1)


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def write(name, head, rows):
    with open(HERE / f"{name}.csv", "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(head.split())
        w.writerows([["" if c is None else c for c in r] for r in rows])


def tpch():
    d = Dice(1)
    day = lambda base, n: (base + dt.timedelta(days=n)).isoformat()
    customers = [(k, d.one_of(["BUILDING", "MACHINERY", "AUTOMOBILE", "FURNITURE"])) for k in range(1, 61)]
    orders, items = [], []
    for k in range(1, 301):
        key = k * 4 - d.below(4)
        date = dt.date(1992, 1, 1) + dt.timedelta(days=d.below(2400))
        if k % 3 == 0:
            date = dt.date(1995, 3, 15) - dt.timedelta(days=d.below(60))
        orders.append((key, d.between(1, 60), date.isoformat(), d.below(3)))
        for line in range(1, d.between(1, 5) + 1):
            qty, ship = d.between(1, 50), day(date, d.between(1, 121))
            flag = "N" if ship > "1995-06-17" else d.one_of("AR")
            items.append((key, line, qty, money(qty * d.between(90000, 200000) // 10), "0.%02d" % d.below(11), "0.%02d" % d.below(9),
                          flag, "O" if ship > "1995-06-17" else "F", ship))
    write("customer", "c_custkey c_mktsegment", customers)
    write("orders", "o_orderkey o_custkey o_orderdate o_shippriority", orders)
    write("lineitem", "l_orderkey l_linenumber l_quantity l_extendedprice l_discount l_tax l_returnflag l_linestatus l_shipdate", items)
    exact = pa.decimal128(15, 2)
    table = pc.read_csv(HERE / "lineitem.csv", convert_options=pc.ConvertOptions(
        column_types={"l_quantity": exact, "l_extendedprice": exact, "l_discount": exact, "l_tax": exact}))
    pq.write_table(table, HERE / "lineitem.parquet", compression="zstd")


def small():
    d = Dice(2)
    write("tracks", "track_id name milliseconds", [(k, f"track {k}", d.between(60_000, 500_000) if k % 17 else 300_000 + k % 2) for k in range(1, 201)])
    write("x", "id6 v3", [(d.between(1, 40), None if d.below(6) == 0 else d.between(1, 10_000) / 8) for _ in range(300)])
    cities = ["Oslo", "Łódź", "São Paulo", "Kyoto", "Nairobi", "Lima"]
    write("city", "id name", [(10 + i, n) for i, n in enumerate(cities)])
    write("person", "name city_id", [(f"person {k}", d.between(8, 18)) for k in range(1, 81)])
    write("invoices", "invoice_id customer_id invoice_date total",
          [(k, d.between(1, 12), (dt.date(2024, 1, 1) + dt.timedelta(days=k)).isoformat(), d.between(1, 4000) / 4) for k in range(1, 151)])
    write("shops", "shop lat lon", [(f"shop {k}", 51.5 + d.between(-1500, 1500) / 10_000, -0.12 + d.between(-2000, 2000) / 10_000) for k in range(1, 201)])
    with open(HERE / "baskets.ndjson", "w") as f:
        for k in range(1, 121):
            items = [{"sku": d.one_of("abcdefgh") + str(d.below(3)), "price": d.between(1, 800) / 4, "qty": d.between(1, 5)} for _ in range(d.below(5))]
            f.write('{"order_id": %d, "customer_id": %d, "items": [%s]}\n' % (
                k, d.between(1, 15), ", ".join('{"sku": "%s", "price": %s, "qty": %d}' % (i["sku"], i["price"], i["qty"]) for i in items)))
    at = lambda s: (dt.datetime(2024, 5, 1, 9, 30) + dt.timedelta(seconds=s)).isoformat() + "Z"
    write("quotes", "sym ts bid ask", [(d.one_of(["AA", "BB", "CC"]), at(d.below(3600) * 2), 100 + d.below(80) / 8, 110 + d.below(80) / 8) for _ in range(120)])
    write("trades", "sym ts price", [(d.one_of(["AA", "BB", "CC", "DD"]), at(d.below(7200) * 1), 100 + d.below(160) / 8) for _ in range(100)])
    write("edges", "src dst", sorted({(d.between(1, 30), d.between(1, 30)) for _ in range(32)}))


def cell(v):
    """As the command line prints it: no digits that say nothing."""
    if v is None:
        return ""
    if isinstance(v, bool):
        return str(v).lower()
    if isinstance(v, float):
        return repr(int(v)) if v == int(v) and abs(v) < 1e15 else repr(v)
    if isinstance(v, list):
        return json.dumps(v, separators=(",", ":"))
    if isinstance(v, dt.datetime):
        return v.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(v)


def answer():
    db = duckdb.connect()
    db.execute("set timezone = 'UTC'")
    for f in sorted(HERE.glob("*.csv")):
        if not f.with_suffix(".sql").exists():
            db.execute(f"create view {f.stem} as from read_csv('{f}', header = true)")
    db.execute(f"create view baskets as from read_json('{HERE / 'baskets.ndjson'}')")
    db.execute(f"create view exact as from '{HERE / 'lineitem.parquet'}'")
    for q in sorted(HERE.glob("*.sql")):
        r = db.execute(q.read_text())
        with open(q.with_suffix(".csv"), "w", newline="") as f:
            w = csv.writer(f, lineterminator="\n")
            w.writerow([c[0] for c in r.description])
            w.writerows([[cell(v) for v in row] for row in r.fetchall()])


if __name__ == "__main__":
    tpch()
    small()
    answer()
