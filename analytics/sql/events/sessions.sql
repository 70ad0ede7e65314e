-- The session of each event without a client's: events of one anonymous id with less than session_gap_minutes between
-- neighbours. Reads gap_events (of one event day), open_sessions (one row an anonymous id: its last such event of the
-- day before, if that is near enough to midnight) and cleaning_settings.
-- The id follows from the anonymous id and the microsecond (since 1970) of the session's first event, so that cleaning
-- again gives the same. A double holds the microseconds of this century exactly.
with stream as (
    select receipt, anonymous_id, occurred_at
    from gap_events
    union all
    select cast(null as varchar), anonymous_id, occurred_at
    from open_sessions
),
neighbours as (
    select
        *,
        lag(occurred_at) over (partition by anonymous_id order by occurred_at, receipt) as occurred_before
    from stream
),
beginnings as (
    select
        n.receipt,
        n.anonymous_id,
        n.occurred_at,
        case
            when n.occurred_before is null
                or date_add('minute', s.session_gap_minutes, n.occurred_before) <= n.occurred_at
                then n.occurred_at
        end as begins_at
    from neighbours n
    cross join cleaning_settings s
),
begun as (
    select
        receipt,
        anonymous_id,
        max(begins_at) over (
            partition by anonymous_id
            order by occurred_at, receipt
            rows between unbounded preceding and current row
        ) as began_at
    from beginnings
)
select
    b.receipt,
    coalesce(
        o.session_id,
        lower(substr(
            to_hex(sha256(to_utf8(concat(
                b.anonymous_id,
                cast(cast(round(to_unixtime(b.began_at) * 1000000e0) as bigint) as varchar)
            )))),
            1,
            32
        ))
    ) as session_id
from begun b
-- began with an event of the day before: it goes on
left join open_sessions o on o.anonymous_id = b.anonymous_id and o.occurred_at = b.began_at
where b.receipt is not null
