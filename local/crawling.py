"""What a crawler finds: which folders of files are tables, and with which columns.

As Glue's own: a folder whose files all have one format and nearly the same columns is a table; otherwise each of its
folders is looked at by itself.
"""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import duckdb

from local.athena.lake import StoredObject

_ENDINGS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}
_COMPRESSED = (".gz", ".zst", ".bz2")
_ALIKE = 0.7  # share of common columns; Glue's own threshold for one table
_HIVE = {
    "VARCHAR": "string", "INTEGER": "int", "FLOAT": "float", "BLOB": "binary", "HUGEINT": "decimal(38,0)",
    "UBIGINT": "decimal(20,0)", "TIMESTAMP_NS": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_S": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp", "UINTEGER": "bigint", "USMALLINT": "int", "UTINYINT": "smallint",
    "JSON": "string", "TIME": "string", "UUID": "string",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schema:
    """Format and columns of a file; columns are (name, Hive type) in their order."""

    format: str
    columns: tuple[tuple[str, str], ...]
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Found:
    """A table: its name without the crawler's prefix, the folder it lies in (a key that ends with /), its schema."""

    name: str
    folder: str
    schema: Schema
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Crawl:
    """What was found, and the keys that are no table with the reason."""

    tables: tuple[Found, ...]
    left_out: Mapping[str, str]


def crawl(objects: Sequence[StoredObject], prefix: str, *, exclusions: Iterable[str] = ()) -> Crawl:
    """Return the tables under `prefix` ('raw/sales/'); `exclusions` are globs relative to it."""
    patterns = list(exclusions)
    schemas: dict[StoredObject, Schema] = {}
    left_out: dict[str, str] = {}
    for each in objects:
        relative = each.key[len(prefix) :]
        if not each.size or any(_matches(relative, pattern) for pattern in patterns):
            continue
        try:
            schemas[each] = _schema(each)
        except ValueError as error:
            left_out[each.key] = str(error)
    tables: list[Found] = []
    _descend(prefix, schemas, set(left_out), tables, left_out)
    return Crawl(_with_own_names(tables), left_out)


def glue_table(found: Found, *, bucket: str, prefix: str, crawler: str) -> dict[str, object]:
    """Return the TableInput of `found`, in a table whose name begins with `prefix`."""
    serde, parameters, reader, writer = _SERDES[found.schema.format]
    if found.schema.format == "csv":
        parameters = {**parameters, "separatorChar": found.schema.delimiter}
    properties = {"classification": found.schema.format, "UPDATED_BY_CRAWLER": crawler, "typeOfData": "file"}
    if found.schema.format == "csv":
        properties["skip.header.line.count"] = "1"
    return {
        "Name": prefix + found.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {**properties, "objectCount": str(found.files), "sizeKey": str(found.bytes)},
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": of} for name, of in found.schema.columns],
            "Location": f"s3://{bucket}/{found.folder}",
            "InputFormat": reader,
            "OutputFormat": writer,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
        },
        "PartitionKeys": [],
    }


_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
_SERDES: dict[str, tuple[str, dict[str, str], str, str]] = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        {"serialization.format": "1"},
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
    "csv": ("org.apache.hadoop.hive.serde2.OpenCSVSerde", {"quoteChar": '"', "escapeChar": "\\"}, *_TEXT),
    "json": ("org.openx.data.jsonserde.JsonSerDe", {}, *_TEXT),
}


def _descend(
    folder: str,
    schemas: Mapping[StoredObject, Schema],
    unknown: set[str],
    tables: list[Found],
    left_out: dict[str, str],
) -> None:
    inside = {each: schema for each, schema in schemas.items() if each.key.startswith(folder)}
    if not inside:
        return
    if not any(key.startswith(folder) for key in unknown) and _are_alike(list(inside.values())):
        size = sum(each.size for each in inside)
        tables.append(Found(_table_name(folder), folder, _common(list(inside.values())), len(inside), size))
        return
    folders = defaultdict(list)
    for each in inside:
        first, slash, _ = each.key[len(folder) :].partition("/")
        if slash:
            folders[first].append(each)
        else:
            left_out[each.key] = "it lies beside files of another format or other columns: give it a folder of its own"
    for name in sorted(folders):
        _descend(f"{folder}{name}/", schemas, unknown, tables, left_out)


