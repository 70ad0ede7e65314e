"""Workbook bytes to cleaned Parquet files in one process, against reading the sheet with python-calamine alone."""

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import python_calamine

from benchmarks.measure import Figure, alternate, figure, report
from benchmarks.sales_data import SalesFiles, sales_files
from tradewind.config import Limits
from tradewind.sales.cleaning import CleanedLoad, clean
from tradewind.sales.reading import open_sales

GOAL = 1.3


def figures(files: SalesFiles) -> list[Figure]:
    """Return the figure, after making sure that both sides saw the same rows."""
    content = files.workbook.read_bytes()
    read = len(read_with_calamine(content)) - 1
    counts = to_parquet(content).counts
    if counts.read != read:
        raise AssertionError(f"rows must be the same on both sides, got {counts.read} and {read}")
    cost = alternate({"ours": lambda: to_parquet(content), "rival": lambda: read_with_calamine(content)})
    return [
        figure(
            "workbook to Parquet files",
            ours=cost["ours"].cpu,
            rival=cost["rival"].cpu,
            goal=GOAL,
            unit="CPU s",
            how=f"{files.what}: xlsx bytes read, cleaned and written by month, with quarantine, in process; rival: "
            "python-calamine's to_python() of the same sheet, which only reads; "
            f"wall {cost['ours'].wall:.2f} s against {cost['rival'].wall:.2f} s",
        )
    ]


def to_parquet(content: bytes) -> CleanedLoad:
    """Return what became of a workbook, after reading, cleaning and writing it as `clean_sales` does."""
    with TemporaryDirectory(prefix="tradewind-bench-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "temp_directory": f"{folder}/spill"}
        with duckdb.connect(config=config) as con:
            open_sales(con, [("sales.xlsx", content)], columns={}, limits=Limits())
            return clean(con, load="bench", into=Path(folder))


def read_with_calamine(content: bytes) -> Sequence[object]:
    """Return the rows of the first sheet as lists of Python values."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows: Sequence[object] = book.get_sheet_by_index(0).to_python()
    return rows


def main() -> int:
    with sales_files() as files:
        return report("workbook", figures(files))


if __name__ == "__main__":
    sys.exit(main())
