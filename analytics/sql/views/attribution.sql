-- Sessions, orders and their revenue (gross of refunds) by channel. A session has the channel of its first event, and so have its
-- orders; an order without a session (a server sent it) counts under its own event's channel.
with arrivals as (
    select channel, count(*) as sessions
    from sessions
    group by channel
),

bought as (
    select
        case when sessions.session_id is null then orders.channel else sessions.channel end as channel,
        count(*) as orders,
        cast(sum(orders.revenue) as decimal(38, 3)) as revenue
    from orders
    left join sessions on sessions.session_id = orders.session_id
    group by case when sessions.session_id is null then orders.channel else sessions.channel end
),

channels as (
    select channel, sessions, 0 as orders, cast(0 as decimal(38, 3)) as revenue from arrivals
    union all
    select channel, 0 as sessions, orders, revenue from bought
)

select
    channel,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(orders) as bigint) as orders,
    cast(sum(revenue) as decimal(38, 3)) as revenue
from channels
group by channel
