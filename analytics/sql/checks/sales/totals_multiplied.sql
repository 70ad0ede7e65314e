-- severity: error
-- The total is the quantity times the unit price, to the third decimal.
select source_row, invoice_no, quantity, unit_price, total_price
from sales
where total_price <> cast(cast(quantity as decimal(10, 0)) * unit_price as decimal(18, 3))
