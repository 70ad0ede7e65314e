-- Merchandise sold and returned of each product, with the description that its sale lines carry most often
-- (of equally frequent ones the smallest text; null where no sale line has one).
with totals as (
    select
        stock_code,
        count(distinct invoice_no) filter (where line_type = 'sale') as orders,
        cast(coalesce(sum(quantity) filter (where line_type = 'sale'), 0) as bigint) as units,
        cast(coalesce(sum(total_price) filter (where line_type = 'sale'), 0) as decimal(18, 3)) as revenue,
        cast(coalesce(sum(total_price) filter (where line_type = 'return'), 0) as decimal(18, 3)) as returns_value,
        cast(sum(total_price) as decimal(18, 3)) as net_revenue
    from sales
    where is_merchandise
    group by stock_code
),

descriptions as (
    select stock_code, description, count(*) as sale_lines
    from sales
    where is_merchandise and line_type = 'sale' and description is not null
    group by stock_code, description
),

ranked as (
    select
        stock_code,
        description,
        row_number() over (partition by stock_code order by sale_lines desc, description) as place
    from descriptions
)

select
    totals.stock_code,
    ranked.description,
    totals.orders,
    totals.units,
    totals.revenue,
    totals.returns_value,
    totals.net_revenue
from totals
left join ranked on ranked.stock_code = totals.stock_code and ranked.place = 1
