-- Every receipt of the raw events once: which row holds it and what the index keeps of it.
-- Reads raw_events (one row a row of the raw files; raw_file and raw_row say where it is).
-- Our own pipe may deliver a row again, and a rejected line that is sent again arrives with another verdict: the best
-- verdict counts. Dropped and rejected events have neither digest nor event day, so they make nothing a duplicate.
with ranked as (
    select
        raw_file,
        raw_row,
        receipt,
        verdict,
        reason,
        event_id,
        occurred_at,
        received_at,
        row_number() over (
            partition by receipt
            order by case verdict when 'kept' then 0 when 'dropped' then 1 else 2 end, received_at, raw_file, raw_row
        ) as place
    from raw_events
)
select
    raw_file,
    raw_row,
    receipt,
    verdict,
    case when verdict <> 'kept' then coalesce(reason, 'unknown') end as reason,
    case
        when verdict = 'kept' then lower(substr(to_hex(sha256(to_utf8(coalesce(event_id, receipt)))), 1, 32))
    end as digest,
    received_at,
    cast(cast(received_at as date) as varchar) as received_day,
    case
        when verdict = 'kept' then cast(cast(coalesce(occurred_at, received_at) as date) as varchar)
    end as event_day
from ranked
where place = 1
