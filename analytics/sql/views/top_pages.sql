-- Each page by how often it was looked at (page and screen events), by how many sessions, and how often sessions began there.
with looked as (
    select
        page_path,
        session_id,
        row_number() over (partition by session_id order by occurred_at, receipt) as place
    from events
    where type in ('page', 'screen') and page_path is not null
)

select
    page_path,
    count(*) as views,
    count(distinct session_id) as sessions,
    count(*) filter (where session_id is not null and place = 1) as entries
from looked
group by page_path