def _are_alike(schemas: list[Schema]) -> bool:
    first = {name for name, _ in schemas[0].columns}
    for schema in schemas[1:]:
        names = {name for name, _ in schema.columns}
        if schema.format != schemas[0].format or schema.delimiter != schemas[0].delimiter:
            return False
        if len(first & names) < _ALIKE * max(len(first | names), 1):
            return False
        # A CSV has its columns by position, so their order must agree as well.
        if schema.format == "csv" and schema.columns != schemas[0].columns:
            return False
    return True


def _common(schemas: list[Schema]) -> Schema:
    columns: dict[str, str] = {}
    for schema in schemas:
        for name, of in schema.columns:
            columns[name] = of if columns.get(name, of) == of else "string"
    return Schema(schemas[0].format, tuple(columns.items()), schemas[0].delimiter)


def _schema(each: StoredObject) -> Schema:
    name = each.key
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    format_ = _ENDINGS.get(PurePosixPath(name).suffix.lower())
    if format_ is None:
        raise ValueError("its classification is unknown: parquet, csv and json files become tables")
    path = str(each.path).replace("'", "''")
    compression = next((f", compression='{_CODECS[e]}'" for e in _COMPRESSED if each.key.endswith(e)), "")
    try:
        with duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as connection:
            if format_ == "csv":
                return _csv_schema(connection, path, compression)
            function = "read_parquet" if format_ == "parquet" else "read_json"
            options = "" if format_ == "parquet" else ", format='auto'" + compression
            rows = connection.execute(f"DESCRIBE SELECT * FROM {function}('{path}'{options})").fetchall()  # noqa: S608
    except duckdb.Error as error:
        raise ValueError(f"it is not the {format_} that its name says: {str(error).partition(chr(10))[0]}") from error
    return Schema(format_, tuple((_column_name(column), _hive(of)) for column, of, *_ in rows))


_CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


def _csv_schema(connection: duckdb.DuckDBPyConnection, path: str, compression: str) -> Schema:
    source = f"'{path}', header=true, all_varchar=true{compression}"
    rows = connection.execute(f"DESCRIBE SELECT * FROM read_csv({source})").fetchall()  # noqa: S608
    sniffed = connection.execute(f"SELECT Delimiter FROM sniff_csv('{path}'{compression})").fetchone()  # noqa: S608
    # OpenCSVSerde reads strings only.
    return Schema("csv", tuple((_column_name(row[0]), "string") for row in rows), sniffed[0] if sniffed else ",")


def _hive(duckdb_name: str) -> str:
    if duckdb_name.endswith("[]"):
        return f"array<{_hive(duckdb_name[:-2])}>"
    if duckdb_name.startswith(("STRUCT", "MAP")):
        return "string"
    return _HIVE.get(duckdb_name, duckdb_name.lower())


def _column_name(name: str) -> str:
    return re.sub(r"[^\w]+", "_", name.strip().lower())


def _table_name(folder: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", folder.rstrip("/").rpartition("/")[2].lower()).strip("_") or "files"


def _with_own_names(tables: list[Found]) -> tuple[Found, ...]:
    """Return `tables` with a number at the end of names that appear twice."""
    seen: defaultdict[str, int] = defaultdict(int)
    named = []
    for table in tables:
        seen[table.name] += 1
        name = table.name if seen[table.name] == 1 else f"{table.name}_{seen[table.name]}"
        named.append(Found(name, table.folder, table.schema, table.files, table.bytes))
    return tuple(named)


def _matches(relative: str, pattern: str) -> bool:
    # In Glue's globs `**/x` is x at any depth, fnmatch's * crosses folders anyway.
    return fnmatch.fnmatch(relative, pattern) or (pattern.startswith("**/") and fnmatch.fnmatch(relative, pattern[3:]))
