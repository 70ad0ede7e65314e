-- severity: error
-- A row of the file is in the quarantine once, and has its place in the file.
select load, source_row, count(*) as copies
from sales_quarantine
group by load, source_row
having count(*) > 1 or source_row is null or load is null
