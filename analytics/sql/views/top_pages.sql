-- Each page by how often it was looked at (page and screen events), by how many sessions, and how often it was the
-- first that a session looked at. A screen of an app has no path: its name stands for it.
with looked as (
    select
        coalesce(page_path, case when type = 'screen' then name end) as page_path,
        session_id,
        occurred_at,
        receipt
    from events
    where type in ('page', 'screen')
),

placed as (
    select
        page_path,
        session_id,
        row_number() over (partition by session_id order by occurred_at, receipt) as place
    from looked
    where page_path is not null
)

select
    page_path,
    count(*) as views,
    count(distinct session_id) as sessions,
    count(*) filter (where session_id is not null and place = 1) as entries
from placed
group by page_path
