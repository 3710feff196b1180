select invoice_id, customer_id,
  sum(total) over (partition by customer_id order by invoice_date, invoice_id rows unbounded preceding) as running,
  lag(total) over (partition by customer_id order by invoice_date, invoice_id) as prev
from invoices order by invoice_id
