-- One row a product of an interaction; line 0 and no sku where it names none, and for a search: its products were only
-- shown, and events has them. Reads made_events (events.sql of one day).
-- Elements are reached by number and not by unnest of the array itself: Trino makes a column of each field of a row
-- there, DuckDB one column of the row.
with named as (
    select *, case when interaction <> 'search' then products end as lines
    from made_events
    where interaction is not null
)

select
    e.event_id,
    case
        when cardinality(e.lines) > 0 then coalesce(element_at(e.lines, p.number).line, cast(p.number as integer))
        else 0
    end as line,
    e.occurred_at,
    e.shopper_id,
    e.anonymous_id,
    e.session_id,
    e.interaction,
    element_at(e.lines, p.number).sku as sku,
    element_at(e.lines, p.number).quantity as quantity,
    element_at(e.lines, p.number).price as price,
    coalesce(element_at(e.lines, p.number).currency, e.currency) as currency,
    e.order_id,
    coalesce(element_at(e.lines, p.number).query_id, e.query_id) as query_id,
    element_at(e.lines, p.number).position as position,
    e.receipt
from named e
cross join unnest(sequence(1, case when cardinality(e.lines) > 0 then cardinality(e.lines) else 1 end)) as p (number)
