-- severity: error
-- The total of each row is the quantity times the price in the file, wherever both are plain numbers.
with placed as (
    select source_row, total_price from sales
    union all
    select source_row, total_price from sales_quarantine
),

counted as (
    select
        source_row,
        quantity,
        unit_price,
        try_cast(
            try_cast(quantity as decimal(10, 0)) * try_cast(unit_price as decimal(18, 6)) as decimal(18, 3)
        ) as money
    from raw_sales
    where
        regexp_like(quantity, '^-?[0-9]{1,9}$')
        and regexp_like(unit_price, '^-?[0-9]{1,12}([.][0-9]{1,6})?$')
)

select counted.source_row, counted.quantity, counted.unit_price, counted.money as money_in_file, placed.total_price
from counted
left join placed on placed.source_row = counted.source_row
where counted.money is not null and placed.total_price is distinct from counted.money
