-- Each search once: what was asked, of which index, what came back. The other views of searches begin here.
-- A search is told of by the search API itself, and maybe by a client, too (events with the same query id): ours counts,
-- else the first. query is in small letters, its blanks single. is_typing says that it was a step on the way: the same shopper
-- asked the same index for a longer text with this beginning within five seconds, and clicked on nothing of this one.
with told as (
    select
        coalesce(query_id, event_id) as query_id,
        occurred_at,
        receipt,
        shopper_id,
        anonymous_id,
        session_id,
        source,
        products,
        properties,
        coalesce(
            json_extract_scalar(properties, '$.query'),
            json_extract_scalar(properties, '$.search_term')
        ) as said,
        json_extract_scalar(properties, '$.index') as index_name,
        json_extract_scalar(properties, '$.engine') as engine
    from events
    where interaction = 'search'
),

-- A client may send an object instead of a text: SQL engines differ in what they make of it.
ranked as (
    select
        query_id,
        occurred_at,
        receipt,
        shopper_id,
        anonymous_id,
        session_id,
        source,
        products,
        properties,
        index_name,
        engine,
        case when substr(said, 1, 1) in ('{', '[') then null else said end as asked,
        row_number() over (
            partition by query_id
            order by case when engine is null then 1 else 0 end, occurred_at, receipt
        ) as copy
    from told
),

counted as (
    select
        query_id,
        occurred_at,
        receipt,
        coalesce(shopper_id, anonymous_id) as shopper,
        anonymous_id,
        session_id,
        source,
        products,
        properties,
        index_name,
        engine,
        asked,
        regexp_replace(regexp_replace(lower(asked), ' +', ' '), '^ | $', '') as query,
        try_cast(json_extract_scalar(properties, '$.page') as bigint) as page,
        try_cast(json_extract_scalar(properties, '$.nb_hits') as bigint) as hits
    from ranked
    where copy = 1
),

clicked as (
    select query_id, count(*) as clicks
    from interactions
    where interaction = 'click' and query_id is not null
    group by query_id
),

followed as (
    select
        *,
        lead(query) over (partition by index_name, shopper order by occurred_at, receipt) as next_query,
        lead(occurred_at) over (partition by index_name, shopper order by occurred_at, receipt) as next_at
    from counted
)

select
    f.query_id,
    f.occurred_at,
    f.shopper,
    f.anonymous_id,
    f.session_id,
    f.source,
    f.index_name,
    f.query,
    f.asked,
    f.engine,
    coalesce(f.page, 0) as page,
    f.hits,
    f.products,
    f.properties,
    f.receipt,
    coalesce(c.clicks, 0) as clicks,
    f.shopper is not null
    and coalesce(c.clicks, 0) = 0
    and coalesce(f.next_at <= f.occurred_at + interval '5' second, false)
    and coalesce(length(f.next_query) > length(f.query), false)
    and coalesce(substr(f.next_query, 1, length(f.query)) = f.query, false) as is_typing
from followed f
left join clicked c on c.query_id = f.query_id
