select id4, count(*) as n, sum(y) as y from (select id4, v3 * 1.2 + v2 as y from x where v1 > 2) as kept group by id4
