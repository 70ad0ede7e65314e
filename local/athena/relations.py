"""Glue tables and views as DuckDB views, so that a query's names mean something."""

import base64
import datetime as dt
import json
import os
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
from sqlglot import exp

from local.athena import dialect
from local.athena.failures import QueryFailed, line_and_column
from local.athena.lake import GlueTable, Lake
from local.athena.partitions import PartitionedObject, injected_keys, parameters_of, table_objects
from local.athena.types import duckdb_type

_PRESTO_VIEW = re.compile(r"/\*\s*Presto View:\s*(?P<body>[A-Za-z0-9+/=\s]+?)\s*\*/", re.DOTALL)
_CATALOGS = ("awsdatacatalog", "hive", "")
_DEEPEST_VIEW = 30


@dataclass
class Relations:
    """The tables and views that one query reads, defined in `connection` as they are found.

    Files are hard-linked into `folder`, as `key=value` partitions: so the query goes on reading the objects that
    existed when it began, and DuckDB leaves out the files of partitions that no row can come from.
    """

    lake: Lake
    connection: duckdb.DuckDBPyConnection
    folder: Path
    now: dt.datetime
    defined: dict[tuple[str, str], str] = field(default_factory=dict)
    depth: int = 0
    union_columns: bool = False  # open every file to know the columns; else trust the first

    def bind(self, tree: exp.Expr, *, database: str, sql: str) -> exp.Expr:
        """Return `tree` with every table named by the DuckDB view that stands for it."""
        if isinstance(tree, exp.Table):
            tree = exp.select("*").from_(tree)
        for table in list(tree.find_all(exp.Table)):
            if isinstance(table.this, exp.Identifier) and not _is_cte(table):
                self._bind_table(table, database=database, sql=sql, tree=tree)
        for column in tree.find_all(exp.Column):
            column.set("db", None)
            column.set("catalog", None)
        return tree

    def _bind_table(self, table: exp.Table, *, database: str, sql: str, tree: exp.Expr) -> None:
        schema, name = (table.db or database).lower(), table.name.lower()
        glue_table = self.lake.table(schema, name)
        if table.catalog.lower() not in _CATALOGS or glue_table is None:
            raise self._unknown(table, schema, name, sql)
        self._demand_injected(glue_table, tree)
        alias = table.alias or table.name
        columns = [identifier.copy() for identifier in table.args["alias"].columns] if table.args.get("alias") else []
        table.set("this", exp.to_identifier(self._view(schema, name, glue_table)))
        table.set("db", None)
        table.set("catalog", None)
        table.set("alias", exp.TableAlias(this=exp.to_identifier(alias), columns=columns))

    def _unknown(self, table: exp.Table, schema: str, name: str, sql: str) -> QueryFailed:
        where = line_and_column(sql, table.db or table.name)
        if schema not in self.lake.databases():
            return QueryFailed("SCHEMA_NOT_FOUND", f"{where}: Schema '{schema}' does not exist")
        return QueryFailed("TABLE_NOT_FOUND", f"{where}: Table 'awsdatacatalog.{schema}.{name}' does not exist")

    def _demand_injected(self, table: GlueTable, tree: exp.Expr) -> None:
        for key in injected_keys(table):
            equal = (node for node in tree.find_all(exp.EQ, exp.In) if node.this.name.lower() == key)
            if not any(equal):
                raise QueryFailed(
                    "CONSTRAINT_VIOLATION",
                    f"For the injected projected partition column {key}, the WHERE clause must contain only static "
                    "equality conditions, and at least one such condition must be present.",
                )

    def _view(self, schema: str, name: str, table: GlueTable) -> str:
        known = self.defined.get((schema, name))
        if known is None:
            known = f"r{len(self.defined)}_{re.sub(r'[^a-z0-9_]', '_', name)}"
            self.defined[schema, name] = known
            is_view = table.get("TableType") == "VIRTUAL_VIEW"
            body = self._view_body(name, table) if is_view else self._table_body(known, table)
            self.connection.execute(f'CREATE TEMP VIEW "{known}" AS {body}')
        return known

    def _view_body(self, name: str, table: GlueTable) -> str:
        definition = view_definition(table)
        sql = definition["originalSql"].strip().rstrip(";")
        if self.depth >= _DEEPEST_VIEW:
            raise QueryFailed("VIEW_IS_RECURSIVE", f"View '{name}' refers to itself")
        inner = replace(self, depth=self.depth + 1)  # shares `defined`
        tree = inner.bind(dialect.parse(sql), database=definition.get("schema") or table["DatabaseName"], sql=sql)
        columns = definition["columns"]
        declared = ", ".join(f'CAST("{c["name"]}" AS {duckdb_type(c["type"])}) AS "{c["name"]}"' for c in columns)
        names = ", ".join(f'"{column["name"]}"' for column in columns)
        return f"SELECT {declared} FROM ({dialect.to_duckdb(tree)}) AS v({names})"  # noqa: S608

    def _table_body(self, relation: str, table: GlueTable) -> str:
        descriptor, keys = table["StorageDescriptor"], table.get("PartitionKeys") or []
        columns = [(c["Name"].lower(), duckdb_type(c["Type"])) for c in [*descriptor["Columns"], *keys]]
        objects = table_objects(self.lake, table, now=self.now)
        if not objects:
            nulls = ", ".join(f'CAST(NULL AS {of}) AS "{name}"' for name, of in columns)
            return f"SELECT {nulls} WHERE false"
        names = [key["Name"].lower() for key in keys]
        files = [self._link(relation, i, names, each) for i, each in enumerate(objects)]
        partitions = [(key["Name"].lower(), duckdb_type(key["Type"])) for key in keys]
        source = _reader(table, files, partitions, union_columns=self.union_columns)
        held = self._columns(source)
        if not self.union_columns and not held.issuperset(name for name, _ in columns):
            source = _reader(table, files, partitions, union_columns=True)
            held = self._columns(source)
        chosen = ", ".join(
            f"CAST({f'{_quoted(name)}' if name in held else 'NULL'} AS {of}) AS {_quoted(name)}" for name, of in columns
        )
        return f"SELECT {chosen} FROM {source}"  # noqa: S608

    def _columns(self, source: str) -> set[str]:
        return {row[0].lower() for row in self.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}  # noqa: S608

    def _link(self, relation: str, number: int, keys: list[str], each: PartitionedObject) -> str:
        parts = [f"{key}={quote(value, safe='')}" for key, value in zip(keys, each.values, strict=True) if value]
        folder = self.folder / relation / Path(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / f"{number:06d}{''.join(Path(each.object.key).suffixes[-2:])}"
        try:
            os.link(each.object.path, link)
        except FileNotFoundError:
            raise QueryFailed("HIVE_CANNOT_OPEN_SPLIT", f"object {each.object.key} was deleted: query again") from None
        except OSError:  # another file system, or one without links
            shutil.copyfile(each.object.path, link)
        return str(link)


def view_definition(table: GlueTable) -> dict[str, Any]:
    """Return the JSON that Athena keeps within a view: originalSql, catalog, schema, columns."""
    match = _PRESTO_VIEW.search(table.get("ViewOriginalText") or "")
    if match is None:
        raise QueryFailed("INVALID_VIEW", f"View '{table['Name']}' has no stored Presto view")
    definition: dict[str, Any] = json.loads(base64.b64decode(match["body"]))
    return definition


def _is_cte(table: exp.Table) -> bool:
    """Tell whether `table` names a WITH query that is visible where it stands."""
    if table.db:
        return False
    name = table.name.lower()
    child: exp.Expr = table
    node: exp.Expr | None = table.parent
    while node is not None:
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With):
            visible = [cte.alias.lower() for cte in with_.expressions]
            if child is with_ and not with_.recursive:
                inside = next(i for i, cte in enumerate(with_.expressions) if _contains(cte, table))
                visible = visible[:inside]
            if name in visible:
                return True
        child, node = node, node.parent
    return False


