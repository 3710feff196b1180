with it as (select customer_id, unnest(items) as i from baskets)
select customer_id, sum(i.price * i.qty) as spend, list_sort(list_distinct(list(i.sku))) as skus from it group by 1 order by 1
