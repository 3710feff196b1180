select id4, v3 * 1.2 + v2 as y from x where v1 > 2
