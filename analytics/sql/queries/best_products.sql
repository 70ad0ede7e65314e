-- The twenty products that brought most after returns.
select stock_code, description, orders, units, revenue, returns_value, net_revenue
from popular_products
order by net_revenue desc, stock_code
limit 20
