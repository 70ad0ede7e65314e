-- The events that are new in the lake, but for what depends on other events: shopper_id and the sessions by gap.
-- Reads raw_events and added (the rows of it that are clean, with their event day).
select
    coalesce(r.event_id, r.receipt) as event_id,
    r.type,
    r.name,
    r.interaction,
    coalesce(r.occurred_at, r.received_at) as occurred_at,
    r.received_at,
    r.user_id as shopper_id,
    r.anonymous_id,
    r.client_session_id as session_id,
    r.query_id,
    r.source,
    r.device_type,
    r.os,
    r.browser,
    r.country,
    r.locale,
    r.channel,
    r.campaign,
    r.referrer,
    r.page_path,
    r.season,
    r.hour,
    r.weather,
    transform(
        r.products,
        p -> cast(
            row(
                p.line, p.sku, p.name, p.category, p.brand, p.variant, p.quantity,
                try_cast(p.price as decimal(18, 6)), p.currency, p.coupon, p.position, p.query_id
            ) as row(
                line integer, sku varchar, name varchar, category varchar, brand varchar, variant varchar,
                quantity bigint, price decimal(18, 6), currency varchar, coupon varchar, position integer,
                query_id varchar
            )
        )
    ) as products,
    r.properties,
    r.order_id,
    try_cast(r.revenue as decimal(18, 3)) as revenue,
    r.currency,
    r.user_id,
    r.group_id,
    case when r.client_session_id is not null then 'client' end as session_source,
    r.traits,
    r.flags,
    r.receipt,
    a.event_day
from raw_events r
join added a on a.raw_file = r.raw_file and a.raw_row = r.raw_row
