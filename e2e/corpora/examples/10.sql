with quotes as (
  select billing_country as sym, invoice_date as ts, min(total) as bid, max(total) + 1 as ask
  from invoices where invoice_id % 3 = 0 group by all
), trades as (
  select invoice_id as id, billing_country as sym, invoice_date as ts, total as price from invoices where invoice_id % 3 <> 0
)
select id, t.sym, t.ts::date as day, price, case when q.ts >= t.ts - interval 300 days then (bid + ask) / 2 end as mid
from trades t asof left join quotes q on t.sym = q.sym and q.ts <= t.ts
order by id
