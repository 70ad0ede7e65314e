-- How often each product was shown at a place for a query on a day (UTC), and clicked there: at most once a search.
-- What was typed over is left out: nobody looked at it. position is 1-based over all pages. The input of a click model.
with shown as (
    select
        s.query_id,
        s.index_name,
        s.query,
        cast(s.occurred_at as date) as date,
        element_at(s.products, p.number).sku as sku,
        min(element_at(s.products, p.number).position) as position
    from searches s
    cross join unnest(
        sequence(1, case when cardinality(s.products) > 0 then cardinality(s.products) else 1 end)
    ) as p (number)
    where cardinality(s.products) > 0 and s.query is not null and not s.is_typing
    group by s.query_id, s.index_name, s.query, cast(s.occurred_at as date), element_at(s.products, p.number).sku
),

clicked as (
    select distinct query_id, sku
    from interactions
    where interaction = 'click' and query_id is not null and sku is not null
)

select
    shown.query,
    shown.index_name,
    shown.sku,
    shown.position,
    count(*) as shown,
    count(clicked.sku) as clicked,
    shown.date
from shown
left join clicked on clicked.query_id = shown.query_id and clicked.sku = shown.sku
where shown.sku is not null and shown.position is not null
group by shown.date, shown.query, shown.index_name, shown.sku, shown.position
