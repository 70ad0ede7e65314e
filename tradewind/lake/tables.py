"""The tables and views of the Glue database: names, columns and Athena types, where their files lie.

The stacks deploy them, the cleaning writes them, the tests compare them with what the engines really return.
"""

from dataclasses import dataclass

from tradewind.lake import layout


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is a Hive type as Glue takes it (decimal(18,3), string, timestamp ...)."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A Parquet table over a prefix of the lake bucket."""

    name: str
    prefix: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An Athena view; its SELECT is `analytics/sql/views/<name>.sql`."""

    name: str
    columns: tuple[Column, ...]
    comment: str = ""


# Months of `sales` that Athena looks for; the cleaning takes dates of these years only (clean_sales.sql). Wider costs:
# a query without a month lists every one of them.
FIRST_MONTH = "1990-01"
LAST_MONTH = "2049-12"

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

TABLES = (SALES, SALES_QUARANTINE, QUALITY_CHECKS)

_MONEY = "decimal(18,3)"
_RETURNS = (
    Column("returns_value", _MONEY, "merchandise return lines, negative, on the return's own date"),
    Column("net_revenue", _MONEY, "revenue + returns_value"),
)
_TOTALS = (Column("orders", "bigint"), Column("units", "bigint"), Column("revenue", _MONEY, "gross of returns"))

VIEWS = (
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
)
