-- What shoppers did as rows of User Behavior Insights 1.3.0 (https://github.com/o19s/ubi): one row a product, and one for
-- an event that names none. Searches are in ubi_queries. event_attributes is JSON with the product and its place; all that
-- a client sent is in events.properties.
with done as (
    select
        e.*,
        p.number,
        element_at(e.products, p.number).sku as object_id,
        element_at(e.products, p.number).position as ordinal,
        element_at(e.products, p.number).query_id as own_query_id
    from events e
    cross join unnest(
        sequence(1, case when cardinality(e.products) > 0 then cardinality(e.products) else 1 end)
    ) as p (number)
    where e.type = 'track' and coalesce(e.interaction, '') <> 'search'
)

select
    coalesce(json_extract_scalar(properties, '$.application'), source) as application,
    coalesce(json_extract_scalar(properties, '$.action_name'), interaction, name) as action_name,
    coalesce(own_query_id, query_id) as query_id,
    session_id,
    anonymous_id as client_id,
    shopper_id as user_id,
    occurred_at as timestamp,
    coalesce(json_extract_scalar(properties, '$.message_type'), upper(coalesce(interaction, 'info'))) as message_type,
    json_extract_scalar(properties, '$.message') as message,
    json_extract_scalar(properties, '$.query') as user_query,
    object_id,
    ordinal,
    case
        when object_id is not null then concat(
            '{"object":{"object_id":"',
            replace(replace(object_id, chr(92), concat(chr(92), chr(92))), '"', concat(chr(92), '"')),
            '","object_id_field":"objectID"}',
            case when ordinal is null then '' else concat(',"position":{"ordinal":', cast(ordinal as varchar), '}') end,
            '}'
        )
    end as event_attributes
from done
