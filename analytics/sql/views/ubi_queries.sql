-- Searches as rows of User Behavior Insights 1.3.0 (https://github.com/o19s/ubi). query is what was searched after
-- spelling and rules, query_attributes all that the event holds, in JSON; query_response_hit_ids are the products shown.
select
    occurred_at as timestamp,
    query_id,
    coalesce(json_extract_scalar(properties, '$.searched'), asked) as query,
    coalesce(json_extract_scalar(properties, '$.query_response_id'), query_id) as query_response_id,
    case when cardinality(products) > 0 then transform(products, product -> product.sku) end as query_response_hit_ids,
    asked as user_query,
    properties as query_attributes,
    coalesce(json_extract_scalar(properties, '$.object_id_field'), 'objectID') as object_id_field,
    anonymous_id as client_id,
    coalesce(json_extract_scalar(properties, '$.application'), index_name, source) as application
from searches
