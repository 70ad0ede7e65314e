"""Failures of a query, worded as Athena words them in StateChangeReason."""

import re
from dataclasses import dataclass


@dataclass(unsafe_hash=True)  # not frozen: Python sets __traceback__
class QueryFailed(Exception):
    """A query that Athena would refuse too: `code` is Trino's error name, `message` says where and why."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ScanLimitExceeded(Exception):
    """The query read more bytes than its workgroup allows."""

    def __str__(self) -> str:
        return "Bytes scanned limit was exceeded"


_COLUMN = re.compile(
    r'(?:Referenced column "(?P<a>[^"]+)" not found|Values list "[^"]*" does not have a column named "(?P<b>[^"]+)"'
    r'|Table "[^"]*" does not have a column named "(?P<c>[^"]+)")'
)
_TABLE_ALIAS = re.compile(r'Referenced table "(?P<name>[^"]+)" not found')
_FUNCTION = re.compile(r"Function with name (?P<name>\S+) does not exist")
_GROUPED = re.compile(r'column "(?P<name>[^"]+)" must appear in the GROUP BY clause')


def line_and_column(sql: str, name: str) -> str:
    """Return "line L:C" of the first whole word `name` in `sql`, or of its begin if it is not there."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", _blanked(sql), re.IGNORECASE)
    at = found.start() if found else 0
    line_start = sql.rfind("\n", 0, at) + 1
    return f"line {sql.count(chr(10), 0, at) + 1}:{at - line_start + 1}"


def from_duckdb(error: Exception, sql: str) -> QueryFailed:
    """Return `error`, which DuckDB raised for what `sql` became, in Athena's words."""
    text = str(error)
    if match := _COLUMN.search(text):
        name = next(group for group in match.groups() if group)
        return QueryFailed("COLUMN_NOT_FOUND", f"{line_and_column(sql, name)}: Column '{name}' cannot be resolved")
    if match := _TABLE_ALIAS.search(text):
        name = match["name"]
        return QueryFailed("COLUMN_NOT_FOUND", f"{line_and_column(sql, name)}: Table '{name}' cannot be resolved")
    if match := _FUNCTION.search(text):
        name = match["name"].strip('"').lower()
        return QueryFailed("FUNCTION_NOT_FOUND", f"{line_and_column(sql, name)}: Function '{name}' not registered")
    if match := _GROUPED.search(text):
        name = match["name"]
        where = line_and_column(sql, name)
        return QueryFailed(
            "EXPRESSION_NOT_AGGREGATE",
            f"{where}: '{name}' must be an aggregate expression or appear in GROUP BY clause",
        )
    first = text.partition("\n")[0]
    kind, _, rest = first.partition(": ")
    for begin, code in _CODES.items():
        if kind.startswith(begin):
            return QueryFailed(code, "Division by zero" if "Division by zero" in rest else rest)
    return QueryFailed("GENERIC_INTERNAL_ERROR", first)


_CODES = {
    "Conversion Error": "INVALID_CAST_ARGUMENT",
    "Out of Range Error": "NUMERIC_VALUE_OUT_OF_RANGE",
    "Binder Error": "TYPE_MISMATCH",
    "Parser Error": "SYNTAX_ERROR",
    "Catalog Error": "SYNTAX_ERROR",
    "Not implemented Error": "NOT_SUPPORTED",
    "Out of Memory Error": "EXCEEDED_LOCAL_MEMORY_LIMIT",
    "Invalid Input Error": "INVALID_FUNCTION_ARGUMENT",
    "Permission Error": "PERMISSION_DENIED",
    "Invalid Error": "GENERIC_USER_ERROR",
}


def _blanked(sql: str) -> str:
    """Return `sql` with literals and comments blanked out, so that names are found in code only."""
    return re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), sql, flags=re.DOTALL)
