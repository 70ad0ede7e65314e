-- severity: warning
-- Invoice dates lie between 1990 and tomorrow.
select source_row, invoice_no, invoice_date
from sales
where
    cast(invoice_date as date) < date '1990-01-01'
    or cast(invoice_date as date) > cast(current_date + interval '1' day as date)
