-- severity: error
-- Every line has a price above zero.
select source_row, invoice_no, stock_code, unit_price
from sales
where unit_price <= 0
