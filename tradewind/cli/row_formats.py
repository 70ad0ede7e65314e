"""Rows of a query result as text: a table for people, CSV and JSON for programs."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tradewind.aws.athena import ResultColumn, Row

_WHOLE_NUMBERS = ("tinyint", "smallint", "integer", "int", "bigint")
_REAL_NUMBERS = ("float", "real", "double")
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^$|^\s|\s$')
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")

# (columns, rows) -> lines without their ends
Writer = Callable[[Sequence[ResultColumn], Iterable[Row]], Iterator[str]]


def as_csv(columns: Sequence[ResultColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield a header line and one record a row, quoted as RFC 4180 says.

    Null is nothing between the commas, empty text is "". Lines end with a line feed alone, as Athena's own files do.
    """
    yield ",".join(_csv_cell(column.name) for column in columns)
    for row in rows:
        yield ",".join("" if cell is None else _csv_cell(cell) for cell in row)


def as_json(columns: Sequence[ResultColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield one array of objects, an object a line.

    Numbers are JSON numbers with every digit of the decimal (a reader that must not round parses them as decimals),
    NaN and infinities are text, for JSON has no number for them. Dates, timestamps, arrays and the like are text.
    """
    names = [json.dumps(column.name, ensure_ascii=False) for column in columns]
    line = "["
    for row in rows:
        cells = (
            f"{name}: {_json_cell(column.type, cell)}" for name, column, cell in zip(names, columns, row, strict=True)
        )
        yield line if line == "[" else f"{line},"
        line = "  {" + ", ".join(cells) + "}"
    yield from ("[]",) if line == "[" else (line, "]")


def as_table(columns: Sequence[ResultColumn], rows: Iterable[Row]) -> Iterator[str]:
    """Yield aligned lines, numbers to the right; null is an empty cell. Holds the whole result."""
    from rich.cells import cell_len

    body = [["" if cell is None else _one_line(cell) for cell in row] for row in rows]
    titles = [_one_line(column.name) for column in columns]
    lines = [titles, *body]
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(columns))]
    to_the_right = [_is_number(column.type) for column in columns]

    def aligned(line: list[str]) -> str:
        padded = (
            " " * (width - cell_len(cell)) + cell if right else cell + " " * (width - cell_len(cell))
            for cell, width, right in zip(line, widths, to_the_right, strict=True)
        )
        return "  ".join(padded).rstrip()

    yield aligned(titles)
    yield "  ".join("-" * width for width in widths)
    yield from map(aligned, body)


WRITERS: dict[str, Writer] = {"table": as_table, "csv": as_csv, "json": as_json}


def _csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _json_cell(column_type: str, cell: str | None) -> str:
    if cell is None:
        return "null"
    if column_type == "boolean":
        return cell.lower()
    if _is_number(column_type) and _JSON_NUMBER.fullmatch(cell):
        return cell
    return json.dumps(cell, ensure_ascii=False)


def _is_number(column_type: str) -> bool:
    return column_type in _WHOLE_NUMBERS or column_type in _REAL_NUMBERS or column_type.startswith("decimal")


def _one_line(text: str) -> str:
    """Return `text` with line ends and other control characters shown as spaces: a cell must not move the cursor."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)
