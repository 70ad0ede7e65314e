"""Sales files as one table of text cells: what the cleaning starts from.

Cells stay text until the SQL judges them, so that nothing is lost to a guessed type.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tradewind.config import Limits
from tradewind.errors import InputError
from tradewind.lake.sql import read_sql, transpile
from tradewind.sales.columns import COLUMNS, match_columns
from tradewind.sales.dates import decide_date_order
from tradewind.sales.formats.cells import Cells
from tradewind.sales.formats.columnar import parquet_cells
from tradewind.sales.formats.delimited import delimited_cells
from tradewind.sales.formats.detection import Part, detect
from tradewind.sales.formats.workbook import workbook_cells


def open_sales(
    con: duckdb.DuckDBPyConnection,
    parts: Sequence[Path | tuple[str, bytes]],
    *,
    columns: Mapping[str, str],
    limits: Limits,
) -> int:
    """Return the number of rows, after filling `raw_sales` and `load_settings` in `con` from `parts` in order.

    raw_sales: source_row (1-based, running on from part to part; blank rows are counted but left out) and the eight
    columns as text, null where a cell is empty. load_settings: one row, load (empty until the cleaning names it) and
    date_order, 'mdy' or 'dmy'. `columns` is theirs -> ours, from --map.

    Raises: InputError for a file that cannot be read, lacks a column, has no rows, or has ambiguous dates.
    """
    con.execute(f"create or replace table raw_sales (source_row bigint, {', '.join(f'{c} varchar' for c in COLUMNS)})")
    sources = [as_part(part) for part in parts]
    before = 0
    for source in sources:
        before += _append(con, source, columns, limits, before)
    blank = " and ".join(f"{name} is null" for name in COLUMNS)
    con.execute(f"delete from raw_sales where {blank}")  # noqa: S608
    (rows,) = con.execute("select count(*) from raw_sales").fetchall()[0]
    if not rows:
        raise InputError(f"file {sources[0].name!r}", "has no rows below its header", "export it again with its rows")
    con.execute("create or replace table load_settings as select '' as load, ? as date_order", [date_order(con)])
    return int(rows)


def as_part(part: Path | tuple[str, bytes]) -> Part:
    """Return `part` with its name."""
    return Part(part.name, part) if isinstance(part, Path) else Part(*part)


@contextmanager
def cells_of(con: duckdb.DuckDBPyConnection, part: Part, limits: Limits) -> Iterator[Cells]:
    """Give the cells of `part`, whatever its format.

    Raises: InputError for a file that cannot be read.
    """
    match detect(part):
        case "xlsx":
            opened = workbook_cells(con, part, limits=limits)
        case "csv":
            opened = delimited_cells(part)
        case "parquet":
            opened = parquet_cells(con, part)
    with opened as cells:
        try:
            yield cells
        except duckdb.Error as error:
            if explained := cells.explain(error):
                raise explained from None
            raise


def date_order(con: duckdb.DuckDBPyConnection) -> str:
    """Return 'dmy' or 'mdy' for the dates that `raw_sales` writes with slashes, judged over the whole load.

    Raises: InputError where the dates speak for both orders, or for neither.
    """
    sample = con.execute(transpile(read_sql("sales/date_order.sql"), "duckdb")).fetchall()[0]
    return decide_date_order(*sample)


def _append(con: duckdb.DuckDBPyConnection, part: Part, columns: Mapping[str, str], limits: Limits, before: int) -> int:
    """Return the number of rows of `part`, blank ones included, after adding it to `raw_sales`."""
    with cells_of(con, part, limits) as cells:
        matched = match_columns(cells.titles, columns, source=part.name)
        texts = [cells.texts[cells.titles.index(matched[name])] for name in COLUMNS]
        cell_texts = ", ".join(f"nullif({text}, '')" for text in texts)
        counted = con.execute(
            f"insert into raw_sales select {before} + row_number() over (), {cell_texts} from {cells.relation}"  # noqa: S608
        ).fetchall()
    return int(counted[0][0])
