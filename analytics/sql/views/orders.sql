-- Each order that was completed, less what was refunded. A client may send Order Completed twice (other message id,
-- same content): events of one order with the same revenue and products count once, all others add up. So do refunds,
-- where only copies of one day (UTC) are the same. A refund without an amount is that of its products at the order's
-- prices, one that names no products either is the whole order. Refunds never exceed the order's revenue. Who, where
-- and when are those of the order's first event.
with marked as (
    select
        receipt,
        interaction,
        order_id,
        occurred_at,
        shopper_id,
        anonymous_id,
        session_id,
        query_id,
        source,
        channel,
        country,
        currency,
        revenue,
        products,
        row_number() over (
            partition by
                interaction,
                order_id,
                revenue,
                products,
                case when interaction = 'refund' then cast(occurred_at as date) end
            order by occurred_at, receipt
        ) as copy
    from events
    where interaction in ('purchase', 'refund') and order_id is not null
),

counted as (
    select *
    from marked
    where copy = 1
),

first_events as (
    select *, row_number() over (partition by order_id order by occurred_at, receipt) as place
    from counted
    where interaction = 'purchase'
),

revenues as (
    select order_id, cast(coalesce(sum(revenue), 0) as decimal(38, 3)) as revenue
    from counted
    where interaction = 'purchase'
    group by order_id
),

-- A client can send any number: a million units of a line are the most that count, so that no sum can overflow.
lines as (
    select
        c.receipt,
        c.interaction,
        c.order_id,
        element_at(c.products, p.number).sku as sku,
        element_at(c.products, p.number).price as price,
        least(coalesce(element_at(c.products, p.number).quantity, 1), 1000000) as quantity
    from counted c
    cross join unnest(
        sequence(1, case when cardinality(c.products) > 0 then cardinality(c.products) else 1 end)
    ) as p (number)
    where cardinality(c.products) > 0
),

sizes as (
    select order_id, count(*) as order_lines, cast(sum(quantity) as bigint) as units
    from lines
    where interaction = 'purchase'
    group by order_id
),

prices as (
    select order_id, sku, max(price) as price
    from lines
    where interaction = 'purchase'
    group by order_id, sku
),

returned as (
    select
        lines.receipt,
        cast(sum(lines.quantity * coalesce(lines.price, prices.price, 0)) as decimal(38, 3)) as refund
    from lines
    left join prices on prices.order_id = lines.order_id and prices.sku = lines.sku
    where lines.interaction = 'refund'
    group by lines.receipt
),

refunded as (
    select
        counted.order_id,
        cast(sum(coalesce(counted.revenue, returned.refund, revenues.revenue)) as decimal(38, 3)) as refunds
    from counted
    join revenues on revenues.order_id = counted.order_id
    left join returned on returned.receipt = counted.receipt
    where counted.interaction = 'refund'
    group by counted.order_id
)

select
    first_events.order_id,
    first_events.occurred_at as ordered_at,
    first_events.shopper_id,
    first_events.anonymous_id,
    first_events.session_id,
    first_events.query_id,
    first_events.source,
    first_events.channel,
    first_events.country,
    first_events.currency,
    coalesce(sizes.order_lines, 0) as order_lines,
    coalesce(sizes.units, 0) as units,
    revenues.revenue,
    cast(least(coalesce(refunded.refunds, 0), revenues.revenue) as decimal(38, 3)) as refunds,
    cast(revenues.revenue - least(coalesce(refunded.refunds, 0), revenues.revenue) as decimal(38, 3)) as net_revenue
from first_events
join revenues on revenues.order_id = first_events.order_id
left join sizes on sizes.order_id = first_events.order_id
left join refunded on refunded.order_id = first_events.order_id
where first_events.place = 1
