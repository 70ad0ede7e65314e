"""Delimited text (.csv, .tsv): UTF-8 or UTF-16, comma, semicolon, tab or bar, everything as text."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import duckdb

from tradewind.errors import InputError
from tradewind.sales.formats.cells import Cells, literal, quoted
from tradewind.sales.formats.detection import Part
from tradewind.sales.formats.header import check_utf8, header, malformed

_CHUNK = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BAD_LINE = re.compile(r"CSV Error on Line: (\d+)")
_COLUMN_COUNTS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


@contextmanager
def delimited_cells(part: Part) -> Iterator[Cells]:
    """Give the cells of a delimited text.

    Raises: InputError for text that is not UTF-8 (or UTF-16 with its mark), and through `explain` for ragged lines.
    """
    with TemporaryDirectory(prefix="tradewind-csv-") as folder, part.open() as stream:
        path = _as_utf8(part, stream, Path(folder))
        blank_lines, titles, delimiter = header(part, path)
        columns = ", ".join(f"{literal(f'c{index}')}: 'VARCHAR'" for index in range(len(titles)))
        yield Cells(
            relation=(
                f"read_csv({literal(str(path))}, auto_detect = false, header = true, skip = {blank_lines}, "
                f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', columns = {{{columns}}})"
            ),
            titles=titles,
            texts=tuple(quoted(f"c{index}") for index in range(len(titles))),
            explain=lambda error: _explain(part, error),
        )


def _as_utf8(part: Part, stream: BinaryIO, folder: Path) -> Path:
    """Return a path whose content is UTF-8 and whose name DuckDB does not take for a pattern."""
    head = stream.read(2)
    stream.seek(0)
    path = folder / "part.csv"
    if head in _UTF16:
        _write_utf8(part, stream, path)
        return path
    check_utf8(part, stream)
    if isinstance(part.content, bytes):
        path.write_bytes(part.content)
    else:
        path.symlink_to(part.content.absolute())
    return path


def _write_utf8(part: Part, stream: BinaryIO, path: Path) -> None:
    with (
        TextIOWrapper(stream, encoding="utf-16", newline="") as text,
        path.open("w", encoding="utf-8", newline="") as copy,
    ):
        try:
            while chunk := text.read(_CHUNK):
                copy.write(chunk)
        except UnicodeDecodeError:
            raise InputError(
                f"encoding of {part.name!r}", "is not the UTF-16 that it begins as", "save it as CSV UTF-8"
            ) from None


def _explain(part: Part, error: duckdb.Error) -> InputError | None:
    if not isinstance(error, duckdb.InvalidInputException) or "CSV" not in str(error):
        return None
    line = _BAD_LINE.search(str(error))
    if line is None:
        return malformed(part)
    counts = _COLUMN_COUNTS.search(str(error))
    where = f"line {line[1]} of {part.name!r}"
    if counts is None:
        return InputError(where, "is not well-formed", "close its quotes, and write a quote inside quotes twice")
    return InputError(
        where,
        f"has {counts[2]} cells, the header has {counts[1]}",
        "put cells that hold the delimiter in double quotes",
    )
