select l_returnflag, l_linestatus, sum(l_quantity)::bigint as sum_qty, round(sum(l_extendedprice), 2) as sum_base_price,
  round(sum(l_extendedprice * (1 - l_discount)), 4) as sum_disc_price,
  round(sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), 6) as sum_charge,
  round(avg(l_quantity), 6) as avg_qty, round(avg(l_extendedprice), 6) as avg_price, round(avg(l_discount), 6) as avg_disc,
  count(*) as count_order
from lineitem where l_shipdate <= date '1998-12-01' - interval 90 day
group by all order by 1, 2
