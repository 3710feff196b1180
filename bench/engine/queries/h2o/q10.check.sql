select count(*) as groups, sum(v3) as v3, max(v3) as most, sum(n) as n, sum(id4) as id4, sum(id6) as id6, min(id3) as first, max(id1) as last
from (select id1, id2, id3, id4, id5, id6, sum(v3) as v3, count(*) as n from x group by id1, id2, id3, id4, id5, id6) as grouped
