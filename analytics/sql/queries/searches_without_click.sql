-- What shoppers searched for without looking at anything before they searched again or left: the texts that fail most
-- often.
with told as (
    select
        interaction,
        session_id,
        occurred_at,
        receipt,
        lower(coalesce(
            json_extract_scalar(properties, '$.query'),
            json_extract_scalar(properties, '$.search_term')
        )) as said
    from events
    where interaction in ('search', 'click', 'view', 'add_to_cart') and session_id is not null
),

steps as (
    select
        interaction,
        -- a client may send an object instead of a text: SQL engines differ in what they make of it
        case when substr(said, 1, 1) in ('{', '[') then null else said end as query,
        lead(interaction) over (partition by session_id order by occurred_at, receipt) as next_step
    from told
)

select
    query,
    count(*) as searches,
    count(*) filter (where next_step is null or next_step = 'search') as without_click,
    cast(count(*) filter (where next_step is null or next_step = 'search') as double) / nullif(count(*), 0) as share
from steps
where interaction = 'search' and query is not null
group by query
having count(*) filter (where next_step is null or next_step = 'search') > 0
order by without_click desc, share desc, query
limit 50
