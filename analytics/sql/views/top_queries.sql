-- What shoppers search for: how often, how many of them, how often nothing came back, how often they clicked. Further pages
-- and what was typed over (searches.is_typing) are no searches here. Empty queries are browsing; their text is ''.
select
    index_name,
    query,
    count(*) as searches,
    count(distinct shopper) as shoppers,
    count(*) filter (where hits = 0) as without_results,
    count(*) filter (where clicks > 0) as clicked,
    cast(count(*) filter (where clicks > 0) as double) / nullif(count(*), 0) as click_through
from searches
where query is not null and page = 0 and not is_typing
group by index_name, query
