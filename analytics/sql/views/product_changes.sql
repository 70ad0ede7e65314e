-- The history of the catalogue, each change once: put with the record as it was from then on, remove with the last one.
select change_id, index_name, object_id, change, changed_at, body
from (
    select
        *,
        row_number() over (partition by change_id order by received_date) as delivery
    from raw_product_changes
) as delivered
where delivery = 1
