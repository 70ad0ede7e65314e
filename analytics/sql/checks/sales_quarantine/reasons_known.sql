-- severity: error
-- A quarantined row has one of the four reasons.
select source_row, invoice_no, reason
from sales_quarantine
where reason is null or reason not in ('duplicate', 'adjustment', 'no_price', 'other')
