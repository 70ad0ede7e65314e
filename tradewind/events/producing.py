"""Sale lines of a sales file as the events that a shop would have sent: one Order Completed a line."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from tradewind.config import Limits, Shop
from tradewind.lake.sql import read_sql, transpile
from tradewind.sales.cleaning import CLEAN_SQL
from tradewind.sales.reading import open_sales

_AT_ONCE = 1000
_PLAIN_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,80}")  # the collector takes message ids of up to 100 characters
_LIBRARY = {"library": {"name": "tradewind-produce", "version": "1"}}
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """A row of a sales file that is a sale; `invoice_date` is shop-local."""

    source_row: int
    invoice_no: str
    stock_code: str
    description: str | None
    quantity: int
    invoice_date: datetime
    unit_price: Decimal
    total_price: Decimal
    customer_id: str | None


def sale_lines(path: Path, *, columns: Mapping[str, str], limits: Limits, count: int | None) -> Iterator[SaleLine]:
    """Yield the first `count` sale lines of a file in its order, as `tradewind import sales` would find them.

    Raises: InputError for a file that cannot be read.
    """
    wanted = ", ".join(SaleLine.__dataclass_fields__)
    cleaning = transpile(read_sql(CLEAN_SQL), "duckdb")
    with duckdb.connect() as con:
        open_sales(con, [path], columns=columns, limits=limits)
        rows = con.execute(
            f"select {wanted} from ({cleaning}) where line_type = 'sale' order by source_row limit ?",  # noqa: S608
            [count],
        )
        while some := rows.fetchmany(_AT_ONCE):
            for row in some:
                yield SaleLine(**dict(zip(SaleLine.__dataclass_fields__, row, strict=True)))


def order_completed(line: SaleLine, file: str, shop: Shop) -> bytes:
    """Return the event of a sale line as the body of a request to /v1/track.

    It has no sentAt: its timestamp is the invoice's date, and no clock has to be corrected. File and row make its
    message id, so that the same line sent again is a duplicate.
    """
    local = line.invoice_date.replace(tzinfo=ZoneInfo(shop.time_zone))
    guest = {"anonymousId": f"guest-{line.invoice_no}"}
    product = {
        "product_id": line.stock_code,
        "sku": line.stock_code,
        "name": line.description,
        "price": _plain(line.unit_price),
        "quantity": line.quantity,
    }
    return _encoder.encode(
        {
            "type": "track",
            "event": "Order Completed",
            "messageId": message_id(file, line.source_row),
            **({"userId": line.customer_id} if line.customer_id else guest),
            "timestamp": local.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "context": _LIBRARY,
            "properties": {
                "order_id": line.invoice_no,
                "currency": shop.currency,
                "revenue": _plain(line.total_price),
                "products": [{name: value for name, value in product.items() if value is not None}],
            },
        }
    )


def message_id(file: str, source_row: int) -> str:
    """Return the message id of a row: file name and row, or the name's digest where an id cannot hold the name."""
    name = file if _PLAIN_NAME.fullmatch(file) else hashlib.sha256(file.encode(errors="replace")).hexdigest()
    return f"{name}#{source_row}"


def _plain(number: Decimal) -> Decimal:
    """Return a number without the zeros of its column's scale, and without an exponent."""
    return Decimal(f"{number.normalize():f}")
