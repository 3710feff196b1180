select l_orderkey, o_orderdate, o_shippriority, round(sum(l_extendedprice * (1 - l_discount)), 4) as revenue
from lineitem join orders on l_orderkey = o_orderkey join customer on o_custkey = c_custkey
where c_mktsegment = 'BUILDING' and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
group by all order by revenue desc, o_orderdate limit 10
