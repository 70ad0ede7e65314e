-- Revenue by country of one month. The predicate on the partition `month` makes the engine read that month's files only.
select
    country,
    count(distinct invoice_no) as orders,
    cast(sum(total_price) as decimal(18, 3)) as revenue
from sales
where month = '2011-11' and is_merchandise and line_type = 'sale'
group by country
order by revenue desc, country
