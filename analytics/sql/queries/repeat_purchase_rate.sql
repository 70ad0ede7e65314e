-- The share of customers who bought on more than one invoice.
select
    count(*) as customers,
    count(*) filter (where order_count > 1) as returning_customers,
    cast(count(*) filter (where order_count > 1) as double) / nullif(count(*), 0) as repeat_purchase_rate
from customer_metrics
