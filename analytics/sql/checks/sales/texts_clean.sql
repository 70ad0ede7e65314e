-- severity: error
-- Codes are in capitals, texts are trimmed, and what is empty is null.
select source_row, invoice_no, stock_code, description, customer_id, country
from sales
where
    invoice_no <> upper(invoice_no)
    or stock_code <> upper(stock_code)
    or regexp_like(customer_id, '^[0-9]+[.]0$')
    or regexp_like(invoice_no, '^[ \t\r\n]|[ \t\r\n]$')
    or regexp_like(stock_code, '^[ \t\r\n]|[ \t\r\n]$')
    or regexp_like(description, '^[ \t\r\n]|[ \t\r\n]$')
    or regexp_like(customer_id, '^[ \t\r\n]|[ \t\r\n]$')
    or regexp_like(country, '^[ \t\r\n]|[ \t\r\n]$')
    or invoice_no = ''
    or stock_code = ''
    or description = ''
    or customer_id = ''
    or country = ''
