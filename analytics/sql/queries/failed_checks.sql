-- Data-quality checks that did not pass, the newest first, with the first failing rows.
select checked_at, load, table_name, check_name, severity, failing_rows, sample
from quality_checks
where not passed
order by checked_at desc, load, table_name, check_name
limit 100
