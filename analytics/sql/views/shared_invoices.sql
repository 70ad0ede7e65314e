-- Invoices that more than one load holds. Rows are never matched across loads: every line of theirs counts.
select
    invoice_no,
    count(distinct load) as loads,
    min(load) as first_load,
    max(load) as last_load
from sales
group by invoice_no
having min(load) <> max(load)
