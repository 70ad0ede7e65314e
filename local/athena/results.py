"""Result objects as Athena writes and pages them: every value in quotes, NULL as nothing at all."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from local.athena.types import ResultColumn, value_text

Row = tuple[str | None, ...]
_BATCH = 5_000


def write_result(path: Path, columns: Sequence[ResultColumn], cursor: duckdb.DuckDBPyConnection) -> Path:
    """Return `path` after writing the header and all rows of `cursor` to it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line([column.name for column in columns]))
        while rows := cursor.fetchmany(_BATCH):
            file.writelines(_line([value_text(value) for value in row]) for row in rows)
    return path


def result_page(path: Path, offset: int, count: int, *, quoted: bool) -> tuple[list[Row], str | None]:
    """Return up to `count` rows from byte `offset` on, the header among them, and the token of the next page.

    `quoted`: a CSV of SELECT; else the tab-separated text of SHOW and DESCRIBE.
    """
    rows: list[Row] = []
    with path.open("rb") as file:
        file.seek(offset)
        pending = b""
        while len(rows) < count and (line := file.readline()):
            pending += line
            if quoted and pending.count(b'"') % 2:  # a line break within a value
                continue
            text = pending.decode().removesuffix("\n")
            rows.append(_fields(text) if quoted else tuple(text.split("\t")))
            pending = b""
        end = file.tell()
        token = str(end) if file.readline() else None
    return rows, token


def _line(values: Sequence[str | None]) -> str:
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in values) + "\n"


def _fields(line: str) -> Row:
    values: list[str | None] = []
    at = 0
    while True:
        if line.startswith('"', at):
            end = at + 1
            while line[end] != '"' or line.startswith('""', end):
                end += 2 if line[end] == '"' else 1
            values.append(line[at + 1 : end].replace('""', '"'))
            at = end + 1
        else:
            values.append(None)
        if at >= len(line):
            return tuple(values)
        at += 1
