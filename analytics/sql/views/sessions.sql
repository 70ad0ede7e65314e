-- Each session: when, who, by which channel it came (that of its first event), what it did and what its orders brought.
-- Entry and exit page are those of its first and last event that name one. seconds are those between the two clock
-- seconds, so that all engines reckon alike.
with placed as (
    select
        *,
        row_number() over (partition by session_id order by occurred_at, receipt) as place,
        row_number() over (
            partition by session_id
            order by case when page_path is null then 1 else 0 end, occurred_at, receipt
        ) as page_place,
        row_number() over (
            partition by session_id
            order by case when page_path is null then 1 else 0 end, occurred_at desc, receipt desc
        ) as last_page_place
    from events
    where session_id is not null
),

totals as (
    select
        session_id,
        max(shopper_id) as shopper_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        max(anonymous_id) filter (where place = 1) as anonymous_id,
        max(channel) filter (where place = 1) as channel,
        max(campaign) filter (where place = 1) as campaign,
        max(referrer) filter (where place = 1) as referrer,
        max(source) filter (where place = 1) as source,
        max(country) filter (where place = 1) as country,
        max(device_type) filter (where place = 1) as device_type,
        max(page_path) filter (where page_place = 1) as entry_page,
        max(page_path) filter (where last_page_place = 1) as exit_page,
        count(*) as events,
        count(*) filter (where interaction = 'search') as searches,
        count(*) filter (where interaction = 'view') as views,
        count(*) filter (where interaction = 'add_to_cart') as carts,
        count(*) filter (where interaction = 'checkout') as checkouts,
        count(*) filter (where interaction = 'purchase') as purchases
    from placed
    group by session_id
),

bought as (
    select session_id, count(*) as orders, cast(sum(revenue) as decimal(38, 3)) as revenue
    from orders
    where session_id is not null
    group by session_id
)

select
    totals.session_id,
    totals.shopper_id,
    totals.anonymous_id,
    totals.started_at,
    totals.ended_at,
    date_diff('second', date_trunc('second', totals.started_at), date_trunc('second', totals.ended_at)) as seconds,
    totals.channel,
    totals.campaign,
    totals.referrer,
    totals.source,
    totals.country,
    totals.device_type,
    totals.entry_page,
    totals.exit_page,
    totals.events,
    totals.searches,
    totals.views,
    totals.carts,
    totals.checkouts,
    totals.purchases,
    coalesce(bought.orders, 0) as orders,
    cast(coalesce(bought.revenue, 0) as decimal(38, 3)) as revenue
from totals
left join bought on bought.session_id = totals.session_id
