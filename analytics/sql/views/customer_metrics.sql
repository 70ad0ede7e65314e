-- What each customer with a merchandise sale bought, gross of returns. The last sale date that recency counts from is
-- that of all merchandise sale lines, guests' too: guests are grouped with the rest and left out last.
with buyers as (
    select
        customer_id,
        cast(sum(total_price) as decimal(18, 3)) as total_spent,
        count(distinct invoice_no) as order_count,
        cast(sum(quantity) as bigint) as units,
        cast(min(invoice_date) as date) as first_order,
        cast(max(invoice_date) as date) as last_order
    from sales
    where is_merchandise and line_type = 'sale'
    group by customer_id
),

dated as (
    select buyers.*, max(last_order) over () as last_sale
    from buyers
)

select
    customer_id,
    total_spent,
    order_count,
    cast(units as double) / order_count as avg_basket_size,
    date_diff('day', last_order, last_sale) as recency_days,
    first_order,
    last_order
from dated
where customer_id is not null
