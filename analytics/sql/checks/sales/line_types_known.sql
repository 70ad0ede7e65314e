-- severity: error
-- A line is a sale or a return.
select source_row, invoice_no, line_type
from sales
where line_type is null or line_type not in ('sale', 'return')
