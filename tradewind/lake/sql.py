"""The SQL files of `analytics/sql`: one text in Trino dialect for Athena, DuckDB and Spark."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

import sqlglot
from sqlglot import exp

Engine = Literal["duckdb", "spark", "trino"]
Severity = Literal["error", "warning"]

_CHECK_HEADER = re.compile(r"-- severity: (?P<severity>error|warning)\r?\n-- (?P<description>[^\n]+?)\s*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A data-quality check: `sql` returns the failing rows, none is a pass."""

    name: str
    severity: Severity  # error keeps the last good version in place, warning only tells
    description: str
    sql: str  # Trino dialect


def read_sql(path_under_sql: str) -> str:
    """Return the text of `analytics/sql/<path_under_sql>`, in Trino dialect."""
    return files("analytics").joinpath("sql", *path_under_sql.split("/")).read_text(encoding="utf-8")


@cache
def transpile(sql: str, engine: Engine) -> str:
    """Return one Trino statement as `engine` says it; for Trino the text as it is.

    Repairs two silent differences of DuckDB: regexp_extract without a match gives '' there and NULL in Trino, count_if
    of no rows gives NULL there and 0 in Trino. The others are for the author to avoid (docs/sql.md): above all, divide
    doubles only, and write decimals with precision and scale.
    """
    if engine == "trino":
        return sql
    statement = sqlglot.parse_one(sql, read="trino")
    if engine == "duckdb":
        statement = statement.transform(_as_trino_means_it)
    return statement.sql(dialect=engine, comments=False)


def view_names() -> tuple[str, ...]:
    """Return the names of the views in `sql/views`, sorted."""
    return _names("views")


def query_names() -> tuple[str, ...]:
    """Return the names of the named queries in `sql/queries`, sorted."""
    return _names("queries")


def check_names(table: str) -> tuple[str, ...]:
    """Return the names of the checks in `sql/checks/<table>`, sorted; none if the table has no checks."""
    return _names("checks", table)


def read_check(table: str, name: str) -> Check:
    """Return check `name` of `table`.

    Raises: ValueError if the file does not begin with its severity and its meaning.
    """
    text = read_sql(f"checks/{table}/{name}.sql")
    header = _CHECK_HEADER.match(text)
    if header is None:
        raise ValueError(
            f"checks/{table}/{name}.sql must begin with '-- severity: error' or '-- severity: warning' "
            "and a second line '-- what it means'"
        )
    severity = cast("Severity", header["severity"])
    return Check(name=name, severity=severity, description=header["description"], sql=text)


def _names(*folders: str) -> tuple[str, ...]:
    folder = files("analytics").joinpath("sql", *folders)
    if not folder.is_dir():
        return ()
    return tuple(sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir() if entry.name.endswith(".sql")))


def _as_trino_means_it(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.RegexpExtract) and not isinstance(node.parent, exp.Nullif):
        return exp.Nullif(this=node.copy(), expression=exp.Literal.string(""))
    if isinstance(node, exp.CountIf) and not isinstance(node.parent, exp.Coalesce | exp.Window):
        return exp.Coalesce(this=node.copy(), expressions=[exp.Literal.number(0)])
    return node
