-- Products that lay in a cart when a session ended without an order, the most valuable carts first.
with carts as (
    select
        session_id,
        sku,
        sum(case when interaction = 'add_to_cart' then 1 else -1 end * least(coalesce(quantity, 1), 1000000)) as units,
        max(price) as price,
        max(occurred_at) as last_at
    from interactions
    where interaction in ('add_to_cart', 'remove_from_cart') and session_id is not null and sku is not null
    group by session_id, sku
)

select
    sessions.session_id,
    sessions.shopper_id,
    carts.last_at,
    carts.sku,
    cast(carts.units as bigint) as units,
    cast(carts.units * carts.price as decimal(38, 3)) as money
from carts
join sessions on sessions.session_id = carts.session_id
where sessions.orders = 0 and carts.units > 0
order by money desc, carts.last_at desc, sessions.session_id, carts.sku
limit 100
