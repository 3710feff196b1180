select customer_id, sum(unit_price * quantity) as spend, min(track_id) as first_sku, count(distinct track_id) as kinds,
  max(track_id) as last_sku, sum(distinct track_id) as together
from invoice_items join invoices using (invoice_id) group by customer_id order by customer_id
