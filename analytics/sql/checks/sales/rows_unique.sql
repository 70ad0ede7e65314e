-- severity: error
-- A row of the file is in the table once.
select load, source_row, count(*) as copies
from sales
group by load, source_row
having count(*) > 1
