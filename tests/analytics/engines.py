"""The three engines that run the same SQL files, over one folder of Parquet files."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import trino
from sqlglot import exp

from local.free_ports import free_ports
from tests.real_data import ROOT, not_shared, shared_path
from tradewind.events.cleaning.engine import SEEN_COLUMNS
from tradewind.lake import sql
from tradewind.lake.tables import (
    EVENTS,
    INTERACTIONS,
    QUALITY_CHECKS,
    RAW_EVENTS,
    RAW_PRODUCT_CHANGES,
    SALES,
    SALES_QUARANTINE,
    VIEWS,
    Column,
)

RAW_COLUMNS = (
    Column("source_row", "bigint"),
    *(Column(column.name, "string") for column in SALES_QUARANTINE.columns[:8]),
)
SETTINGS_COLUMNS = (Column("load", "string"), Column("date_order", "string"))


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "string") for name in names)


# What a cleaning of events has before it, beside the lake's tables: each file of analytics/sql/events reads some of it.
_RAW_ROW = (Column("raw_file", "string"), Column("raw_row", "bigint"))
CLEANING_RELATIONS = {
    "raw_events": (*RAW_EVENTS.columns, *_RAW_ROW),
    "arrived": (
        *_RAW_ROW,
        *_texts("receipt", "verdict", "reason", "digest"),
        Column("received_at", "timestamp"),
        *_texts("received_day", "event_day"),
    ),
    "events_seen": SEEN_COLUMNS,
    "cleaning_settings": (Column("duplicate_days", "int"), Column("session_gap_minutes", "int")),
    "kept": _RAW_ROW,
    "added": (*_RAW_ROW, *_texts("event_day")),
    "gap_events": (*_texts("receipt", "anonymous_id"), Column("occurred_at", "timestamp")),
    "open_sessions": (*_texts("anonymous_id", "session_id"), Column("occurred_at", "timestamp")),
    "day_events": EVENTS.columns,
    "day_sessions": _texts("receipt", "session_id"),
    "known_links": _texts("anonymous_id", "user_id"),
    "made_events": EVENTS.columns,
}

# relation -> (folder under the bucket `lake`, columns, partition columns)
RELATIONS = {
    "raw_sales": ("raw/sales", RAW_COLUMNS, ()),
    "load_settings": ("raw/settings", SETTINGS_COLUMNS, ()),
    "sales": ("clean/sales", SALES.columns, SALES.partition_keys),
    "sales_quarantine": ("quarantine/sales", SALES_QUARANTINE.columns, ()),
    "quality_checks": ("quality/checks", QUALITY_CHECKS.columns, ()),
    "events": ("clean/events", EVENTS.columns, EVENTS.partition_keys),
    "interactions": ("clean/interactions", INTERACTIONS.columns, INTERACTIONS.partition_keys),
    "raw_product_changes": (
        "raw/product_changes",
        RAW_PRODUCT_CHANGES.columns,
        RAW_PRODUCT_CHANGES.partition_keys,
    ),
    **{name: (f"cleaning/{name}", columns, ()) for name, columns in CLEANING_RELATIONS.items()},
}

TRINO_START_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Lake:
    """A folder that stands for S3: `root`/lake/... holds the files of RELATIONS."""

    root: Path

    def files(self, relation: str) -> Path:
        return self.root / "lake" / RELATIONS[relation][0]


def view_queries() -> dict[str, str]:
    return {view.name: sql.read_sql(f"views/{view.name}.sql") for view in VIEWS}


def duckdb_over(lake: Lake) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection where the lake's relations and views have their names."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.execute("set threads = 2")
    for name in RELATIONS:
        files = f"read_parquet('{lake.files(name)}/**/*.parquet', hive_partitioning = {bool(RELATIONS[name][2])}"
        con.execute(f"create view {name} as from {files}, hive_types_autocast = false)")
    for name, query in view_queries().items():
        con.execute(f"create view {name} as {sql.transpile(query, 'duckdb')}")
    return con


def java() -> None:
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        not_shared("java is not on the path: install Java 17 (apt install openjdk-17-jre-headless)")


def run_on_spark(lake: Lake, statements: Mapping[str, str], into: Path) -> dict[str, list[tuple[str, str]]]:
    """Write the rows of each statement to into/<name>/ with PySpark 3.5; return the columns and types of each."""
    python = ROOT / ".venvs/glue/bin/python"
    if not python.exists():
        not_shared(f"{python} is not there: make setup creates the Glue environment")
    java()
    into.mkdir(parents=True)
    job = {
        "relations": {name: str(lake.files(name)) for name in RELATIONS},
        "views": {name: sql.transpile(query, "spark") for name, query in view_queries().items()},
        "statements": {name: sql.transpile(text, "spark") for name, text in statements.items()},
        "into": str(into),
    }
    job_file = into / "job.json"
    job_file.write_text(json.dumps(job), encoding="utf-8")
    done = subprocess.run(
        [python, ROOT / "tests/analytics/run_on_spark.py", job_file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    types = json.loads((into / "types.json").read_text(encoding="utf-8"))
    return {name: [(column, kind) for column, kind in columns] for name, columns in types.items()}


@contextmanager
def trino_over(lake: Lake) -> Iterator["Trino"]:
    """Run a Trino over the lake, with its tables and views in the schema `tradewind`."""
    java()
    (port,) = free_ports(1)
    start = trino_folder(lake.root / "trino") / "start"
    with (lake.root / "trino.log").open("wb") as log:
        server = subprocess.Popen(
            [start, "--root", lake.root, "--port", str(port)], stdout=log, stderr=log, start_new_session=True
        )
    try:
        engine = Trino(lake, port)
        engine.wait(server)
        engine.create()
        yield engine
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)  # its data is thrown away, and an orderly end takes 5 s
            server.wait()


def trino_folder(into: Path) -> Path:
    """Return a mirror in `into` of the Trino to use (TRADEWIND_TRINO, by default shared/trino), made of links.

    A copy that was made without symbolic links holds their targets as text (`../../lib/x.jar`) and does not start; in
    the mirror they are links again.
    """
    source = Path(os.environ["TRADEWIND_TRINO"]) if "TRADEWIND_TRINO" in os.environ else shared_path("trino")
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        mirrored = into / file.relative_to(source)
        mirrored.parent.mkdir(parents=True, exist_ok=True)
        if file == source / "start":
            shutil.copy(file, mirrored)  # it looks for the rest beside itself
        else:
            mirrored.symlink_to(_link_target(file))
    return into


def _link_target(file: Path) -> Path:
    if file.suffix == ".jar" and file.stat().st_size < 256:
        return (file.parent / file.read_text(encoding="utf-8").strip()).resolve()
    return file


class Trino:
    """A client of the Trino on `port`."""

    def __init__(self, lake: Lake, port: int) -> None:
        self.lake = lake
        self.connection = trino.dbapi.connect(  # type: ignore[no-untyped-call]
            host="127.0.0.1",
            port=port,
            user="tests",
            catalog="hive",
            schema="tradewind",
            session_properties={"hive.timestamp_precision": "MICROSECONDS", "hive.compression_codec": "SNAPPY"},
        )

    def query(self, text: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.cursor(text).fetchall()]

    def cursor(self, text: str) -> Any:
        cursor = self.connection.cursor()
        cursor.execute(text)
        return cursor

    def rows_read(self, text: str) -> int:
        """Return how many rows of its tables the query read."""
        cursor = self.cursor(text)
        cursor.fetchall()
        return int(cursor.stats["processedRows"])

    def wait(self, server: subprocess.Popen[bytes]) -> None:
        """Wait until the server answers a query that needs a worker."""
        end = time.monotonic() + TRINO_START_SECONDS
        while True:
            try:
                self.query("select count(*) from (values 1) t(x)")
                return
            except (trino.exceptions.Error, OSError):
                ended = server.poll() is not None
                if ended or time.monotonic() > end:
                    pytest.fail(f"Trino did not start: {(self.lake.root / 'trino.log').read_text()[-2000:]}")
                time.sleep(0.5)

    def create(self) -> None:
        for schema in ("tradewind", "results"):
            self.query(f"create schema {schema}")
        for name, (folder, columns, partitions) in RELATIONS.items():
            self._create_table(name, folder, (*columns, *partitions), [column.name for column in partitions])
        for name, text in view_queries().items():
            self.query(f"create view {name} as {text}")

    def _create_table(self, name: str, folder: str, columns: tuple[Column, ...], partitions: list[str]) -> None:
        listed = ", ".join(f"{column.name} {trino_type(column.type)}" for column in columns)
        named = ", ".join(f"'{column}'" for column in partitions)
        partitioned = f", partitioned_by = array[{named}]" if partitions else ""
        location = f"external_location = 's3://lake/{folder}', format = 'PARQUET'{partitioned}"
        self.query(f"create table {name} ({listed}) with ({location})")
        if partitions:
            self.query(f"call hive.system.sync_partition_metadata('tradewind', '{name}', 'FULL')")

    def columns(self, relation: str) -> list[tuple[str, str]]:
        return [(name, kind) for name, kind, *_ in self.query(f"show columns from {relation}")]

    def run(self, name: str, statement: str) -> Path:
        """Write the rows of a statement to Parquet files; return their folder."""
        self.query(f"create view asked_{name} as {statement}")
        columns = ", ".join(f'"{column}" {kind}' for column, kind in self.columns(f"asked_{name}"))
        folder = self.lake.root / "lake/results" / name
        folder.mkdir(parents=True)
        # Not `create table as`: it cannot move the folder of a result without rows.
        location = f"external_location = 's3://lake/results/{name}', format = 'PARQUET'"
        self.query(f"create table results.{name} ({columns}) with ({location})")
        self.query(f"insert into results.{name} {statement}")
        return folder


def trino_type(hive_type: str) -> str:
    if hive_type == "timestamp":
        return "timestamp(6)"
    return exp.DataType.build(hive_type, dialect="hive").sql("trino").lower().replace(", ", ",")
