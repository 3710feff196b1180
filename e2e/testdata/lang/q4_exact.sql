select l_orderkey, o_orderdate, o_shippriority, sum(l_extendedprice * (1 - l_discount)) as revenue
from exact join orders on l_orderkey = o_orderkey join customer on o_custkey = c_custkey
where c_mktsegment = 'BUILDING' and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
group by all order by revenue desc, o_orderdate limit 10
