-- The twenty products with the highest value returned, and what part of their revenue that is.
select
    stock_code,
    description,
    revenue,
    returns_value,
    -cast(returns_value as double) / nullif(cast(revenue as double), 0) as share_returned
from popular_products
where returns_value < 0
order by returns_value, stock_code
limit 20
