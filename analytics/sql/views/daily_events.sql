-- What happened on each day (UTC). A shopper who is not known counts by the anonymous id.
select
    cast(occurred_at as date) as date,
    count(*) as events,
    count(distinct session_id) as sessions,
    count(distinct coalesce(shopper_id, anonymous_id)) as shoppers,
    count(*) filter (where interaction = 'search') as searches,
    count(*) filter (where interaction = 'impression') as impressions,
    count(*) filter (where interaction = 'click') as clicks,
    count(*) filter (where interaction = 'view') as views,
    count(*) filter (where interaction = 'add_to_cart') as carts,
    count(*) filter (where interaction = 'remove_from_cart') as removals,
    count(*) filter (where interaction = 'checkout') as checkouts,
    count(*) filter (where interaction = 'purchase') as purchases,
    count(*) filter (where interaction = 'refund') as refunds,
    count(*) filter (where interaction = 'review') as reviews
from events
group by cast(occurred_at as date)
