-- What the products bring that were bought after a search, by the query that led to them. A line of a purchase belongs to
-- the query whose id it carries, or its event does; else to the last click with a query id that the same shopper made on
-- that product within the 30 days before. revenue is price x quantity, gross of refunds; an order that was told twice
-- (other message id, same content) counts once, as in orders.
with marked as (
    select
        receipt,
        event_id,
        order_id,
        occurred_at,
        coalesce(shopper_id, anonymous_id) as shopper,
        query_id,
        currency,
        products,
        row_number() over (
            partition by coalesce(order_id, receipt), revenue, products
            order by occurred_at, receipt
        ) as copy
    from events
    where interaction = 'purchase' and cardinality(products) > 0
),

-- A client can send any number: a million units of a line are the most that count, so that no sum can overflow.
lines as (
    select
        m.receipt,
        m.shopper,
        m.occurred_at,
        coalesce(m.order_id, m.event_id) as order_id,
        p.number as line,
        element_at(m.products, p.number).sku as sku,
        coalesce(element_at(m.products, p.number).query_id, m.query_id) as query_id,
        coalesce(element_at(m.products, p.number).currency, m.currency) as currency,
        least(coalesce(element_at(m.products, p.number).quantity, 1), 1000000) as quantity,
        coalesce(element_at(m.products, p.number).price, 0) as price
    from marked m
    cross join unnest(
        sequence(1, case when cardinality(m.products) > 0 then cardinality(m.products) else 1 end)
    ) as p (number)
    where m.copy = 1
),

clicks as (
    select query_id, sku, occurred_at, event_id, coalesce(shopper_id, anonymous_id) as shopper
    from interactions
    where interaction = 'click' and query_id is not null and sku is not null
),

led as (
    select
        l.receipt,
        l.line,
        c.query_id,
        row_number() over (partition by l.receipt, l.line order by c.occurred_at desc, c.event_id desc) as place
    from lines l
    join clicks c on c.shopper = l.shopper and c.sku = l.sku
    where l.query_id is null
        and c.occurred_at <= l.occurred_at
        and c.occurred_at >= l.occurred_at - interval '30' day
),

bought as (
    select
        l.order_id,
        l.sku,
        l.quantity,
        l.price,
        l.currency,
        coalesce(l.query_id, d.query_id) as query_id
    from lines l
    left join led d on d.receipt = l.receipt and d.line = l.line and d.place = 1
)

select
    s.index_name,
    s.query,
    b.currency,
    count(distinct b.order_id) as orders,
    cast(sum(b.quantity) as bigint) as units,
    cast(sum(b.quantity * b.price) as decimal(38, 3)) as revenue
from bought b
join searches s on s.query_id = b.query_id
where s.query is not null
group by s.index_name, s.query, b.currency
