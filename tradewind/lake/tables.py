"""The tables and views of the Glue database: names, columns and Athena types, where their files lie.

The stacks deploy them, the cleaning writes them, the tests compare them with what the engines really return.
"""

from tradewind.lake import layout
from tradewind.lake.relations import PRODUCT, SUM_OF_MONEY, Column, Table, View, counts
from tradewind.lake.search_views import SEARCH_VIEWS

__all__ = ["TABLES", "VIEWS", "Column", "Table", "View"]


# Months of `sales` that Athena looks for; the cleaning takes dates of these years only (clean_sales.sql). Wider costs:
# a query without a month lists every one of them. Events before 2000 or far ahead get their received time.
FIRST_MONTH = "1990-01"
LAST_MONTH = "2049-12"
FIRST_RECEIVED = "2025-01-01"  # of raw_events; nothing was collected before

SALES_COLUMNS = (
    Column("invoice_no", "string", "as in the file, upper-cased"),
    Column("stock_code", "string", "upper-cased"),
    Column("description", "string", "trimmed; null where the file has none"),
    Column("quantity", "int", "negative on return lines"),
    Column("invoice_date", "timestamp", "shop-local"),
    Column("unit_price", "decimal(18,6)"),
    Column("customer_id", "string", "null for guests"),
    Column("country", "string"),
    Column("line_type", "string", "sale or return"),
    Column("is_merchandise", "boolean", "stock code matches ^[0-9]{5}[A-Z]*$"),
    Column("total_price", "decimal(18,3)", "quantity x unit_price"),
    Column("source_row", "bigint", "1-based data row of the load"),
    Column("load", "string", "name of the sales file"),
)

_PRODUCT_CHANGE = (
    Column("change_id", "string", "the same however often it is delivered"),
    Column("index_name", "string", "its generation where no name leads to it"),
    Column("object_id", "string"),
    Column("change", "string", "put or remove"),
    Column("changed_at", "timestamp", "UTC"),
    Column("body", "string", "JSON of the record; of a removal what it was"),
)

SALES = Table(
    name="sales",
    prefix=layout.CLEAN_SALES,
    columns=SALES_COLUMNS,
    partition_keys=(Column("month", "string", "YYYY-MM of invoice_date"),),
    comment="Sale and return lines of all loads",
)

SALES_QUARANTINE = Table(
    name="sales_quarantine",
    prefix=layout.QUARANTINE_SALES,
    columns=(
        Column("invoice_no", "string", "the cell as text, as it is in the file"),
        Column("stock_code", "string"),
        Column("description", "string"),
        Column("quantity", "string"),
        Column("invoice_date", "string"),
        Column("unit_price", "string"),
        Column("customer_id", "string"),
        Column("country", "string"),
        Column("reason", "string", "duplicate, adjustment, no_price or other"),
        Column("detail", "string", "which cell is why"),
        Column("total_price", "decimal(18,3)", "quantity x unit_price where both are numbers"),
        Column("source_row", "bigint", "1-based data row of the load"),
        Column("load", "string", "name of the sales file"),
    ),
    comment="Rows of sales files that are neither sale nor return, with the reason",
)

QUALITY_CHECKS = Table(
    name="quality_checks",
    prefix=layout.QUALITY_CHECKS,
    columns=(
        Column("load", "string"),
        Column("upload_id", "string"),
        Column("attempt", "string"),
        Column("table_name", "string"),
        Column("check_name", "string"),
        Column("severity", "string", "error keeps the last good version in place; warning only tells"),
        Column("passed", "boolean"),
        Column("failing_rows", "bigint"),
        Column("sample", "string", "JSON array of the first failing rows"),
        Column("checked_at", "timestamp", "UTC"),
    ),
    comment="Result of each data-quality check of each load",
)

# Enriched by transform_records; shared by raw_events and events.
_ENRICHED = (
    Column("device_type", "string", "desktop, mobile, tablet, tv, server or other; null without a user agent"),
    Column("os", "string"),
    Column("browser", "string"),
    Column("country", "string", "ISO 3166-1 alpha-2"),
    Column("locale", "string"),
    Column("channel", "string", "campaign.medium, else class of the referrer, else direct"),
    Column("campaign", "string", "campaign.name"),
    Column("referrer", "string"),
    Column("page_path", "string"),
    Column("season", "string", "spring, summer, autumn or winter, where the shopper is"),
    Column("hour", "int", "0 to 23, in the shopper's time zone, else in the shop's"),
    Column("weather", "string", "null: no provider yet"),
)

