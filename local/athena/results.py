"""Result objects as Athena writes and pages them: every value in quotes, NULL as nothing at all."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from local.athena.types import ResultColumn, value_text

Row = tuple[str | None, ...]
_BATCH = 5_000


class ResultFile:
    """The CSV of a result."""

    @staticmethod
    def written(path: Path, columns: Sequence[ResultColumn], cursor: duckdb.DuckDBPyConnection) -> Path:
        """Return `path` after writing the header and all rows of `cursor` to it."""
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(_line([column.name for column in columns]))
            while rows := cursor.fetchmany(_BATCH):
                file.writelines(_line([value_text(value) for value in row]) for row in rows)
        return path

    @staticmethod
    def rows(path: Path) -> Iterator[Row]:
        """Yield the rows of a result, the header first; an empty field without quotes is None."""
        with path.open(encoding="utf-8", newline="") as file:
            yield from _parsed(file)


def _line(values: Sequence[str | None]) -> str:
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in values) + "\n"


def _parsed(file: io.TextIOBase) -> Iterator[Row]:
    pending = ""
    for line in file:
        pending += line
        if pending.count('"') % 2:  # a line break within a value
            continue
        yield _fields(pending.removesuffix("\n"))
        pending = ""


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
