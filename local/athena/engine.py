"""One statement, run by DuckDB over the lake, its result written where Athena puts it."""

import contextlib
import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlglot import exp

from local.athena import definitions, dialect, unloads
from local.athena.failures import QueryFailed, ScanLimitExceeded, from_duckdb
from local.athena.lake import Lake, split_location
from local.athena.relations import Relations
from local.athena.results import write_result
from local.athena.types import ResultColumn, result_column

# The whole local stack is to stay under 1.5 GB; what does not fit spills to disk.
MEMORY_LIMIT = "384MB"
_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET integer_division = true",
    "SET preserve_insertion_order = true",
    "SET enable_profiling = 'no_output'",
    "SET profiling_coverage = 'ALL'",  # with SELECT alone, DuckDB 2.0.0 has no profile of some counts
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is to be run, and where its result goes."""

    query_id: str
    sql: str
    database: str
    output: str  # s3:// folder without a slash at the end
    scan_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a statement left behind."""

    columns: tuple[ResultColumn, ...] = ()
    location: str  # of the result object, or the folder of a CTAS
    manifest: str | None = None
    scanned: int = 0
    has_header: bool = True  # rows of SHOW and DESCRIBE come without


@dataclass
class Running:
    """A statement that runs; `cancel` may be called from another thread."""

    connection: duckdb.DuckDBPyConnection | None = None
    _cancelled: bool = False

    def is_cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        self._cancelled = True
        if self.connection is not None:
            self.connection.interrupt()


class Engine:
    """Runs statements; each has a database of its own in memory, and a folder of its own under `scratch`."""

    def __init__(self, lake: Lake, *, scratch: Path) -> None:
        self._lake = lake
        self._scratch = scratch
        shutil.rmtree(scratch, ignore_errors=True)  # what queries of a killed process left
        scratch.mkdir(parents=True, exist_ok=True)

    def run(self, statement: Statement, running: Running) -> Outcome:
        """Return what `statement` gave.

        Raises: QueryFailed, in Athena's words; ScanLimitExceeded.
        """
        try:
            return self._run(statement, running, union_columns=False)
        except duckdb.Error as error:
            if "union_by_name" not in str(error):
                raise from_duckdb(error, statement.sql) from error
        try:  # files of one table that hold different columns
            return self._run(statement, running, union_columns=True)
        except duckdb.Error as error:
            raise from_duckdb(error, statement.sql) from error

    def _run(self, statement: Statement, running: Running, *, union_columns: bool) -> Outcome:
        listing = definitions.run(self._lake, statement.sql, statement.database)
        with self._database(running) as (connection, folder):
            relations = Relations(
                self._lake,
                connection,
                folder,
                dt.datetime.now(dt.UTC).replace(tzinfo=None),
                union_columns=union_columns,
            )
            if isinstance(listing, definitions.NewView):
                self._create_view(listing, relations)
                listing = definitions.Listing()
            if isinstance(listing, definitions.Listing):
                return self._listed(statement, listing)
            unload = unloads.unload_of(statement.sql)
            sql = unload.select if unload else statement.sql
            tree = relations.bind(dialect.parse(sql), database=statement.database, sql=statement.sql)
            if unload is None and not isinstance(tree, exp.Query):
                kind = tree.key.upper()
                raise QueryFailed("NOT_SUPPORTED", f"line 1:1: {kind} statements are not run by the local engine")
            select = dialect.to_duckdb(_with_column_names(tree))
            columns = _described(connection, select)
            _lock(connection, folder)
            if unload is not None:
                return self._unloaded(statement, unload, select, columns, connection, folder)
            return self._selected(statement, select, columns, connection, folder)

    @contextlib.contextmanager
    def _database(self, running: Running) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
        with tempfile.TemporaryDirectory(dir=self._scratch) as name:
            folder = Path(name)
            spill = str(folder / "spill")
            with duckdb.connect(
                config={"memory_limit": MEMORY_LIMIT, "threads": 2, "temp_directory": spill}
            ) as connection:
                for setting in (*_SETTINGS, *dialect.MACROS):
                    connection.execute(setting)
                running.connection = connection
                try:
                    yield connection, folder
                finally:
                    running.connection = None

    def _create_view(self, view: definitions.NewView, relations: Relations) -> None:
        tree = relations.bind(dialect.parse(view.select), database=view.schema, sql=view.select)
        columns = _described(relations.connection, dialect.to_duckdb(_with_column_names(tree)))
        definitions.store_view(self._lake, view, columns)

    def _listed(self, statement: Statement, listing: definitions.Listing) -> Outcome:
        bucket, prefix = split_location(statement.output)
        key = f"{prefix}/{statement.query_id}.txt".lstrip("/")
        body = "".join("\t".join(row) + "\n" for row in listing.rows)
        self._lake.put(bucket, key, body.encode(), "text/plain")
        columns = tuple(ResultColumn(name, "string") for name in listing.columns)
        return Outcome(columns=columns, location=f"s3://{bucket}/{key}", has_header=False)

    def _selected(
        self,
        statement: Statement,
        select: str,
        columns: tuple[ResultColumn, ...],
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
    ) -> Outcome:
        cursor = connection.execute(select)
        file = write_result(folder / "result.csv", columns, cursor)
        scanned = _bytes_read(connection)
        _within(statement, scanned)
        bucket, prefix = split_location(statement.output)
        key = f"{prefix}/{statement.query_id}.csv".lstrip("/")
        self._lake.put(bucket, key, file.read_bytes(), "application/octet-stream")
        self._lake.put(bucket, key + ".metadata", b"", "application/octet-stream")
        return Outcome(columns=columns, location=f"s3://{bucket}/{key}", scanned=scanned)

    def _unloaded(
        self,
        statement: Statement,
        unload: unloads.Unload,
        select: str,
        columns: tuple[ResultColumn, ...],
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
    ) -> Outcome:
        unloads.check(self._lake, unload, statement.database)
        files = unloads.copy(connection, unload, select, columns, folder / "unload")
        scanned = _bytes_read(connection)
        _within(statement, scanned)
        location = unload.location or f"{statement.output}/tables/{statement.query_id}"
        stored = unloads.store(self._lake, files, location, query_id=statement.query_id)
        if unload.table is not None:
            unloads.create_table(self._lake, unload, statement.database, columns, location)
        folder_of_manifest = statement.output + ("/tables" if unload.table is not None else "")
        bucket, key = split_location(f"{folder_of_manifest}/{statement.query_id}")
        self._lake.put(bucket, key + "-manifest.csv", "".join(f"{each}\n" for each in stored).encode(), "text/csv")
        self._lake.put(bucket, key + ".metadata", b"", "application/octet-stream")
        return Outcome(location=f"s3://{bucket}/{key}", manifest=f"s3://{bucket}/{key}-manifest.csv", scanned=scanned)


