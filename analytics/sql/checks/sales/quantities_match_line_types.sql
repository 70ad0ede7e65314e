-- severity: error
-- A sale has a quantity above zero, a return one below.
select source_row, invoice_no, line_type, quantity
from sales
where (line_type = 'sale' and quantity <= 0) or (line_type = 'return' and quantity >= 0)
