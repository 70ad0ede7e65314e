-- What the dates written with slashes say about their order: one row with a sample each, null where there is none.
-- day_first: only the first number can be the day. month_first: only the second can. undecided: both could be either.
with slashed as (
    select regexp_replace(invoice_date, '[ \t\r\n\x{00A0}]', '') as written
    from raw_sales
    where invoice_date like '%/%'
        and regexp_like(invoice_date, '^[ \t\r\n\x{00A0}]*[0-9]{1,2}/[0-9]{1,2}/(19[7-9][0-9]|20[0-9]{2})')
),
numbered as (
    select
        concat(split_part(written, '/', 1), '/', split_part(written, '/', 2), '/', substr(split_part(written, '/', 3), 1, 4))
            as written,
        cast(split_part(written, '/', 1) as integer) as first_number,
        cast(split_part(written, '/', 2) as integer) as second_number
    from slashed
)
select
    min(case when first_number > 12 and second_number <= 12 then written end) as day_first,
    min(case when first_number <= 12 and second_number > 12 then written end) as month_first,
    min(
        case
            when first_number <= 12 and second_number <= 12 and first_number <> second_number then written
        end
    ) as undecided
from numbered
