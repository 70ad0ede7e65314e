-- severity: error
-- A row quarantined as `other` says which cell is why.
select source_row, invoice_no, stock_code, quantity, unit_price, invoice_date
from sales_quarantine
where reason = 'other' and (detail is null or detail = '')
