"""Statements about tables instead of over them: views, SHOW, DESCRIBE, CREATE EXTERNAL TABLE, DROP."""

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from local.athena import dialect
from local.athena.failures import QueryFailed
from local.athena.lake import GlueTable, Lake
from local.athena.types import ResultColumn

_NAME = r'(?:[`"]?(?P<schema>\w+)[`"]?\s*\.\s*)?[`"]?(?P<name>\w+)[`"]?'
_FORMATS = {
    "PARQUET": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "TEXTFILE": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    "JSON": "org.openx.data.jsonserde.JsonSerDe",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of SHOW or DESCRIBE; none for what only changes something."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewView:
    """CREATE VIEW, whose columns are known only when its SELECT is bound."""

    schema: str
    name: str
    select: str
    replace: bool


def run(lake: Lake, sql: str, database: str) -> Listing | NewView | None:
    """Return what `sql` gave if it is such a statement, else None.

    Raises: QueryFailed
    """
    text = re.sub(r"^(?:\s|--[^\n]*\n|/\*.*?\*/)+", "", sql.strip().rstrip(";"), flags=re.DOTALL)
    for pattern, answer in _STATEMENTS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL):
            return answer(lake, match, database)
    return None


def store_view(lake: Lake, view: NewView, columns: Sequence[ResultColumn]) -> None:
    """Keep `view` in Glue as Athena does.

    Raises: QueryFailed if a table or, without OR REPLACE, a view has its name.
    """
    existing = lake.table(view.schema, view.name)
    if existing is not None and (existing.get("TableType") != "VIRTUAL_VIEW" or not view.replace):
        raise QueryFailed("ALREADY_EXISTS", f"line 1:1: View already exists: '{view.schema}.{view.name}'")
    typed = [{"name": column.name, "type": _trino_type(column)} for column in columns]
    body = {"originalSql": view.select, "catalog": "awsdatacatalog", "schema": view.schema, "columns": typed}
    text = base64.b64encode(json.dumps(body).encode()).decode()
    table_input = {
        "Name": view.name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"/* Presto View: {text} */",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": [{"Name": c.name, "Type": c.hive_type} for c in columns], "SerdeInfo": {}},
        "PartitionKeys": [],
    }
    lake.create_table(view.schema, table_input, replace=existing is not None)


def _trino_type(column: ResultColumn) -> str:
    return f"decimal({column.precision},{column.scale})" if column.type == "decimal" else column.type


def _named(match: re.Match[str], database: str) -> tuple[str, str]:
    return (match["schema"] or database).lower(), match["name"].lower()


def _existing(lake: Lake, match: re.Match[str], database: str) -> GlueTable:
    schema, name = _named(match, database)
    table = lake.table(schema, name)
    if table is None:
        raise QueryFailed("TABLE_NOT_FOUND", f"line 1:1: Table 'awsdatacatalog.{schema}.{name}' does not exist")
    return table


def _columns_of(table: GlueTable) -> list[dict[str, str]]:
    return [*table["StorageDescriptor"].get("Columns", []), *(table.get("PartitionKeys") or [])]


def _show_databases(lake: Lake, match: re.Match[str], database: str) -> Listing:
    return Listing(("database_name",), tuple((name,) for name in lake.databases()))


def _show_tables(lake: Lake, match: re.Match[str], database: str) -> Listing:
    schema = (match["in"] or database).lower().strip('`"')
    if schema not in lake.databases():
        raise QueryFailed("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{schema}' does not exist")
    wanted = re.compile((match["like"] or "*").replace("*", ".*"), re.IGNORECASE)
    only_views = match["what"].upper() == "VIEWS"
    rows = [
        (table["Name"],)
        for table in lake.tables(schema)
        if wanted.fullmatch(table["Name"]) and (not only_views or table.get("TableType") == "VIRTUAL_VIEW")
    ]
    return Listing(("tab_name",), tuple(sorted(rows)))


def _show_columns(lake: Lake, match: re.Match[str], database: str) -> Listing:
    return Listing(("field",), tuple((column["Name"],) for column in _columns_of(_existing(lake, match, database))))


def _show_partitions(lake: Lake, match: re.Match[str], database: str) -> Listing:
    table = _existing(lake, match, database)
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    if not keys:
        raise QueryFailed("NOT_SUPPORTED", f"line 1:1: {table['Name']} is not a partitioned table")
    found = lake.partitions(table["DatabaseName"], table["Name"])
    rows = ("/".join(f"{k}={v}" for k, v in zip(keys, each["Values"], strict=True)) for each in found)
    return Listing(("partition",), tuple((row,) for row in rows))


def _describe(lake: Lake, match: re.Match[str], database: str) -> Listing:
    columns = _columns_of(_existing(lake, match, database))
    rows = tuple((column["Name"], column["Type"], column.get("Comment") or "") for column in columns)
    return Listing(("col_name", "data_type", "comment"), rows)


def _create_view(lake: Lake, match: re.Match[str], database: str) -> NewView:
    schema, name = _named(match, database)
    return NewView(schema=schema, name=name, select=match["select"].strip(), replace=bool(match["replace"]))


