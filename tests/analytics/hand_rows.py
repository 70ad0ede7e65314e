"""Tables of a few rows, typed as the lake's, so that a test shows the rows and the answer side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal

import duckdb
from sqlglot import exp

from tradewind.lake import sql
from tradewind.lake.tables import (
    EVENTS,
    INTERACTIONS,
    QUALITY_CHECKS,
    RAW_PRODUCT_CHANGES,
    SALES,
    SALES_QUARANTINE,
    VIEWS,
    Column,
    Table,
)

RAW_SALES = (
    "invoice_no",
    "stock_code",
    "description",
    "quantity",
    "invoice_date",
    "unit_price",
    "customer_id",
    "country",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of `sales`; what a test does not name is a sale of two lamps at 1.50 to customer 1."""

    invoice_no: str | None = "100"
    stock_code: str | None = "10001"
    description: str | None = "LAMP"
    quantity: int | None = 2
    invoice_date: str = "2011-01-31 10:00:00"
    unit_price: str | None = "1.5"
    customer_id: str | None = "1"
    country: str | None = "Norway"
    line_type: str | None = "sale"
    is_merchandise: bool | None = True
    total_price: str | None = None  # quantity x unit_price unless given
    source_row: int | None = 1
    load: str | None = "a.csv"
    month: str | None = None  # of invoice_date unless given

    def row(self) -> dict[str, object]:
        row = asdict(self)
        row["invoice_date"] = datetime.fromisoformat(self.invoice_date)
        if self.month is None:
            row["month"] = self.invoice_date[:7]
        if self.total_price is None and self.quantity is not None and self.unit_price is not None:
            row["total_price"] = self.quantity * Decimal(self.unit_price)
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A row of `sales_quarantine`; what a test does not name is a gift at no price."""

    invoice_no: str | None = "100"
    stock_code: str | None = "10001"
    description: str | None = "LAMP"
    quantity: str | None = "2"
    invoice_date: str | None = "2011-01-31 10:00:00"
    unit_price: str | None = "0"
    customer_id: str | None = "1"
    country: str | None = "Norway"
    reason: str | None = "no_price"
    detail: str | None = None
    total_price: str | None = "0"
    source_row: int | None = 2
    load: str | None = "a.csv"

    def row(self) -> dict[str, object]:
        return asdict(self)

    def raw(self) -> dict[str, object]:
        """Return the row of the file that it was."""
        row = asdict(self)
        return {"source_row": self.source_row, **{name: row[name] for name in RAW_SALES}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A product of an event; what a test does not name is one lamp at 1.50."""

    sku: str | None = "10001"
    quantity: int | None = 1
    price: str | None = "1.5"
    position: int | None = None
    query_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A row of `events`; what a test does not name is of session s1 of the anonymous a1 in the browser."""

    at: str = "2025-12-01 10:00:00"  # occurred_at
    receipt: str  # sorts events of one moment; the event id too unless given
    event_id: str | None = None
    type: str = "track"
    name: str | None = None
    interaction: str | None = None
    shopper_id: str | None = None
    anonymous_id: str | None = "a1"
    session_id: str | None = "s1"
    query_id: str | None = None
    source: str = "web"
    device_type: str | None = "desktop"
    country: str | None = "GB"
    channel: str | None = "direct"
    campaign: str | None = None
    referrer: str | None = None
    page_path: str | None = None
    products: tuple[Bought, ...] = field(default=())
    properties: str | None = None
    order_id: str | None = None
    revenue: str | None = None
    currency: str | None = "GBP"

    def row(self) -> dict[str, object]:
        row = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "at"}
        lines = [{"line": number, **asdict(product)} for number, product in enumerate(self.products, start=1)]
        at = datetime.fromisoformat(self.at)
        return row | {
            "event_id": self.event_id or self.receipt,
            "occurred_at": at,
            "received_at": at,
            "products": [_PRODUCT | line for line in lines] or None,
            "month": self.at[:7],
        }


# A product whose fields are all null.
_PRODUCT: dict[str, object] = dict.fromkeys(
    [
        "line",
        "sku",
        "name",
        "category",
        "brand",
        "variant",
        "quantity",
        "price",
        "currency",
        "coupon",
        "position",
        "query_id",
    ]
)


def return_of(line: Line, *, units: int, day: str, invoice_no: str = "C900") -> Line:
    """Return the line that gives `units` of `line` back on `day`."""
    row = asdict(line) | {"invoice_no": invoice_no, "quantity": -units, "line_type": "return", "total_price": None}
    return Line(**(row | {"invoice_date": f"{day} 12:00:00", "month": None}))


def duckdb_type(hive_type: str) -> str:
    """Return a Hive type as DuckDB's `describe` writes it."""
    cast = f"cast(null as {exp.DataType.build(hive_type, dialect='hive').sql('duckdb')})"
    kind: str = duckdb.execute(f"describe select {cast} as value").fetchall()[0][1]
    return kind


def create_table(con: duckdb.DuckDBPyConnection, name: str, columns: Iterable[Column]) -> None:
    con.execute(f"create table {name} ({', '.join(f'{c.name} {duckdb_type(c.type)}' for c in columns)})")


def insert(con: duckdb.DuckDBPyConnection, name: str, rows: Iterable[Mapping[str, object]]) -> None:
    for row in rows:
        marks = ", ".join(f"${column}" for column in row)
        con.execute(f"insert into {name} ({', '.join(row)}) values ({marks})", dict(row))


def database(
    lines: Iterable[Line] = (),
    quarantined: Iterable[Quarantined] = (),
    *,
    raw: Iterable[Mapping[str, object]] = (),
    events: Iterable[Happened] = (),
) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB database with the lake's tables and views, and `raw_sales`, and the given rows in them.

    The interactions are those of `events`, as the cleaning makes them.
    """
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    for table in (RAW_PRODUCT_CHANGES, SALES, SALES_QUARANTINE, QUALITY_CHECKS, EVENTS, INTERACTIONS):
        create_table(con, table.name, all_columns(table))
    create_table(con, "raw_sales", (Column("source_row", "bigint"), *(Column(name, "string") for name in RAW_SALES)))
    insert(con, "sales", (line.row() for line in lines))
    insert(con, "sales_quarantine", (row.row() for row in quarantined))
    insert(con, "raw_sales", raw)
    insert(con, "events", (event.row() for event in events))
    _add_interactions(con)
    for view in VIEWS:
        con.execute(f"create view {view.name} as {sql.transpile(sql.read_sql(f'views/{view.name}.sql'), 'duckdb')}")
    return con


def _add_interactions(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create temp view made_events as from events")
    made = sql.transpile(sql.read_sql("events/interactions.sql"), "duckdb")
    columns = ", ".join(column.name for column in INTERACTIONS.columns)
    month = "strftime(occurred_at, '%Y-%m')"
    con.execute(f"insert into interactions ({columns}, month) select {columns}, {month} from ({made})")


def all_columns(table: Table) -> tuple[Column, ...]:
    return (*table.columns, *table.partition_keys)
