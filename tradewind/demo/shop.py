"""The demo shop as files: sales and events go through the public doors, products wait for search."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from tradewind.demo.chance import stream
from tradewind.demo.dirt import add_dirt
from tradewind.demo.journeys import JourneyEvent, make_journeys
from tradewind.demo.products import DemoProduct, make_products
from tradewind.demo.sales import SaleRow, make_sales
from tradewind.demo.shoppers import DemoShopper, make_shoppers

SEED = 2011
# A fixed day: the demo is the same whenever it is made.
UNTIL = date(2025, 12, 31)

SALES_FILE = "demo-sales.csv"
PRODUCTS_FILE = "demo-products.jsonl"
SHOPPERS_FILE = "demo-shoppers.jsonl"
EVENTS_FILE = "demo-events.jsonl"
HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShop:
    """Where the generated files lie, and what is in them."""

    files: tuple[Path, ...]  # sales files, for the import
    products_file: Path
    shoppers_file: Path
    products: tuple[DemoProduct, ...]
    shoppers: tuple[DemoShopper, ...]
    events: tuple[JourneyEvent, ...]  # for the collector, in order of time
    sale_rows: int


def generate(into: Path, *, seed: int = SEED, until: date = UNTIL) -> DemoShop:
    """Write a demo shop with the sales of the 365 days that end with `until` into folder `into` and return it.

    The same `seed` and `until` give the same bytes on every machine.
    """
    products = make_products(stream(seed, "products"))
    shoppers = make_shoppers(stream(seed, "shoppers"))
    rows = add_dirt(stream(seed, "dirt"), make_sales(stream(seed, "sales"), products, shoppers, until))
    events = tuple(make_journeys(stream(seed, "journeys"), products, shoppers, until))
    into.mkdir(parents=True, exist_ok=True)
    _write_sales(into / SALES_FILE, rows)
    _write_records(into / PRODUCTS_FILE, map(_product_record, products))
    _write_records(into / SHOPPERS_FILE, map(_shopper_record, shoppers))
    _write_records(into / EVENTS_FILE, events)
    return DemoShop(
        files=(into / SALES_FILE,),
        products_file=into / PRODUCTS_FILE,
        shoppers_file=into / SHOPPERS_FILE,
        products=products,
        shoppers=shoppers,
        events=events,
        sale_rows=len(rows),
    )


def _write_sales(path: Path, rows: Iterable[SaleRow]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_cells(row) for row in rows)


def _cells(row: SaleRow) -> tuple[str | int, ...]:
    return (
        row.invoice_no,
        row.stock_code,
        row.description,
        row.quantity,
        row.invoice_date.isoformat(" "),
        pounds(row.price_minor),
        row.customer_id,
        row.country,
    )


def pounds(price_minor: int) -> str:
    """Return pence as pounds with two decimals."""
    sign = "-" if price_minor < 0 else ""
    return f"{sign}{abs(price_minor) // 100}.{abs(price_minor) % 100:02d}"


def _product_record(product: DemoProduct) -> Mapping[str, object]:
    return {**asdict(product), "currency": "GBP", "demo": True}


def _shopper_record(shopper: DemoShopper) -> Mapping[str, object]:
    return {**asdict(shopper), "demo": True}


def _write_records(path: Path, records: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
