"""A sales file in parts, so that large files travel in parallel and survive a broken connection."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tradewind.config import Limits
from tradewind.errors import InputError
from tradewind.sales.formats.cells import distinct_titles, literal, quoted
from tradewind.sales.reading import as_part, cells_of

_WHOLE = "whole_file"


def split(path: Path, n: int, into: Path, *, limits: Limits | None = None) -> list[Path]:
    """Return `n` Parquet files in `into` that hold the rows of `path` in order, every cell as text.

    The column titles stay as they are, and blank rows too, so any `n` gives the same cleaned result as the file. Parts
    differ by one row at most; with more parts than rows the last ones are empty.

    Raises: InputError for n < 1, and for a file that cannot be read.
    """
    if n < 1:
        raise InputError("--split", repr(n), "give 1 or more parts")
    into.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="tradewind-split-") as spill,
        duckdb.connect(config={"temp_directory": spill}) as con,
    ):
        rows = _load(con, path, limits or Limits())
        bounds = [rows * index // n for index in range(n + 1)]
        return [
            _write(con, into / f"part-{number:05d}-of-{n:05d}.parquet", bounds[number - 1 : number + 1])
            for number in range(1, n + 1)
        ]


def _load(con: duckdb.DuckDBPyConnection, path: Path, limits: Limits) -> int:
    with cells_of(con, as_part(path), limits) as cells:
        columns = ", ".join(
            f"{text} as {quoted(title)}" for text, title in zip(cells.texts, distinct_titles(cells.titles), strict=True)
        )
        con.execute(
            f"create table {_WHOLE} as select row_number() over () as tradewind_row, {columns} from {cells.relation}"  # noqa: S608
        )
    (rows,) = con.execute(f"select count(*) from {_WHOLE}").fetchall()[0]  # noqa: S608
    return int(rows)


def _write(con: duckdb.DuckDBPyConnection, path: Path, bounds: Sequence[int]) -> Path:
    first, last = bounds
    con.execute(
        f"""
        copy (
            select * exclude (tradewind_row) from {_WHOLE}
            where tradewind_row > {first} and tradewind_row <= {last} order by tradewind_row
        ) to {literal(str(path))} (format parquet, compression zstd)
        """  # noqa: S608
    )
    return path
