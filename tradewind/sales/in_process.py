"""The engine of loads of ordinary size: DuckDB in this process, over files in a temporary folder."""

import errno
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tradewind.errors import InputError
from tradewind.lake import layout, quality
from tradewind.lake.tables import QUALITY_CHECKS
from tradewind.sales import cleaning, publishing, reading
from tradewind.sales.attempts import TABLES, Cleaned
from tradewind.sales.loads import Manifest
from tradewind.sales.publishing import Clock
from tradewind.sales.stores import SalesStores

# The function has 3 GB; the workbook reader needs its share beside DuckDB, which spills to disk above this.
_MEMORY = "1GB"
_THREADS = 2
_SPARK_ENDINGS = (".csv", ".parquet")


class InProcess:
    """Cleans with DuckDB. `folder` is where temporary files go (default: the system's)."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def takes(self, manifest: Manifest, stores: SalesStores) -> bool:
        """Return whether the upload is small enough, or of a format that Spark does not read."""
        distributed = all(Path(part).suffix.lower() in _SPARK_ENDINGS for part in manifest.parts)
        return manifest.size <= stores.limits.spark_above or not distributed

    def clean(self, stores: SalesStores, manifest: Manifest, *, attempt: str, clock: Clock) -> Cleaned:
        with _room(manifest), tempfile.TemporaryDirectory(dir=self._folder, prefix="clean_sales-") as name:
            folder = Path(name)
            connection = _connect(folder / "spill")
            try:
                return _clean(connection, stores, manifest, folder, attempt=attempt, clock=clock)
            finally:
                connection.close()


def _clean(
    connection: duckdb.DuckDBPyConnection,
    stores: SalesStores,
    manifest: Manifest,
    folder: Path,
    *,
    attempt: str,
    clock: Clock,
) -> Cleaned:
    parts = _download(stores, manifest, folder)
    reading.open_sales(connection, parts, columns=manifest.columns, limits=stores.limits)
    made = folder / "made"
    made.mkdir()
    cleaned = cleaning.clean(connection, load=manifest.load, into=made)
    checks = quality.run_checks(lambda statement: _rows(connection, statement), TABLES, engine="duckdb")
    _write_checks(connection, stores, manifest, checks, folder, attempt=attempt, clock=clock)
    keys = []
    if not quality.failures(checks):
        keys = publishing.stage_folder(stores, made, layout.staging_prefix(manifest.load, attempt))
    return Cleaned(counts=cleaned.counts, money=cleaned.money, keys=keys, checks=checks)


def _connect(spill: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"memory_limit": _MEMORY, "threads": _THREADS, "temp_directory": str(spill)})


def _download(stores: SalesStores, manifest: Manifest, folder: Path) -> list[Path]:
    raw = folder / "raw"
    raw.mkdir()
    parts = stores.lake.download(manifest.parts, raw)
    ending = parts[0].suffix
    if len(parts) == 1 and ending and manifest.load.lower().endswith(ending.lower()):
        # Messages about the content should name the file as its owner knows it.
        return [parts[0].rename(raw / manifest.load)]
    return parts


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[list[str], Sequence[Sequence[object]]]:
    cursor = connection.execute(statement)
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def _write_checks(
    connection: duckdb.DuckDBPyConnection,
    stores: SalesStores,
    manifest: Manifest,
    checks: list[quality.CheckResult],
    folder: Path,
    *,
    attempt: str,
    clock: Clock,
) -> None:
    types = {"string": "varchar", "boolean": "boolean", "bigint": "bigint", "timestamp": "timestamp"}
    columns = ", ".join(f"{column.name} {types[column.type]}" for column in QUALITY_CHECKS.columns)
    places = ", ".join("?" for _ in QUALITY_CHECKS.columns)
    path = folder / "quality_checks.parquet"
    connection.execute(f"create or replace temp table quality_checks ({columns})")
    rows = quality.records(
        checks, load=manifest.load, upload_id=manifest.upload_id, attempt=attempt, checked_at=clock()
    )
    connection.executemany(f"insert into quality_checks values ({places})", rows)  # noqa: S608
    connection.table("quality_checks").write_parquet(str(path))
    stores.lake.put_file(layout.quality_checks_key(manifest.load, attempt), path)


@contextmanager
def _room(manifest: Manifest) -> Iterator[None]:
    """Turn a full disk into an answer; trying again would fill it again."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        if not full and not any(text in str(error) for text in ("No space left on device", "max_temp_directory_size")):
            raise
        raise InputError(
            "disk space",
            f"ran out while load {manifest.load!r} ({manifest.size:,} bytes) was cleaned",
            "free some and run `tradewind quarantine retry`, or import the file as CSV or Parquet in parts "
            "(nothing was changed)",
        ) from error
