-- Rows that are neither sale nor return, and the money on them, by load and reason.
select
    load,
    reason,
    count(*) as quarantined_rows,
    cast(coalesce(sum(total_price), 0) as decimal(18, 3)) as money
from sales_quarantine
group by load, reason
order by load, quarantined_rows desc, reason
