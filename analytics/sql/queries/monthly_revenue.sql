-- Orders, revenue and returns of each month, and how revenue changed over the month before.
with months as (
    select
        month,
        count(distinct invoice_no) filter (where line_type = 'sale') as orders,
        cast(coalesce(sum(total_price) filter (where line_type = 'sale'), 0) as decimal(18, 3)) as revenue,
        cast(coalesce(sum(total_price) filter (where line_type = 'return'), 0) as decimal(18, 3)) as returns_value
    from sales
    where is_merchandise
    group by month
)

select
    month,
    orders,
    revenue,
    returns_value,
    cast(revenue as double) / nullif(cast(lag(revenue) over (order by month) as double), 0) - 1 as revenue_change
from months
order by month
