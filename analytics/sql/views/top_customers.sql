-- Merchandise that each customer bought and returned. Guests have no customer_id and are not here.
select
    customer_id,
    count(distinct invoice_no) filter (where line_type = 'sale') as orders,
    cast(coalesce(sum(quantity) filter (where line_type = 'sale'), 0) as bigint) as units,
    cast(coalesce(sum(total_price) filter (where line_type = 'sale'), 0) as decimal(18, 3)) as revenue,
    cast(coalesce(sum(total_price) filter (where line_type = 'return'), 0) as decimal(18, 3)) as returns_value,
    cast(sum(total_price) as decimal(18, 3)) as net_revenue
from sales
where is_merchandise and customer_id is not null
group by customer_id
