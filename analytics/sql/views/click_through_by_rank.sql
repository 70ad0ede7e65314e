-- How often a product is clicked by its place in the answer: what the place itself does to clicks.
select
    index_name,
    position,
    cast(sum(shown) as bigint) as shown,
    cast(sum(clicked) as bigint) as clicked,
    cast(sum(clicked) as double) / nullif(sum(shown), 0) as click_through
from search_clicks
group by index_name, position
