"""Workbooks (.xlsx): every cell as the text that the sheet shows.

A column of this kind of file mixes number cells and text cells (invoice 536365 and C536379), so each cell is read as
text; a reader that guesses a type for the column drops the cells that do not fit.
"""

import os
import re
import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import fastexcel

from tradewind.config import Limits
from tradewind.errors import InputError
from tradewind.sales.formats.cells import Cells, quoted, repeated_titles
from tradewind.sales.formats.detection import Part

_RELATION = "workbook_sheet"
_CHUNK = 1 << 20  # measured: larger ones cost twice the time
_PACKED_CHUNK = 1 << 16
_LAST_CHUNKS = 3
_NAME_LENGTH_AT = 26  # in a zip entry's own header: two lengths, of the name and of the extra field after it
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Za-z]{1,4})([0-9]{1,10})["']""")
_SPAN = re.compile(rb"""<(?:\w+:)?dimension\s[^>]*?\bref\s*=\s*["'][A-Za-z]+[0-9]+:([A-Za-z]{1,4})([0-9]{1,10})["']""")


@contextmanager
def workbook_cells(con: duckdb.DuckDBPyConnection, part: Part, *, limits: Limits) -> Iterator[Cells]:
    """Give the cells of the one sheet that has rows.

    Raises: InputError for a workbook that is damaged, unpacks to more than the limit, has a sheet that spans more cells
    than the limit, has no rows, or has more than one sheet with rows.
    """
    check_unpacked(part, limits=limits)
    sheet = _sheet_with_rows(part)
    names = [column.name for column in sheet.available_columns()]
    con.register(_RELATION, sheet)
    try:
        yield Cells(relation=_RELATION, titles=repeated_titles(names), texts=tuple(quoted(name) for name in names))
    finally:
        con.unregister(_RELATION)


def check_unpacked(part: Part, *, limits: Limits) -> None:
    """Unpack `part` without keeping it, because the sizes that its directory states can be lies.

    Raises: InputError if it unpacks to more than the limit, cannot be unpacked, or spans too many cells in one sheet.
    """
    max_unpacked = limits.max_unpacked_workbook
    try:
        with part.open() as stream, zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > max_unpacked:
                raise _too_large(part, max_unpacked)
            left = max_unpacked
            for entry in entries:
                ends = _Ends()
                for chunk in _unpacked(stream, entry):
                    left -= len(chunk)
                    if left < 0:
                        raise _too_large(part, max_unpacked)
                    ends.add(chunk)
                _check_span(part, ends, max_cells=limits.max_workbook_cells)
    except (zipfile.BadZipFile, zlib.error, struct.error):
        raise InputError(f"file {part.name!r}", "is damaged: its parts cannot be unpacked", "save it again") from None


def _unpacked(stream: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Give what `entry` really unpacks to, whatever size is stated."""
    stream.seek(entry.header_offset + _NAME_LENGTH_AT)
    stream.seek(sum(struct.unpack("<HH", stream.read(4))), os.SEEK_CUR)
    inflater = None if entry.compress_type == zipfile.ZIP_STORED else zlib.decompressobj(-zlib.MAX_WBITS)
    packed_left = entry.compress_size
    while packed_left > 0 and not (inflater and inflater.eof):
        packed = stream.read(min(_PACKED_CHUNK, packed_left))
        if not packed:
            raise zipfile.BadZipFile
        packed_left -= len(packed)
        if inflater is None:
            yield packed
        while inflater and packed:
            yield inflater.decompress(packed, _CHUNK)
            packed = inflater.unconsumed_tail


class _Ends:
    """The beginning and the end of an unpacked part, about a chunk or more of each; all of a small one."""

    def __init__(self) -> None:
        self.beginning = b""
        self.end: deque[bytes] = deque(maxlen=_LAST_CHUNKS)

    def add(self, chunk: bytes) -> None:
        if len(self.beginning) < _CHUNK:
            self.beginning += chunk
        else:
            self.end.append(chunk)


def _check_span(part: Part, ends: _Ends, *, max_cells: int) -> None:
    """Raise InputError where a sheet spans more than `max_cells`: the reader would allocate the whole rectangle.

    Looks at the span that the sheet states and at the addresses of its first and last cells. Going through all of them
    costs as much as unpacking; only a large file that also states a false span passes with a far cell in its middle.
    """
    columns = rows = 0
    for text in (ends.beginning, b"".join(ends.end)):
        for letters, number in (*_SPAN.findall(text), *_CELL.findall(text)):
            columns, rows = max(columns, _column_number(letters)), max(rows, int(number))
    if columns * rows > max_cells:
        raise InputError(
            f"file {part.name!r}",
            f"has a sheet that spans {columns * rows:,} cells, more than {max_cells:,}",
            "delete the stray cells and formats beyond its table, or save the sheet as .csv and import that",
        )


def _column_number(letters: bytes) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _too_large(part: Part, max_unpacked: int) -> InputError:
    return InputError(
        f"file {part.name!r}", f"unpacks to more than {max_unpacked:,} bytes", "save the sheet as .csv and import that"
    )


def _sheet_with_rows(part: Part) -> Any:
    source = part.content if isinstance(part.content, bytes) else str(Path(part.content))
    try:
        reader = fastexcel.read_excel(source)
        sheets = {name: sheet for name in reader.sheet_names if (sheet := _load(reader, name)) is not None}
    except fastexcel.FastExcelError:
        raise InputError(f"file {part.name!r}", "is damaged: its sheets cannot be read", "save it again") from None
    if not sheets:
        raise InputError(
            f"file {part.name!r}", "has no rows below its header", "fill its first sheet, or export it again"
        )
    if len(sheets) > 1:
        raise InputError(
            f"file {part.name!r}",
            f"has {len(sheets)} sheets with rows: {', '.join(repr(name) for name in sheets)}",
            "keep one sheet, or save each as .csv and import them together",
        )
    return next(iter(sheets.values()))


def _load(reader: Any, name: str) -> Any | None:
    try:
        sheet = reader.load_sheet(name, dtypes="string")
    except fastexcel.SheetNotFoundError:  # a sheet that is only a chart
        return None
    return sheet if sheet.height > 0 else None
