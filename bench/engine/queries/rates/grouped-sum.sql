select id4, sum(v1) as v1 from x group by id4
