-- What shoppers search for and do not find: queries whose searches brought nothing, how often, by how many, and when last.
-- filtered counts those that had conditions: without them there may be something.
select
    index_name,
    query,
    count(*) as searches,
    count(distinct shopper) as shoppers,
    count(*) filter (
        where engine is not null and json_extract_scalar(properties, '$.filters') is not null
    ) as filtered,
    max(occurred_at) as last_at
from searches
where query is not null and hits = 0 and page = 0 and not is_typing
group by index_name, query
