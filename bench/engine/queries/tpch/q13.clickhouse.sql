select c_count, count(*) as custdist
from (
  select c_custkey, count(o_orderkey) as c_count
  from customer left join (select * from orders where o_comment not like '%special%requests%') as plain on c_custkey = o_custkey
  group by c_custkey) as counted
group by c_count
order by custdist desc, c_count desc
settings join_use_nulls = 1