# What Firehose writes: one row an accepted event, dropped and rejected ones included. Decimals are text here, because
# Firehose's conversion of JSON numbers to decimals rounds by way of doubles.
RAW_EVENTS = Table(
    name="raw_events",
    prefix=layout.RAW_EVENTS,
    columns=(
        Column("receipt", "string", "<request id>-<index>: one for each event that was accepted"),
        Column("verdict", "string", "kept, dropped or rejected"),
        Column("reason", "string", "why it was dropped or rejected"),
        Column("line", "string", "the line as it came, of rejected events only"),
        Column("event_id", "string", "messageId, minted where the client sent none"),
        Column("type", "string", "track, identify, page, screen, group or alias"),
        Column("name", "string", "of track, page and screen"),
        Column("interaction", "string"),
        Column("occurred_at", "timestamp", "UTC, corrected by the client's clock"),
        Column("received_at", "timestamp", "UTC"),
        Column("flags", "array<string>", "what had to be mended"),
        Column("user_id", "string", "as sent"),
        Column("anonymous_id", "string"),
        Column("previous_id", "string", "of alias"),
        Column("group_id", "string"),
        Column("client_session_id", "string"),
        Column("query_id", "string"),
        Column("source", "string", "of the write key"),
        *_ENRICHED,
        Column("order_id", "string"),
        Column("revenue", "string", "decimal as text, of purchases and refunds"),
        Column("currency", "string"),
        Column("products", f"array<{PRODUCT.format(price='string')}>"),
        Column("properties", "string", "JSON"),
        Column("traits", "string", "JSON"),
        Column("context", "string", "JSON, address truncated"),
    ),
    partition_keys=(Column("received_date", "string", "YYYY-MM-DD, UTC, when Firehose received it"),),
    comment="Collected events as they came, enriched",
)

EVENTS = Table(
    name="events",
    prefix=layout.CLEAN_EVENTS,
    columns=(
        Column("event_id", "string", "the messageId, minted where absent"),
        Column("type", "string", "track, identify, page, screen, group or alias"),
        Column("name", "string"),
        Column("interaction", "string", "view, click, add_to_cart ...; null for other events"),
        Column("occurred_at", "timestamp", "UTC, corrected by the client's clock"),
        Column("received_at", "timestamp", "UTC"),
        Column("shopper_id", "string", "userId, else the one linked to the anonymous id"),
        Column("anonymous_id", "string"),
        Column("session_id", "string", "the client's, else by a gap of 30 minutes"),
        Column("query_id", "string"),
        Column("source", "string", "of the write key"),
        *_ENRICHED,
        Column("products", f"array<{PRODUCT.format(price='decimal(18,6)')}>"),
        Column("properties", "string", "JSON"),
        Column("order_id", "string"),
        Column("revenue", "decimal(18,3)", "of purchases and refunds"),
        Column("currency", "string"),
        Column("user_id", "string", "as sent"),
        Column("group_id", "string"),
        Column("session_source", "string", "client or gap"),
        Column("traits", "string", "JSON"),
        Column("flags", "array<string>", "what had to be mended"),
        Column("receipt", "string", "one for each event that was accepted"),
    ),
    partition_keys=(Column("month", "string", "YYYY-MM of occurred_at"),),
    comment="Every event once",
)

INTERACTIONS = Table(
    name="interactions",
    prefix=layout.CLEAN_INTERACTIONS,
    columns=(
        Column("event_id", "string"),
        Column("line", "int", "1-based product of the event; 0 where it has none"),
        Column("occurred_at", "timestamp", "UTC"),
        Column("shopper_id", "string"),
        Column("anonymous_id", "string"),
        Column("session_id", "string"),
        Column("interaction", "string"),
        Column("sku", "string"),
        Column("quantity", "bigint"),
        Column("price", "decimal(18,6)", "of one unit"),
        Column("currency", "string"),
        Column("order_id", "string"),
        Column("query_id", "string"),
        Column("position", "int"),
    ),
    partition_keys=(Column("month", "string", "YYYY-MM of occurred_at"),),
    comment="One row a product of an interaction event",
)

EVENTS_QUARANTINE = Table(
    name="events_quarantine",
    prefix=layout.QUARANTINE_EVENTS,
    columns=(
        Column("receipt", "string"),
        Column("received_at", "timestamp", "UTC"),
        Column("reason", "string"),
        Column("line", "string", "the line as it came"),
    ),
    comment="Accepted events that transform_records turned away",
)

RAW_PRODUCT_CHANGES = Table(
    name="raw_product_changes",
    prefix=layout.RAW_PRODUCT_CHANGES,
    columns=_PRODUCT_CHANGE,
    partition_keys=(Column("received_date", "string", "YYYY-MM-DD, UTC, when Firehose received it"),),
    comment="Changes of products as they were delivered: some more than once",
)

