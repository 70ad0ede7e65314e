"""The views of searches: what was asked, shown, clicked and bought (docs/search-events.md)."""

from tradewind.lake.relations import PRODUCT, SUM_OF_MONEY, Column, View, counts, strings

_QUERY = (Column("index_name", "string"), Column("query", "string"))

SEARCH_VIEWS = (
    View(
        name="searches",
        columns=(
            Column("query_id", "string"),
            Column("occurred_at", "timestamp", "UTC"),
            Column("shopper", "string", "shopper_id, else the anonymous id"),
            Column("anonymous_id", "string"),
            Column("session_id", "string"),
            Column("source", "string", "search: told by the search API itself"),
            Column("index_name", "string"),
            Column("query", "string", "in small letters, blanks single"),
            Column("asked", "string", "as typed"),
            Column("engine", "string", "of the search API; null where only a client tells of the search"),
            Column("page", "bigint", "0-based"),
            Column("hits", "bigint", "null where nobody said"),
            Column("products", f"array<{PRODUCT.format(price='decimal(18,6)')}>", "shown, with their positions"),
            Column("properties", "string", "JSON"),
            Column("receipt", "string"),
            Column("clicks", "bigint"),
            Column("is_typing", "boolean", "typed over within five seconds"),
        ),
        comment="Each search once",
    ),
    View(
        name="top_queries",
        columns=(
            *_QUERY,
            *counts("searches", "shoppers", "without_results", "clicked"),
            Column("click_through", "double", "clicked / searches"),
        ),
    ),
    View(
        name="no_result_queries",
        columns=(*_QUERY, *counts("searches", "shoppers", "filtered"), Column("last_at", "timestamp", "UTC")),
    ),
    View(
        name="search_clicks",
        columns=(
            Column("query", "string"),
            Column("index_name", "string"),
            Column("sku", "string"),
            Column("position", "int", "1-based, over all pages"),
            *counts("shown", "clicked"),
            Column("date", "date", "UTC, of the search"),
        ),
        comment="How often a product was shown and clicked at a place for a query, by day",
    ),
    View(
        name="click_through_by_rank",
        columns=(
            Column("index_name", "string"),
            Column("position", "int"),
            *counts("shown", "clicked"),
            Column("click_through", "double", "clicked / shown"),
        ),
    ),
    View(
        name="revenue_by_query",
        columns=(
            *_QUERY,
            Column("currency", "string"),
            *counts("orders", "units"),
            Column("revenue", SUM_OF_MONEY, "gross of refunds"),
        ),
        comment="Of the products that were bought after a search",
    ),
    View(
        name="ubi_queries",
        columns=(
            Column("timestamp", "timestamp", "UTC"),
            *strings("query_id", "query", "query_response_id"),
            Column("query_response_hit_ids", "array<string>"),
            *strings("user_query", "query_attributes", "object_id_field", "client_id", "application"),
        ),
        comment="Searches as rows of UBI 1.3.0",
    ),
    View(
        name="ubi_events",
        columns=(
            *strings("application", "action_name", "query_id", "session_id", "client_id", "user_id"),
            Column("timestamp", "timestamp", "UTC"),
            *strings("message_type", "message", "user_query", "object_id"),
            Column("ordinal", "int"),
            Column("event_attributes", "string", "JSON"),
        ),
        comment="What shoppers did as rows of UBI 1.3.0",
    ),
)
