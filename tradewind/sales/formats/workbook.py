"""Workbooks (.xlsx): every cell as the text that the sheet shows.

A column of this kind of file mixes number cells and text cells (invoice 536365 and C536379), so each cell is read as
text; a reader that guesses a type for the column drops the cells that do not fit.
"""

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import fastexcel

from tradewind.errors import InputError
from tradewind.sales.formats.cells import Cells, quoted, repeated_titles
from tradewind.sales.formats.detection import Part

_RELATION = "workbook_sheet"
_CHUNK = 1 << 20  # measured: larger ones cost twice the time
_PACKED_CHUNK = 1 << 16
_NAME_LENGTH_AT = 26  # in a zip entry's own header: two lengths, of the name and of the extra field after it


@contextmanager
def workbook_cells(con: duckdb.DuckDBPyConnection, part: Part, *, max_unpacked: int) -> Iterator[Cells]:
    """Give the cells of the one sheet that has rows.

    Raises: InputError for a workbook that is damaged, unpacks to more than `max_unpacked` bytes, has no rows, or has
    more than one sheet with rows.
    """
    check_unpacked_size(part, max_unpacked=max_unpacked)
    sheet = _sheet_with_rows(part)
    names = [column.name for column in sheet.available_columns()]
    con.register(_RELATION, sheet)
    try:
        yield Cells(relation=_RELATION, titles=repeated_titles(names), texts=tuple(quoted(name) for name in names))
    finally:
        con.unregister(_RELATION)


def check_unpacked_size(part: Part, *, max_unpacked: int) -> None:
    """Unpack `part` without keeping it, because the sizes that its directory states can be lies.

    Raises: InputError if it unpacks to more than `max_unpacked` bytes or cannot be unpacked.
    """
    try:
        with part.open() as stream, zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > max_unpacked:
                raise _too_large(part, max_unpacked)
            left = max_unpacked
            for entry in entries:
                left -= _unpacked_size(stream, entry, at_most=left)
                if left < 0:
                    raise _too_large(part, max_unpacked)
    except (zipfile.BadZipFile, zlib.error, struct.error):
        raise InputError(f"file {part.name!r}", "is damaged: its parts cannot be unpacked", "save it again") from None


def _unpacked_size(stream: BinaryIO, entry: zipfile.ZipInfo, *, at_most: int) -> int:
    """Return how many bytes `entry` really unpacks to; stops soon after `at_most`."""
    stream.seek(entry.header_offset + _NAME_LENGTH_AT)
    stream.seek(sum(struct.unpack("<HH", stream.read(4))), os.SEEK_CUR)
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size, packed_left = 0, entry.compress_size
    while packed_left > 0 and not inflater.eof and size <= at_most:
        packed = stream.read(min(_PACKED_CHUNK, packed_left))
        if not packed:
            raise zipfile.BadZipFile
        packed_left -= len(packed)
        while packed and size <= at_most:
            size += len(inflater.decompress(packed, _CHUNK))
            packed = inflater.unconsumed_tail
    return size


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
