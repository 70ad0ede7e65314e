-- How many sessions of each kind of device put something in the cart and ordered, and what a session brought.
select
    device_type,
    count(*) as sessions,
    count(*) filter (where views > 0) as with_views,
    count(*) filter (where carts > 0) as with_carts,
    count(*) filter (where orders > 0) as with_orders,
    cast(count(*) filter (where orders > 0) as double) / nullif(count(*), 0) as conversion_rate,
    cast(sum(revenue) as double) / nullif(count(*), 0) as revenue_a_session
from sessions
group by device_type
order by sessions desc, device_type