def _with_column_names(tree: exp.Expr) -> exp.Expr:
    """Return `tree` with a mark on outermost columns that have no name; Athena calls them by their position."""
    leftmost = tree
    while isinstance(leftmost, exp.SetOperation | exp.Subquery):
        leftmost = leftmost.this
    if isinstance(leftmost, exp.Select):
        for i, projection in enumerate(list(leftmost.expressions)):
            unnamed = not projection.is_star and not isinstance(projection, exp.Alias | exp.Column | exp.Dot)
            if unnamed and not isinstance(projection, exp.Aliases | exp.Unnest):
                leftmost.expressions[i].replace(exp.alias_(projection.copy(), f"_unnamed{i}", quoted=True))
    return tree


def _described(connection: duckdb.DuckDBPyConnection, select: str) -> tuple[ResultColumn, ...]:
    rows = connection.execute(f"DESCRIBE {select}").fetchall()
    columns = []
    for i, (name, of, *_) in enumerate(rows):
        columns.append(result_column(f"_col{i}" if name.startswith("_unnamed") else name, of))
    return tuple(columns)


def _lock(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    # A query may read what its tables lie in, and no other file of this machine.
    allowed = str(folder).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{allowed}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _bytes_read(connection: duckdb.DuckDBPyConnection) -> int:
    profile = json.loads(connection.get_profiling_information(format="json"))
    return int(profile["io"]["total_bytes_read"])


def _within(statement: Statement, scanned: int) -> None:
    if statement.scan_limit is not None and scanned > statement.scan_limit:
        raise ScanLimitExceeded
