-- severity: warning
-- Not more than a tenth of the file is quarantined.
with counts as (
    select
        (select count(*) from raw_sales) as file_rows,
        (select count(*) from sales_quarantine) as quarantined_rows
)

select file_rows, quarantined_rows
from counts
where 10 * quarantined_rows > file_rows
