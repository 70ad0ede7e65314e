-- Each order that was completed, less what was refunded. A client may send Order Completed twice (other message id, same
-- content): events of one order with the same revenue and products count once, all others add up. Refunds likewise; they
-- never exceed the order's revenue, and a refund that names no amount is the whole order's. Who, where and when are those of the order's first event.
with marked as (
    select
        events.*,
        row_number() over (
            partition by interaction, order_id, revenue, products
            order by occurred_at, receipt
        ) as copy
    from events
    where interaction in ('purchase', 'refund') and order_id is not null
),

completed as (
    select
        marked.*,
        row_number() over (partition by order_id order by occurred_at, receipt) as place
    from marked
    where interaction = 'purchase' and copy = 1
),

revenues as (
    select order_id, cast(coalesce(sum(revenue), 0) as decimal(18, 3)) as revenue
    from completed
    group by order_id
),

lines as (
    select
        completed.order_id,
        count(*) as order_lines,
        cast(sum(coalesce(interactions.quantity, 1)) as bigint) as units
    from completed
    join interactions
        on interactions.event_id = completed.event_id and interactions.occurred_at = completed.occurred_at
    where interactions.interaction = 'purchase' and interactions.line > 0
    group by completed.order_id
),

refunded as (
    select
        marked.order_id,
        cast(sum(coalesce(marked.revenue, revenues.revenue)) as decimal(18, 3)) as refunds
    from marked
    join revenues on revenues.order_id = marked.order_id
    where marked.interaction = 'refund' and marked.copy = 1
    group by marked.order_id
)

select
    completed.order_id,
    completed.occurred_at as ordered_at,
    completed.shopper_id,
    completed.anonymous_id,
    completed.session_id,
    completed.query_id,
    completed.source,
    completed.channel,
    completed.country,
    completed.currency,
    coalesce(lines.order_lines, 0) as order_lines,
    coalesce(lines.units, 0) as units,
    revenues.revenue,
    cast(least(coalesce(refunded.refunds, 0), revenues.revenue) as decimal(18, 3)) as refunds,
    cast(revenues.revenue - least(coalesce(refunded.refunds, 0), revenues.revenue) as decimal(18, 3)) as net_revenue
from completed
join revenues on revenues.order_id = completed.order_id
left join lines on lines.order_id = completed.order_id
left join refunded on refunded.order_id = completed.order_id
where completed.place = 1
