-- Customers with at least three orders and none in the last ninety days of the data, the best spenders first.
select customer_id, total_spent, order_count, last_order, recency_days
from customer_metrics
where order_count >= 3 and recency_days > 90
order by total_spent desc, customer_id
limit 100