def _drop(lake: Lake, match: re.Match[str], database: str) -> Listing:
    schema, name = _named(match, database)
    table = lake.table(schema, name)
    is_view = match["what"].upper() == "VIEW"
    if table is None and match["lenient"]:
        return Listing()
    if table is None or (table.get("TableType") == "VIRTUAL_VIEW") is not is_view:
        what = "View" if is_view else "Table"
        raise QueryFailed("TABLE_NOT_FOUND", f"line 1:1: {what} 'awsdatacatalog.{schema}.{name}' does not exist")
    lake.delete_table(schema, name)
    return Listing()


def _create_table(lake: Lake, match: re.Match[str], database: str) -> Listing:
    tree = dialect.parse(match[0])
    schema, name = _named(match, database)
    if lake.table(schema, name) is not None:
        if match["lenient"]:
            return Listing()
        raise QueryFailed("ALREADY_EXISTS", f"line 1:1: Table '{schema}.{name}' already exists")
    lake.create_table(schema, _table_input(tree, name, match[0]))
    return Listing()


def _table_input(tree: exp.Expr, name: str, sql: str) -> dict[str, Any]:
    location = tree.find(exp.LocationProperty)
    if location is None:
        raise QueryFailed("INVALID_TABLE_PROPERTY", "CREATE EXTERNAL TABLE: say LOCATION 's3://bucket/folder/'")
    stored = re.search(r"STORED\s+AS\s+(\w+)", sql, re.IGNORECASE)
    named_serde = re.search(r"ROW\s+FORMAT\s+SERDE\s+'([^']+)'", sql, re.IGNORECASE)
    format_ = (stored[1] if stored else "TEXTFILE").upper()
    if not named_serde and format_ not in _FORMATS:
        raise QueryFailed("NOT_SUPPORTED", f"STORED AS {format_}: the local engine reads {', '.join(_FORMATS)}")
    partitioned = tree.find(exp.PartitionedByProperty)
    keys = _glue_columns(partitioned) if partitioned else []
    columns = [column for column in _glue_columns(tree.this) if column not in keys]
    properties = re.search(r"TBLPROPERTIES\s*\((.*)\)\s*$", sql, re.IGNORECASE | re.DOTALL)
    parameters = dict(re.findall(r"['\"]([^'\"]+)['\"]\s*=\s*['\"]([^'\"]*)['\"]", properties[1] if properties else ""))
    delimiter = re.search(r"FIELDS\s+TERMINATED\s+BY\s+'([^']+)'", sql, re.IGNORECASE)
    serde = {
        "SerializationLibrary": named_serde[1] if named_serde else _FORMATS[format_],
        "Parameters": {"field.delim": delimiter[1]} if delimiter else {},
    }
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **parameters},
        "StorageDescriptor": {"Columns": columns, "Location": location.this.name, "SerdeInfo": serde},
        "PartitionKeys": keys,
    }


def _glue_columns(tree: exp.Expr) -> list[dict[str, str]]:
    definitions = [each for each in tree.find_all(exp.ColumnDef) if each.find_ancestor(exp.ColumnDef) is None]
    return [
        {"Name": column.name.lower(), "Type": column.args["kind"].sql("hive").lower().replace(" ", "")}
        for column in definitions
    ]


def _refused(lake: Lake, match: re.Match[str], database: str) -> Listing:
    what = match["what"].upper()
    raise QueryFailed("NOT_SUPPORTED", f"line 1:1: {what} is not run by the local engine: {_INSTEAD[what.split()[0]]}")


_INSTEAD = {
    "EXPLAIN": "use it on AWS",
    "MSCK": "partitions here are projected, or made through Glue's CreatePartition",
    "ALTER": "change the table through Glue's UpdateTable",
    "INSERT": "write objects under the table's location",
    "DELETE": "delete objects under the table's location",
    "UPDATE": "replace objects under the table's location",
    "MERGE": "replace objects under the table's location",
    "CREATE": "make databases through Glue's CreateDatabase",
    "DROP": "drop databases through Glue's DeleteDatabase",
    "GRANT": "use IAM",
    "PREPARE": "send parameters as ExecutionParameters",
    "EXECUTE": "send parameters as ExecutionParameters",
}
_Answer = Callable[[Lake, re.Match[str], str], Listing | NewView]
_STATEMENTS: tuple[tuple[str, _Answer], ...] = (
    (r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s.*)?", _show_databases),
    (
        r"SHOW\s+(?P<what>TABLES|VIEWS)(?:\s+(?:IN|FROM)\s+(?P<in>[`\"]?\w+[`\"]?))?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?",
        _show_tables,
    ),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}", _show_columns),
    (rf"SHOW\s+PARTITIONS\s+{_NAME}", _show_partitions),
    (rf"(?:DESCRIBE|DESC)\s+(?:EXTENDED\s+|FORMATTED\s+)?{_NAME}", _describe),
    (rf"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?VIEW\s+{_NAME}\s+AS\s+(?P<select>.+)", _create_view),
    (rf"DROP\s+(?P<what>TABLE|VIEW)\s+(?P<lenient>IF\s+EXISTS\s+)?{_NAME}", _drop),
    (rf"CREATE\s+EXTERNAL\s+TABLE\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(.*", _create_table),
    (
        r"(?P<what>EXPLAIN|MSCK\s+REPAIR|ALTER|INSERT|DELETE|UPDATE|MERGE|GRANT|PREPARE|EXECUTE"
        r"|CREATE\s+(?:DATABASE|SCHEMA)|DROP\s+(?:DATABASE|SCHEMA))\b.*",
        _refused,
    ),
)
