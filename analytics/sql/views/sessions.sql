-- Each session: when, who, by which channel it came (that of its first event), what it did and what its orders brought.
with placed as (
    select
        events.*,
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
    select session_id, count(*) as orders, cast(sum(revenue) as decimal(18, 3)) as revenue
    from orders
    where session_id is not null
    group by session_id
)

select
    totals.session_id,
    totals.shopper_id,
    first_event.anonymous_id,
    totals.started_at,
    totals.ended_at,
    date_diff('second', totals.started_at, totals.ended_at) as seconds,
    first_event.channel,
    first_event.campaign,
    first_event.referrer,
    first_event.source,
    first_event.country,
    first_event.device_type,
    first_page.page_path as entry_page,
    last_page.page_path as exit_page,
    totals.events,
    totals.searches,
    totals.views,
    totals.carts,
    totals.checkouts,
    totals.purchases,
    coalesce(bought.orders, 0) as orders,
    cast(coalesce(bought.revenue, 0) as decimal(18, 3)) as revenue
from totals
join placed first_event on first_event.session_id = totals.session_id and first_event.place = 1
join placed first_page on first_page.session_id = totals.session_id and first_page.page_place = 1
join placed last_page on last_page.session_id = totals.session_id and last_page.last_page_place = 1
left join bought on bought.session_id = totals.session_id
