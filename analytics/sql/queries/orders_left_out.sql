-- Purchases and refunds that the view orders does not count: without an order id, or a refund of an order that is not
-- there.
select
    events.occurred_at,
    events.source,
    events.interaction,
    case when events.order_id is null then 'no order id' else 'no such order' end as reason,
    events.order_id,
    events.revenue,
    events.event_id
from events
left join orders on orders.order_id = events.order_id
where events.interaction in ('purchase', 'refund') and orders.order_id is null
order by events.occurred_at desc, events.event_id
limit 100
