-- severity: error
-- A line lies in the month of its invoice date.
select source_row, invoice_no, invoice_date, month
from sales
where month is null or month <> substr(cast(cast(invoice_date as date) as varchar), 1, 7)
