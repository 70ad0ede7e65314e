-- severity: error
-- Every row of the file is in exactly one place: sales or quarantine.
with placed as (
    select source_row from sales
    union all
    select source_row from sales_quarantine
),

counted as (
    select source_row, count(*) as places
    from placed
    group by source_row
)

select
    coalesce(raw_sales.source_row, counted.source_row) as source_row,
    raw_sales.source_row is not null as in_file,
    coalesce(counted.places, 0) as places
from raw_sales
full outer join counted on counted.source_row = raw_sales.source_row
where raw_sales.source_row is null or counted.places is null or counted.places <> 1
