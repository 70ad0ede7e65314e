"""The sales files that are measured on: the real workbook where it is, else a made one that says so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import openpyxl

from benchmarks.measure import ROOT
from tradewind.demo import generate

WORKBOOK = "data/online_retail/online_retail.xlsx"
_COPIES = 4  # of the demo's year, so that fixed costs do not rule a made file


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesFiles:
    """One load as a workbook and as CSV, and a word on what it is."""

    workbook: Path
    csv: Path
    what: str


@contextmanager
def sales_files() -> Iterator[SalesFiles]:
    """Give the real workbook (TRADEWIND_SHARED, by default `shared` beside the checkout), else a made one."""
    shared = Path(os.environ.get("TRADEWIND_SHARED", ROOT.parent / "shared"))
    with TemporaryDirectory(prefix="tradewind-bench-") as name:
        folder = Path(name)
        real = shared / WORKBOOK
        workbook = real if real.exists() else _made_workbook(folder)
        csv = folder / "sales.csv"
        rows = _as_csv(workbook, csv)
        source = "Online Retail" if real.exists() else f"a MADE workbook, the real one is not in {shared}"
        yield SalesFiles(workbook=workbook, csv=csv, what=f"{source}, {rows:,} rows")


def _as_csv(workbook: Path, csv: Path) -> int:
    """Write the first sheet as CSV as a spreadsheet program would, and return the number of its rows."""
    import fastexcel

    sheet = fastexcel.read_excel(workbook).load_sheet(0, dtypes="string")
    con = duckdb.connect()
    con.register("sheet", sheet)
    con.execute(f"copy sheet to '{csv}' (format csv, header)")
    (rows,) = con.execute("select count(*) from sheet").fetchall()[0]
    return int(rows)


def _made_workbook(folder: Path) -> Path:
    """Return a workbook of the demo's sales, several times over, with number and text cells mixed as in real ones."""
    shop = generate(folder / "demo")
    rows = duckdb.execute("select * from read_csv(?, all_varchar = true)", [str(shop.files[0])])
    header = [column[0] for column in rows.description]
    lines = rows.fetchall()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("sales")
    sheet.append(header)
    for copy in range(_COPIES):
        for line in lines:
            sheet.append([_cell(value, number, copy) for number, value in enumerate(line)])
    path = folder / "sales.xlsx"
    book.save(path)
    return path


def _cell(value: str | None, column: int, copy: int) -> str | int | float | None:
    if value is None:
        return None
    if column == 5:
        return float(value)
    if value.removeprefix("-").isdigit():
        return int(value) + (100_000 * copy if column == 0 else 0)
    return f"{value}{copy}" if column == 0 else value
