-- How many visits reached each step on each day (UTC). A visit is a session; events that belong to none (a server's) count
-- by their shopper. A visit counts in each step that it took, whether it took the one before or not.
with steps as (
    select
        cast(occurred_at as date) as date,
        interaction,
        coalesce(session_id, shopper_id, anonymous_id, event_id) as visit
    from events
    where interaction in ('view', 'add_to_cart', 'checkout', 'purchase')
)

select
    date,
    count(distinct visit) filter (where interaction = 'view') as views,
    count(distinct visit) filter (where interaction = 'add_to_cart') as carts,
    count(distinct visit) filter (where interaction = 'checkout') as checkouts,
    count(distinct visit) filter (where interaction = 'purchase') as purchases
from steps
group by date
