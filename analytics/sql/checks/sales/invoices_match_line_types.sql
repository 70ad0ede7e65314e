-- severity: error
-- The invoice of a sale is all digits; that of a return is C and digits.
select source_row, invoice_no, line_type
from sales
where
    (line_type = 'sale' and not regexp_like(invoice_no, '^[0-9]+$'))
    or (line_type = 'return' and not regexp_like(invoice_no, '^C[0-9]+$'))
