-- Every raw row once, with what became of it: line_type for sales and returns, reason and detail for the rest.
-- Reads raw_sales (source_row, eight text cells, empty cells null) and load_settings (one row: load, date_order).
-- First match wins: duplicate, sale, return, adjustment, no_price, other (docs/sales-files.md).
-- Trimming takes the spaces, tabs, line breaks and no-break spaces at both ends; trim() means less on some engines.
-- A cell between '!' and '~' begins with a visible ASCII character; one that also ends so needs no trimming. Comparing
-- characters costs a quarter of the regular expression (docs/decisions/0008-the-speed-of-cleaning.md).
-- The coalesces let nulls be equal in a join that can hash; a raw cell is never the empty text.
with repeated as (
    -- cheap to find, and the only rows that can be duplicates: comparing all eight cells of every row costs more
    select coalesce(invoice_no, '') as invoice_no, coalesce(stock_code, '') as stock_code
    from raw_sales
    group by coalesce(invoice_no, ''), coalesce(stock_code, '')
    having count(*) > 1
),
compared as (
    select
        r.source_row,
        min(r.source_row) over (
            partition by r.invoice_no, r.stock_code, r.description, r.quantity,
                r.invoice_date, r.unit_price, r.customer_id, r.country
        ) as first_row
    from raw_sales r
    join repeated p
        on coalesce(r.invoice_no, '') = p.invoice_no and coalesce(r.stock_code, '') = p.stock_code
),
duplicates as (
    select source_row, first_row
    from compared
    where source_row <> first_row
),
trimmed as (
    select
        r.source_row,
        r.invoice_no as raw_invoice_no,
        r.stock_code as raw_stock_code,
        r.description as raw_description,
        r.quantity as raw_quantity,
        r.invoice_date as raw_invoice_date,
        r.unit_price as raw_unit_price,
        r.customer_id as raw_customer_id,
        r.country as raw_country,
        d.first_row,
        s.load,
        s.date_order,
        upper(case
            when r.invoice_no between '!' and '~' and substr(r.invoice_no, -1) between '!' and '~' then r.invoice_no
            else nullif(regexp_replace(r.invoice_no, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end) as invoice_text,
        upper(case
            when r.stock_code between '!' and '~' and substr(r.stock_code, -1) between '!' and '~' then r.stock_code
            else nullif(regexp_replace(r.stock_code, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end) as stock_text,
        case
            when r.description between '!' and '~' and substr(r.description, -1) between '!' and '~' then r.description
            else nullif(regexp_replace(r.description, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end as description_text,
        case
            when r.quantity between '!' and '~' and substr(r.quantity, -1) between '!' and '~' then r.quantity
            else nullif(regexp_replace(r.quantity, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end as quantity_text,
        case
            when r.invoice_date between '!' and '~' and substr(r.invoice_date, -1) between '!' and '~' then r.invoice_date
            else nullif(regexp_replace(r.invoice_date, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end as date_text,
        case
            when r.unit_price between '!' and '~' and substr(r.unit_price, -1) between '!' and '~' then r.unit_price
            else nullif(regexp_replace(r.unit_price, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end as price_text,
        case
            when r.customer_id between '!' and '~' and substr(r.customer_id, -1) between '!' and '~' then r.customer_id
            else nullif(regexp_replace(r.customer_id, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end as customer_text,
        case
            when r.country between '!' and '~' and substr(r.country, -1) between '!' and '~' then r.country
            else nullif(regexp_replace(r.country, '^[ \t\r\n\x{00A0}]+|[ \t\r\n\x{00A0}]+$', ''), '')
        end as country_text
    from raw_sales r
    left join duplicates d on r.source_row = d.source_row
    cross join load_settings s
),
numbered as (
    -- a workbook cell without a date format holds days since the end of 1899
    select
        *,
        case
            when date_text not like '%-%'
                and regexp_like(date_text, '^(2[6-9]|[3-6][0-9]|7[0-2])[0-9]{3}(\.[0-9]{1,15})?$')
                then round(cast(date_text as double) * 86400e0)
        end as date_seconds
    from trimmed
),
dated as (
    -- a program that kept a code as a floating-point number writes 17850.0 for 17850
    select
        *,
        case
            when invoice_text like '%.0' and regexp_like(invoice_text, '^[0-9]+\.0$')
                then substr(invoice_text, 1, length(invoice_text) - 2)
            else invoice_text
        end as invoice_code,
        case
            when stock_text like '%.0' and regexp_like(stock_text, '^[0-9]+\.0$')
                then substr(stock_text, 1, length(stock_text) - 2)
            else stock_text
        end as product_code,
        case
            when customer_text like '%.0' and regexp_like(customer_text, '^[0-9]+\.0$')
                then substr(customer_text, 1, length(customer_text) - 2)
            else customer_text
        end as customer_code,
        case
            when regexp_like(
                date_text,
                '^(19[7-9][0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?)?$'
            )
                then replace(date_text, 'T', ' ')
            when regexp_like(
                date_text,
                '^[0-9]{1,2}/[0-9]{1,2}/(19[7-9][0-9]|20[0-9]{2})( ([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?$'
            )
                then concat(
                    split_part(split_part(date_text, ' ', 1), '/', 3),
                    '-',
                    lpad(split_part(date_text, '/', case when date_order = 'dmy' then 2 else 1 end), 2, '0'),
                    '-',
                    lpad(split_part(date_text, '/', case when date_order = 'dmy' then 1 else 2 end), 2, '0'),
                    ' ',
                    case
                        when date_text like '% %'
                            then concat(
                                lpad(split_part(split_part(date_text, ' ', 2), ':', 1), 2, '0'),
                                substr(split_part(date_text, ' ', 2), strpos(split_part(date_text, ' ', 2), ':'))
                            )
                        else '00:00:00'
                    end
                )
            when date_seconds is not null
                then concat(
                    cast(cast(date_add('day', cast(floor(date_seconds / 86400e0) as integer), date '1899-12-30') as date) as varchar),
                    ' ',
                    lpad(cast(cast(floor(date_seconds / 3600e0) as integer) % 24 as varchar), 2, '0'),
                    ':',
                    lpad(cast(cast(floor(date_seconds / 60e0) as integer) % 60 as varchar), 2, '0'),
                    ':',
                    lpad(cast(cast(date_seconds as bigint) % 60 as varchar), 2, '0')
                )
        end as date_iso
    from numbered
),
typed as (
    select
        *,
        case
            when regexp_like(quantity_text, '^-?[0-9]+(\.0*)?$')
                then try_cast(split_part(quantity_text, '.', 1) as integer)
        end as quantity_number,
        case
            when regexp_like(price_text, '^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?$')
                then try_cast(price_text as decimal(18, 6))
        end as price_number,
        -- the years whose months the table projects (tradewind/lake/tables.py)
        case
            when substr(date_iso, 1, 4) between '1990' and '2049' then try_cast(date_iso as timestamp(6))
        end as date_value,
        case
            when regexp_like(invoice_code, '^[0-9]+$') then 'sale'
            when regexp_like(invoice_code, '^C[0-9]+$') then 'return'
            when invoice_code is not null then 'adjustment'
        end as invoice_form
    from dated
),
priced as (
    select
        *,
        -- a factor of more than 18 digits, because DuckDB would multiply in 64 bits and overflow
        try_cast(cast(quantity_number as decimal(10, 0)) * cast(price_number as decimal(24, 6)) as decimal(18, 3)) as total_price
    from typed
),
judged as (
    select
        *,
        case
            when first_row is not null then 'duplicate'
            when price_number > 0
                and date_value is not null and product_code is not null and total_price is not null
                and (
                    invoice_form = 'sale' and quantity_number > 0
                    or invoice_form = 'return' and quantity_number < 0
                )
                then invoice_form
            when invoice_form = 'adjustment' then 'adjustment'
            when price_number <= 0 then 'no_price'
            else 'other'
        end as outcome
    from priced
)
select
    source_row,
    load,
    invoice_code as invoice_no,
    product_code as stock_code,
    description_text as description,
    quantity_number as quantity,
    date_value as invoice_date,
    price_number as unit_price,
    customer_code as customer_id,
    country_text as country,
    case when outcome in ('sale', 'return') then outcome end as line_type,
    regexp_like(product_code, '^[0-9]{5}[A-Z]*$') as is_merchandise,
    total_price,
    case when outcome in ('sale', 'return') then substr(date_iso, 1, 7) end as month,
    case when outcome not in ('sale', 'return') then outcome end as reason,
    case
        when outcome in ('sale', 'return') then null
        when outcome = 'duplicate' then concat('the same as row ', cast(first_row as varchar))
        when outcome = 'adjustment'
            then concat('invoice_no ''', raw_invoice_no, ''' is neither digits nor C and digits')
        when outcome = 'no_price' then concat('unit_price ''', raw_unit_price, ''' is not above 0')
        when invoice_form is null then 'invoice_no is empty'
        when quantity_text is null then 'quantity is empty'
        when quantity_number is null
            then concat('quantity ''', raw_quantity, ''' is not a whole number up to 2147483647')
        when invoice_form = 'sale' and quantity_number <= 0
            then concat('quantity ''', raw_quantity, ''' is not above 0 on an invoice of digits')
        when invoice_form = 'return' and quantity_number >= 0
            then concat('quantity ''', raw_quantity, ''' is not below 0 on an invoice of C and digits')
        when price_text is null then 'unit_price is empty'
        when price_number is null
            then concat('unit_price ''', raw_unit_price, ''' is not a number below 1000000000000')
        when date_text is null then 'invoice_date is empty'
        when date_value is null
            then concat('invoice_date ''', raw_invoice_date, ''' is not a date from 1990 to 2049')
        when product_code is null then 'stock_code is empty'
        else concat(
            'quantity ''', raw_quantity, ''' x unit_price ''', raw_unit_price, ''' is not below 1000000000000000'
        )
    end as detail,
    raw_invoice_no,
    raw_stock_code,
    raw_description,
    raw_quantity,
    raw_invoice_date,
    raw_unit_price,
    raw_customer_id,
    raw_country
from judged
