"""DuckDB over the files of one cleaning: what is read from the lake and how files are written."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import duckdb
from sqlglot import exp

from tradewind.events.cleaning.ports import CleaningSettings, UnreadableRaw
from tradewind.lake.sql import read_sql, transpile
from tradewind.lake.tables import EVENTS, RAW_EVENTS, Column

# As much as a load of sales gets (tradewind/sales/in_process.py); DuckDB spills to disk above it.
_MEMORY = "1GB"
_THREADS = 2

# The index of one received day: one row a receipt.
SEEN_COLUMNS = (
    Column("receipt", "string"),
    Column("digest", "string", "first 32 hex digits of the message id's sha256; of kept events"),
    Column("received_at", "timestamp", "UTC"),
    Column("event_day", "string", "YYYY-MM-DD, UTC; of kept events"),
    Column("outcome", "string", "clean, duplicate, dropped or rejected"),
    Column("reason", "string", "why it was dropped or rejected"),
)
EVENT_COLUMNS = EVENTS.columns
VERDICTS = ("kept", "dropped", "rejected")


def connect(work: Path, settings: CleaningSettings) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB that spills into `work` and knows `cleaning_settings`."""
    work.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(
        config={"memory_limit": _MEMORY, "threads": _THREADS, "temp_directory": str(work / "spill")},
    )
    con.execute("set enable_progress_bar = false")  # it would write to standard output after two seconds
    con.execute("set TimeZone = 'UTC'")  # a file may say that its timestamps are UTC; the machine may be elsewhere
    con.execute(
        "create table cleaning_settings as select ?::integer as duplicate_days, ?::integer as session_gap_minutes",
        [settings.duplicate_days, settings.session_gap_minutes],
    )
    return con


def statement(name: str) -> str:
    """Return `analytics/sql/events/<name>.sql` as DuckDB says it."""
    return transpile(read_sql(f"events/{name}.sql"), "duckdb")


def names(columns: Sequence[Column], *, of: str = "") -> str:
    """Return the columns as a list for SQL, with the relation `of` before each."""
    return ", ".join(f"{of}.{column.name}" if of else column.name for column in columns)


def open_files(con: duckdb.DuckDBPyConnection, view: str, paths: Sequence[Path], columns: Sequence[Column]) -> None:
    """Make `view` of the rows of Parquet files: just `columns`, in their types, null where a file has none so named.

    Beside them `raw_file` and `raw_row` say where each row is. No files are no rows.
    """
    shape = ", ".join(f"{column.name} {_type(column.type)}" for column in columns)
    con.execute(f"create or replace temp table {view}_shape ({shape}, filename varchar, file_row_number bigint)")
    rows = f"from {view}_shape"
    if paths:
        con.read_parquet(
            [str(path) for path in paths],
            union_by_name=True,
            hive_partitioning=False,
            filename=True,
            file_row_number=True,
        ).create_view(f"{view}_files", replace=True)
        rows += f" union all by name from {view}_files"
    typed = ", ".join(f"cast({column.name} as {_type(column.type)}) as {column.name}" for column in columns)
    where = "filename as raw_file, file_row_number as raw_row"
    con.execute(f"create or replace temp view {view} as select {typed}, {where} from ({rows})")  # noqa: S608


def open_raw(con: duckdb.DuckDBPyConnection, raw_files: Sequence[Path]) -> None:
    """Make the view `raw_events`.

    Raises: UnreadableRaw for a file that is no Parquet, or has a row without receipt, verdict or time of receipt.
    """
    for path in raw_files:
        _check(con, path)
    open_files(con, "raw_events", raw_files, RAW_EVENTS.columns)


def unreadable_among(raw_files: Sequence[Path]) -> UnreadableRaw | None:
    """Return why one of the files cannot be read to its end, None if all can: what made a cleaning fail."""
    with duckdb.connect() as con:
        for path in raw_files:
            try:
                relation = con.read_parquet(str(path), hive_partitioning=False)
                columns = ", ".join(f'"{column}"' for column in relation.columns)
                relation.aggregate(f"bit_xor(hash({columns}))").fetchall()
            except duckdb.Error as error:
                return _unreadable(path, str(error).partition("\n")[0])
    return None


def write(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    con.sql(query).write_parquet(str(path), compression="zstd")


def _check(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        open_files(con, "checked", [path], RAW_EVENTS.columns)
        (wrong,) = con.execute(
            """
            select count(*) from checked
            where receipt is null or received_at is null or verdict is null or not list_contains(?, verdict)
            """,
            [VERDICTS],
        ).fetchall()[0]
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise _unreadable(path, str(error).partition("\n")[0]) from error
    if wrong:
        raise _unreadable(path, f"{wrong} rows have no receipt, received_at or verdict")


def _unreadable(path: Path, why: str) -> UnreadableRaw:
    return UnreadableRaw(
        "raw events", f"{path.name} cannot be read ({why})", "look at the object and send it again", path
    )


@cache
def _type(hive: str) -> str:
    return exp.DataType.build(hive, dialect="hive").sql("duckdb")
