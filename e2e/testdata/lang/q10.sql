select t.sym, t.ts, t.price, case when t.ts <= q.ts + interval 5 minute then (q.bid + q.ask) / 2 end as mid
from trades t asof left join quotes q on t.sym = q.sym and q.ts <= t.ts order by t.sym, t.ts, t.price
