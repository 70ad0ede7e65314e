-- severity: warning
-- Merchandise that is sold has a description.
select source_row, invoice_no, stock_code
from sales
where is_merchandise and line_type = 'sale' and description is null
