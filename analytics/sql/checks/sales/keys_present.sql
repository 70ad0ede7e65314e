-- severity: error
-- Every line has its invoice, product, quantity, price, date, total and place in the file.
select source_row, invoice_no, stock_code, quantity, unit_price, invoice_date, total_price, load
from sales
where
    invoice_no is null
    or stock_code is null
    or quantity is null
    or unit_price is null
    or invoice_date is null
    or total_price is null
    or source_row is null
    or load is null
