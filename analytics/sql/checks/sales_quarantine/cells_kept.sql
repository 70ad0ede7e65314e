-- severity: error
-- A quarantined row keeps its cells as they are in the file.
select sales_quarantine.source_row, sales_quarantine.reason
from sales_quarantine
inner join raw_sales on raw_sales.source_row = sales_quarantine.source_row
where
    sales_quarantine.invoice_no is distinct from raw_sales.invoice_no
    or sales_quarantine.stock_code is distinct from raw_sales.stock_code
    or sales_quarantine.description is distinct from raw_sales.description
    or sales_quarantine.quantity is distinct from raw_sales.quantity
    or sales_quarantine.invoice_date is distinct from raw_sales.invoice_date
    or sales_quarantine.unit_price is distinct from raw_sales.unit_price
    or sales_quarantine.customer_id is distinct from raw_sales.customer_id
    or sales_quarantine.country is distinct from raw_sales.country
