"""CREATE TABLE AS and UNLOAD: a result as files of the lake instead of a CSV."""

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from local.athena.definitions import _FORMATS
from local.athena.failures import QueryFailed
from local.athena.lake import Lake, split_location
from local.athena.types import ResultColumn, duckdb_type

_CTAS = re.compile(
    r'CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:[`"]?(?P<schema>\w+)[`"]?\s*\.\s*)?[`"]?(?P<name>\w+)[`"]?\s*'
    r"(?:WITH\s*\((?P<options>.*?)\)\s*)?AS\s+(?P<select>.+?)(?P<no_data>\s+WITH\s+NO\s+DATA)?",
    re.IGNORECASE | re.DOTALL,
)
_UNLOAD = re.compile(
    r"UNLOAD\s*\((?P<select>.+)\)\s*TO\s*'(?P<location>s3://[^']+)'\s*(?:WITH\s*\((?P<options>.*)\))?",
    re.IGNORECASE | re.DOTALL,
)
_OPTION = re.compile(r"(\w+)\s*=\s*(?:'([^']*)'|(ARRAY\s*\[[^\]]*\])|([\w.]+))", re.IGNORECASE)
_FORMAT_OPTIONS = {"PARQUET": "FORMAT parquet", "JSON": "FORMAT json", "TEXTFILE": "FORMAT csv, HEADER false"}
_KNOWN = {"external_location", "format", "write_compression", "parquet_compression", "compression", "partitioned_by"}
_KNOWN_DELIMITER = "field_delimiter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unload:
    """What a CTAS or UNLOAD asks for; `table` is None for UNLOAD."""

    select: str
    schema: str | None = None
    table: str | None = None
    location: str | None = None
    format: str = "PARQUET"
    compression: str = "SNAPPY"
    partitioned_by: tuple[str, ...] = ()
    no_data: bool = False


def unload_of(sql: str) -> Unload | None:
    """Return what `sql` asks for if it is a CTAS or an UNLOAD.

    Raises: QueryFailed for an option that the local engine does not honour.
    """
    text = sql.strip().rstrip(";").strip()
    if match := _CTAS.fullmatch(text):
        options = _options(match["options"])
        return _unload(match["select"], options, schema=match["schema"], table=match["name"], no_data=match["no_data"])
    if match := _UNLOAD.fullmatch(text):
        options = {**_options(match["options"]), "external_location": match["location"]}
        return _unload(match["select"], options)
    return None


def check(lake: Lake, unload: Unload, database: str) -> None:
    """Raises: QueryFailed if the table or files at its location exist."""
    schema = (unload.schema or database).lower()
    if unload.table is not None and lake.table(schema, unload.table.lower()) is not None:
        raise QueryFailed("ALREADY_EXISTS", f"line 1:1: Table '{schema}.{unload.table}' already exists")
    if unload.location is not None:
        bucket, prefix = split_location(unload.location.rstrip("/") + "/")
        if lake.objects(bucket, prefix):
            raise QueryFailed(
                "HIVE_PATH_ALREADY_EXISTS", f"Target directory for table already exists: {unload.location}"
            )


def copy(
    connection: duckdb.DuckDBPyConnection, unload: Unload, select: str, columns: tuple[ResultColumn, ...], folder: Path
) -> list[Path]:
    """Return the files that `select` was written to, under `folder`; none for a result without rows."""
    folder.mkdir()
    names = ", ".join(f'"{column.name}"' for column in columns)
    casts = ", ".join(f'CAST("{column.name}" AS {_written_type(column)}) AS "{column.name}"' for column in columns)
    typed = f"SELECT {casts} FROM ({select}) AS result({names})"  # noqa: S608
    if any(column.type in ("array", "row", "map") for column in columns):
        typed = f"SELECT * FROM ({select}) AS result({names})"  # noqa: S608
    if unload.no_data:
        typed += " LIMIT 0"
    options = _FORMAT_OPTIONS[unload.format]
    if unload.format == "PARQUET":
        options += f", COMPRESSION {unload.compression}"
    target = folder / "00000"
    if unload.partitioned_by:
        options += ", PARTITION_BY (" + ", ".join(f'"{key}"' for key in unload.partitioned_by) + ")"
        target = folder
    path = str(target).replace("'", "''")
    copied = connection.execute(f"COPY ({typed}) TO '{path}' ({options})").fetchone()
    if not copied or not copied[0]:
        return []
    return sorted(file for file in folder.rglob("*") if file.is_file())


def store(lake: Lake, files: list[Path], location: str, *, query_id: str) -> list[str]:
    """Return the s3:// names of `files` after putting them under `location`."""
    bucket, prefix = split_location(location.rstrip("/"))
    stored = []
    for i, file in enumerate(files):
        partition = "/".join(part for part in file.parent.parts if "=" in part)
        key = "/".join(part for part in (prefix, partition, f"{query_id}_{i:05d}") if part)
        lake.put(bucket, key, file.read_bytes(), "application/octet-stream")
        stored.append(f"s3://{bucket}/{key}")
    return stored


def create_table(lake: Lake, unload: Unload, database: str, columns: tuple[ResultColumn, ...], location: str) -> None:
    """Make the Glue table of a CTAS."""
    assert unload.table is not None
    glue = [{"Name": column.name, "Type": column.hive_type} for column in columns]
    keys = set(unload.partitioned_by)
    if keys:
        raise QueryFailed("NOT_SUPPORTED", "partitioned_by: the local engine makes tables without partitions only")
    table_input = {
        "Name": unload.table.lower(),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": unload.format.lower()},
        "StorageDescriptor": {
            "Columns": glue,
            "Location": location.rstrip("/") + "/",
            "SerdeInfo": {"SerializationLibrary": _FORMATS[unload.format], "Parameters": {}},
        },
        "PartitionKeys": [],
    }
    lake.create_table((unload.schema or database).lower(), table_input)


def _unload(
    select: str,
    options: dict[str, str],
    *,
    schema: str | None = None,
    table: str | None = None,
    no_data: str | None = None,
) -> Unload:
    if unknown := sorted(set(options) - _KNOWN):
        raise QueryFailed("NOT_SUPPORTED", f"{unknown[0]}: the local engine knows {', '.join(sorted(_KNOWN))}")
    if table is not None and "partitioned_by" in options:
        raise QueryFailed("NOT_SUPPORTED", "partitioned_by: the local engine makes tables without partitions only")
    format_ = options.get("format", "PARQUET").upper()
    if format_ not in _FORMAT_OPTIONS:
        raise QueryFailed("NOT_SUPPORTED", f"format {format_}: the local engine writes {', '.join(_FORMAT_OPTIONS)}")
    compressions = (options.get(key) for key in ("write_compression", "parquet_compression", "compression"))
    compression = next((each.upper() for each in compressions if each), "SNAPPY")
    return Unload(
        select=select,
        schema=schema,
        table=table,
        location=options.get("external_location"),
        format=format_,
        compression={"NONE": "UNCOMPRESSED"}.get(compression, compression),
        partitioned_by=tuple(re.findall(r"'([^']+)'", options.get("partitioned_by", ""))),
        no_data=bool(no_data),
    )


def _options(text: str | None) -> dict[str, str]:
    return {name.lower(): quoted or array or bare for name, quoted, array, bare in _OPTION.findall(text or "")}


def _written_type(column: ResultColumn) -> str:
    return duckdb_type(column.hive_type)