TABLES = (
    RAW_PRODUCT_CHANGES,
    SALES,
    SALES_QUARANTINE,
    QUALITY_CHECKS,
    RAW_EVENTS,
    EVENTS,
    INTERACTIONS,
    EVENTS_QUARANTINE,
)

_MONEY = "decimal(18,3)"
_RETURNS = (
    Column("returns_value", _MONEY, "merchandise return lines, negative, on the return's own date"),
    Column("net_revenue", _MONEY, "revenue + returns_value"),
)
_TOTALS = (Column("orders", "bigint"), Column("units", "bigint"), Column("revenue", _MONEY, "gross of returns"))


VIEWS = (
    View(name="product_changes", columns=_PRODUCT_CHANGE, comment="History of the catalogue, each change once"),
    View(name="daily_sales", columns=(Column("date", "date"), *_TOTALS, *_RETURNS)),
    View(
        name="popular_products",
        columns=(Column("stock_code", "string"), Column("description", "string"), *_TOTALS, *_RETURNS),
    ),
    View(
        name="sales_by_country",
        columns=(Column("country", "string"), Column("customers", "bigint"), *_TOTALS, *_RETURNS),
    ),
    View(name="top_customers", columns=(Column("customer_id", "string"), *_TOTALS, *_RETURNS)),
    View(
        name="customer_metrics",
        columns=(
            Column("customer_id", "string"),
            Column("total_spent", _MONEY),
            Column("order_count", "bigint"),
            Column("avg_basket_size", "double", "units / orders"),
            Column("recency_days", "bigint", "whole days before the last sale date in the data"),
            Column("first_order", "date"),
            Column("last_order", "date"),
        ),
    ),
    View(
        name="shared_invoices",
        columns=(
            Column("invoice_no", "string"),
            Column("loads", "bigint", "number of loads that hold it"),
            Column("first_load", "string"),
            Column("last_load", "string"),
        ),
        comment="Invoices present in more than one load; rows are never matched across loads",
    ),
    View(
        name="orders",
        columns=(
            Column("order_id", "string"),
            Column("ordered_at", "timestamp", "UTC"),
            Column("shopper_id", "string"),
            Column("anonymous_id", "string"),
            Column("session_id", "string"),
            Column("query_id", "string"),
            Column("source", "string"),
            Column("channel", "string", "of the order's own event"),
            Column("country", "string"),
            Column("currency", "string"),
            Column("order_lines", "bigint"),
            Column("units", "bigint"),
            Column("revenue", SUM_OF_MONEY, "gross of refunds"),
            Column("refunds", SUM_OF_MONEY, "at most the revenue"),
            Column("net_revenue", SUM_OF_MONEY, "revenue - refunds"),
        ),
        comment="Orders that events completed; sales files have views of their own",
    ),
    View(
        name="daily_events",
        columns=(
            Column("date", "date", "UTC"),
            *counts("events", "sessions", "shoppers", "searches", "impressions", "clicks", "views", "carts"),
            *counts("removals", "checkouts", "purchases", "refunds", "reviews"),
        ),
    ),
    View(
        name="funnel",
        columns=(Column("date", "date", "UTC"), *counts("views", "carts", "checkouts", "purchases")),
        comment="Visits that reached each step",
    ),
    View(
        name="sessions",
        columns=(
            Column("session_id", "string"),
            Column("shopper_id", "string"),
            Column("anonymous_id", "string"),
            Column("started_at", "timestamp", "UTC"),
            Column("ended_at", "timestamp", "UTC"),
            Column("seconds", "bigint", "from first to last event"),
            Column("channel", "string", "of the first event"),
            Column("campaign", "string"),
            Column("referrer", "string"),
            Column("source", "string"),
            Column("country", "string"),
            Column("device_type", "string"),
            Column("entry_page", "string"),
            Column("exit_page", "string"),
            *counts("events", "searches", "views", "carts", "checkouts", "purchases", "orders"),
            Column("revenue", SUM_OF_MONEY, "of its orders, gross of refunds"),
        ),
    ),
    View(name="top_pages", columns=(Column("page_path", "string"), *counts("views", "sessions", "entries"))),
    View(
        name="attribution",
        columns=(
            Column("channel", "string"),
            *counts("sessions", "orders"),
            Column("revenue", SUM_OF_MONEY, "gross of refunds"),
        ),
        comment="By the channel of each session's first event",
    ),
    *SEARCH_VIEWS,
)
