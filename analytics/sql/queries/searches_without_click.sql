-- What shoppers searched for without looking at anything before they searched again or left: the texts that fail most
-- often.
with steps as (
    select
        interaction,
        lower(coalesce(
            json_extract_scalar(properties, '$.query'),
            json_extract_scalar(properties, '$.search_term')
        )) as query,
        lead(interaction) over (partition by session_id order by occurred_at, receipt) as next_step
    from events
    where interaction in ('search', 'click', 'view', 'add_to_cart') and session_id is not null
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
