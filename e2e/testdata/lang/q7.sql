select *, sum(total) over (w rows between unbounded preceding and current row) as running, lag(total) over w as prev
from invoices window w as (partition by customer_id order by invoice_date) order by invoice_id
