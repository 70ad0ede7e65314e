-- The ten days with the highest revenue.
select date, orders, units, revenue, net_revenue
from daily_sales
order by revenue desc, date
limit 10
