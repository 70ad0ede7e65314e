-- Who an anonymous id is: what each identify and alias says that is new. A duplicate counts as well, so that the
-- order in which copies arrive decides nothing; of several links the first received counts.
-- Reads raw_events and kept (the rows of it that are kept).
with said as (
    select
        case when r.type = 'alias' then r.previous_id else r.anonymous_id end as anonymous_id,
        r.user_id,
        r.received_at,
        r.receipt
    from raw_events r
    join kept k on k.raw_file = r.raw_file and k.raw_row = r.raw_row
    where r.type in ('identify', 'alias')
),
ranked as (
    select
        *,
        row_number() over (partition by anonymous_id order by received_at, receipt) as place
    from said
    where anonymous_id is not null and user_id is not null
)
select anonymous_id, user_id, received_at as linked_at, receipt
from ranked
where place = 1
