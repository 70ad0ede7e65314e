-- What the arrived receipts change in the index: one row a receipt that is new or has another outcome now.
-- Reads arrived (arrived.sql), events_seen (the index of all received days within duplicate_days of theirs) and
-- cleaning_settings (one row). was is the outcome that the index had and was_day the day it lies in, null for a new
-- receipt. The two days of a receipt can differ: a rejected line, which nobody could read, was received when the stream
-- had it, and the same line understood is received when the collector had it.
-- A copy is a duplicate if the copy received before it, whatever became of that, is no older than duplicate_days; so the
-- nearest one decides. A copy that was received earlier but arrives later makes a clean event a duplicate.
with known as (
    select
        receipt,
        outcome,
        reason,
        cast(cast(received_at as date) as varchar) as received_day,
        row_number() over (
            partition by receipt
            order by case outcome when 'dropped' then 1 when 'rejected' then 2 else 0 end, received_at
        ) as place
    from events_seen
    where receipt in (select receipt from arrived)
),
fresh as (
    -- a receipt that was seen is our own repeat, unless it was turned away and is not any more
    select
        a.raw_file,
        a.raw_row,
        a.receipt,
        a.verdict,
        a.reason,
        a.digest,
        a.received_at,
        a.received_day,
        a.event_day,
        k.outcome as was,
        k.reason as was_reason,
        k.received_day as was_day
    from arrived a
    left join known k on k.receipt = a.receipt and k.place = 1
    where k.receipt is null
        or k.outcome = 'rejected' and a.verdict <> 'rejected'
        or k.outcome = 'dropped' and a.verdict = 'kept'
),
copies as (
    select
        raw_file, raw_row, receipt, digest, received_at, received_day, event_day, was, was_reason, was_day,
        'fresh' as origin
    from fresh
    where verdict = 'kept'
    union all
    select
        cast(null as varchar), cast(null as bigint), s.receipt, s.digest, s.received_at,
        cast(cast(s.received_at as date) as varchar), s.event_day, s.outcome, s.reason,
        cast(cast(s.received_at as date) as varchar),
        'seen' as origin
    from events_seen s
    where s.outcome in ('clean', 'duplicate')
        and s.digest in (select f.digest from fresh f where f.verdict = 'kept')
),
compared as (
    select
        *,
        lag(received_at) over (partition by digest order by received_at, receipt) as received_before
    from copies
),
decided as (
    select
        c.*,
        case
            when c.received_before >= date_add('day', -s.duplicate_days, c.received_at) then 'duplicate'
            else 'clean'
        end as outcome
    from compared c
    cross join cleaning_settings s
)
select
    raw_file, raw_row, receipt, digest, received_at, received_day, event_day, outcome,
    cast(null as varchar) as reason, was, was_reason, was_day
from decided
-- a seen duplicate stays one: what made it so may lie before the days of the index that were read
where origin = 'fresh' or was = 'clean' and outcome = 'duplicate'
union all
select
    raw_file, raw_row, receipt, digest, received_at, received_day, event_day, verdict as outcome,
    reason, was, was_reason, was_day
from fresh
where verdict <> 'kept'
