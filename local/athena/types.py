"""Types as Glue, Athena and DuckDB name them, and values as Athena writes them."""

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_HIVE_TO_DUCKDB = {"string": "VARCHAR", "int": "INTEGER", "binary": "BLOB", "float": "FLOAT"}
_SIMPLE = {
    "VARCHAR": "varchar", "BIGINT": "bigint", "INTEGER": "integer", "HUGEINT": "bigint", "UBIGINT": "bigint",
    "UINTEGER": "bigint", "UHUGEINT": "bigint", "DOUBLE": "double", "FLOAT": "float", "BOOLEAN": "boolean",
    "DATE": "date", "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "SMALLINT": "smallint", "TINYINT": "tinyint", "BLOB": "varbinary", "JSON": "json", "TIME": "time",
    "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp", "TIMESTAMP_S": "timestamp",
    "INTERVAL": "interval day to second", "UTINYINT": "integer", "USMALLINT": "integer",
}  # fmt: skip
_PRECISION = {
    "integer": 10, "bigint": 19, "smallint": 5, "tinyint": 3, "double": 17, "float": 17, "varchar": 2147483647,
    "timestamp": 3, "timestamp with time zone": 3,
}  # fmt: skip
_HIVE_NAMES = {"integer": "int", "varchar": "string", "varbinary": "binary", "json": "string"}


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result; `type` is Athena's name without parameters."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0

    @property
    def hive_type(self) -> str:
        """The type as Glue has it for a table made of this result."""
        if self.type == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return _HIVE_NAMES.get(self.type, self.type)


def duckdb_type(declared: str) -> str:
    """Return DuckDB's name of a Hive or Trino type: decimal(18,3), array<string>, array(varchar), struct<a:int> ..."""
    text = declared.strip().lower()
    if match := re.fullmatch(r"array\s*[<(](.*)[>)]", text):
        return duckdb_type(match[1]) + "[]"
    if match := re.fullmatch(r"map\s*[<(](.*)[>)]", text):
        key, value = _split(match[1])
        return f"MAP({duckdb_type(key)}, {duckdb_type(value)})"
    if match := re.fullmatch(r"struct\s*<(.*)>", text):
        fields = (field.partition(":") for field in _split(match[1]))
        return "STRUCT(" + ", ".join(f'"{name.strip()}" {duckdb_type(of)}' for name, _, of in fields) + ")"
    if match := re.fullmatch(r"row\s*\((.*)\)", text):
        fields = (field.strip().partition(" ") for field in _split(match[1]))
        return "STRUCT(" + ", ".join(f'"{name}" {duckdb_type(of)}' for name, _, of in fields) + ")"
    if text.startswith(("varchar", "char")):
        return "VARCHAR"
    if text.startswith("timestamp"):
        return "TIMESTAMPTZ" if "with time zone" in text else "TIMESTAMP"
    return _HIVE_TO_DUCKDB.get(text, text.upper())


def result_column(name: str, duckdb_name: str) -> ResultColumn:
    """Return the column that Athena would show for a DuckDB result column."""
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", duckdb_name):
        return ResultColumn(name.lower(), "decimal", int(match[1]), int(match[2]))
    if duckdb_name.endswith("]"):
        return ResultColumn(name.lower(), "array")
    if duckdb_name.startswith("STRUCT"):
        return ResultColumn(name.lower(), "row")
    if duckdb_name.startswith("MAP"):
        return ResultColumn(name.lower(), "map")
    athena = _SIMPLE.get(duckdb_name, "varchar")
    return ResultColumn(name.lower(), athena, _PRECISION.get(athena, 0))


def value_text(value: Any, *, nested: bool = False) -> str | None:
    """Return `value` as Athena writes it into a result; None for NULL ('null' within an array, map or row)."""
    match value:
        case None:
            return "null" if nested else None
        case bool():
            return "true" if value else "false"
        case float():
            return _java_double(value)
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            text = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
            return text + " UTC" if value.tzinfo else text
        case dt.timedelta():
            return _interval(value)
        case bytes():
            return " ".join(f"{byte:02x}" for byte in value)
        case Mapping():
            return "{" + ", ".join(f"{key}={value_text(of, nested=True)}" for key, of in value.items()) + "}"
        case str():
            return value
        case Sequence():
            return "[" + ", ".join(str(value_text(of, nested=True)) for of in value) + "]"
        case _:
            return str(value)


def _java_double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        digits = format(Decimal(repr(value)), "f")
        return digits if "." in digits else digits + ".0"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _interval(value: dt.timedelta) -> str:
    sign = "-" if value < dt.timedelta(0) else ""
    seconds, micro = divmod(abs(value) // dt.timedelta(microseconds=1), 1_000_000)
    days, seconds = divmod(seconds, 86400)
    return f"{sign}{days} {seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}.{micro // 1000:03d}"


def _split(text: str) -> list[str]:
    """Return the parts of `text` between commas that are in no bracket."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(text):
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]