def _contains(tree: exp.Expr, wanted: exp.Expr) -> bool:
    node: exp.Expr | None = wanted
    while node is not None and node is not tree:
        node = node.parent
    return node is tree


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _reader(table: GlueTable, files: list[str], keys: list[tuple[str, str]], *, union_columns: bool) -> str:
    listed = "[" + ", ".join("'" + file.replace("'", "''") + "'" for file in files) + "]"
    options = ", hive_partitioning=false"
    if keys:
        types = ", ".join(f"{_quoted(name)}: {of}" for name, of in keys)
        options = f", hive_partitioning=true, hive_types_autocast=false, hive_types={{{types}}}"
    serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("SerializationLibrary", "").lower()
    if "parquet" in serde:
        return f"read_parquet({listed}, union_by_name={str(union_columns).lower()}{options})"
    if "json" in serde:
        return f"read_json({listed}, format='newline_delimited', union_by_name=true{options})"
    if "csv" in serde or "lazysimple" in serde:
        return f"read_csv({listed}{_csv_options(table)}{options})"
    raise QueryFailed("HIVE_UNSUPPORTED_FORMAT", f"Unable to read {table['Name']}: serde {serde or 'is missing'}")


def _csv_options(table: GlueTable) -> str:
    descriptor = table["StorageDescriptor"]
    serde = descriptor["SerdeInfo"].get("Parameters") or {}
    delimiter = serde.get("separatorChar") or serde.get("field.delim") or ","
    skip = int(parameters_of(table).get("skip.header.line.count") or serde.get("skip.header.line.count") or 0)
    columns = ", ".join(f"{_quoted(column['Name'].lower())}: VARCHAR" for column in descriptor["Columns"])
    quote_character = "" if "lazysimple" in descriptor["SerdeInfo"]["SerializationLibrary"].lower() else '"'
    return (
        f", auto_detect=false, header=false, skip={skip}, delim='{delimiter}', quote='{quote_character}', "
        f"null_padding=true, columns={{{columns}}}"
    )
