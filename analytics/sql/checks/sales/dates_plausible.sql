-- severity: warning
-- No invoice date is later than tomorrow.
select source_row, invoice_no, invoice_date
from sales
where cast(invoice_date as date) > cast(current_date + interval '1' day as date)
