-- Merchandise sold and returned on each day. Revenue is gross of returns; a return counts on its own day.
select
    cast(invoice_date as date) as date,
    count(distinct invoice_no) filter (where line_type = 'sale') as orders,
    cast(coalesce(sum(quantity) filter (where line_type = 'sale'), 0) as bigint) as units,
    cast(coalesce(sum(total_price) filter (where line_type = 'sale'), 0) as decimal(18, 3)) as revenue,
    cast(coalesce(sum(total_price) filter (where line_type = 'return'), 0) as decimal(18, 3)) as returns_value,
    cast(sum(total_price) as decimal(18, 3)) as net_revenue
from sales
where is_merchandise
group by cast(invoice_date as date)
