"""Small sales files made in the test, and what the reading makes of them."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from tradewind.config import Limits
from tradewind.sales.columns import COLUMNS
from tradewind.sales.reading import open_sales

HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")

Row = Sequence[Any]
Given = Path | tuple[str, bytes]


def row(
    invoice_no: Any = "536365",
    stock_code: Any = "85123A",
    description: Any = "LANTERN",
    quantity: Any = "6",
    invoice_date: Any = "2010-12-01 08:26:00",
    unit_price: Any = "2.55",
    customer_id: Any = "17850",
    country: Any = "United Kingdom",
) -> tuple[Any, ...]:
    """Return a raw row, a sale unless something is changed."""
    return (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)


def csv_file(
    rows: Sequence[Row], *, name: str = "sales.csv", header: Row = HEADER, delimiter: str = ",", encoding: str = "utf-8"
) -> tuple[str, bytes]:
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([header, *rows])
    return name, text.getvalue().encode(encoding)


def workbook(sheets: Mapping[str, Sequence[Row]], *, name: str = "sales.xlsx") -> tuple[str, bytes]:
    """Return a workbook whose sheets hold the rows as they are, header rows included."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(list(cells))
    stream = BytesIO()
    book.save(stream)
    return name, stream.getvalue()


def parquet_file(folder: Path, select: str, *, name: str = "sales.parquet") -> Path:
    path = folder / name
    duckdb.connect().execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


def read(
    *parts: Given, columns: Mapping[str, str] | None = None, limits: Limits | None = None
) -> list[tuple[Any, ...]]:
    """Return raw_sales of `parts`, with its row numbers."""
    with duckdb.connect() as con:
        rows = open_sales(con, parts, columns=columns or {}, limits=limits or Limits())
        raw = con.execute(f"select source_row, {', '.join(COLUMNS)} from raw_sales order by source_row").fetchall()
        assert rows == len(raw)
        return raw


MORNING = datetime(2010, 12, 1, 8, 26)
