"""Parquet files: every cell as the text that a CSV file would hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tradewind.errors import InputError
from tradewind.sales.formats.cells import Cells, literal, quoted, repeated_titles
from tradewind.sales.formats.detection import Part


@contextmanager
def parquet_cells(con: duckdb.DuckDBPyConnection, part: Part) -> Iterator[Cells]:
    """Give the cells of a Parquet file: whole numbers without '.0', other numbers at their shortest, times as
    'YYYY-MM-DD HH:MM:SS'; a time with a zone at its UTC clock.

    Raises: InputError for a file that is damaged.
    """
    with TemporaryDirectory(prefix="tradewind-parquet-") as folder:
        path = Path(folder) / "part.parquet"  # a name that DuckDB does not take for a pattern
        if isinstance(part.content, bytes):
            path.write_bytes(part.content)
        else:
            path.symlink_to(part.content.absolute())
        relation = f"read_parquet({literal(str(path))}, binary_as_string = true, hive_partitioning = false)"
        try:
            columns = con.execute(f"describe select * from {relation}").fetchall()  # noqa: S608
        except duckdb.Error:
            raise _damaged(part) from None
        yield Cells(
            relation=relation,
            titles=repeated_titles([name for name, *_ in columns]),
            texts=tuple(_as_text(quoted(name), type_name) for name, type_name, *_ in columns),
            explain=lambda error: _damaged(part) if isinstance(error, duckdb.IOException) else None,
        )


def _damaged(part: Part) -> InputError:
    return InputError(f"file {part.name!r}", "is cut off or damaged: it cannot be read as Parquet", "write it again")


def _as_text(column: str, type_name: str) -> str:
    text = f"cast({column} as varchar)"
    if type_name in ("DOUBLE", "FLOAT"):
        return f"case when not isnan({column}) then regexp_replace({text}, '\\.0$', '') end"
    if type_name.startswith("DECIMAL") and not type_name.endswith(",0)"):
        return f"rtrim(rtrim({text}, '0'), '.')"
    if type_name == "TIMESTAMP WITH TIME ZONE":
        return f"cast(make_timestamp(epoch_us({column})) as varchar)"
    if type_name.startswith("TIMESTAMP"):
        return f"cast(cast({column} as timestamp) as varchar)"
    return text
