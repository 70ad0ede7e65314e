-- Views, carts and purchases of each product in one month. The predicate on the partition `month` makes the engine
-- read that month's files only.
select
    sku,
    count(*) filter (where interaction = 'view') as views,
    count(*) filter (where interaction = 'add_to_cart') as carts,
    count(*) filter (where interaction = 'purchase') as purchases,
    cast(count(*) filter (where interaction = 'purchase') as double)
        / nullif(count(*) filter (where interaction = 'view'), 0) as purchases_a_view
from interactions
where month = '2025-12' and sku is not null
group by sku
order by views desc, sku
limit 50
