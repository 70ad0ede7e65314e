-- severity: error
-- A line is merchandise if its stock code is five digits and then letters or nothing.
select source_row, stock_code, is_merchandise
from sales
where is_merchandise is null or is_merchandise <> regexp_like(stock_code, '^[0-9]{5}[A-Z]*$')
