"""The beginning of a delimited text: its encoding, header and delimiter. Needs no engine."""

import codecs
import csv
from pathlib import Path
from typing import BinaryIO, TextIO

from tradewind.errors import InputError
from tradewind.sales.columns import known_columns
from tradewind.sales.formats.cells import repeated_titles
from tradewind.sales.formats.detection import Part

DELIMITERS = (",", ";", "\t", "|")

_CHUNK = 1 << 20


def check_utf8(part: Part, stream: BinaryIO) -> None:
    """Raise InputError where the bytes of `part` are not UTF-8, naming the line."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, pending = 1, b""
    while True:
        chunk = stream.read(_CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += (pending + chunk).count(b"\n", 0, error.start)
            raise InputError(
                f"encoding of {part.name!r}",
                f"is not UTF-8: byte 0x{error.object[error.start]:02x} on line {line}",
                "save it as CSV UTF-8",
            ) from None
        if not chunk:
            return
        line += chunk.count(b"\n")
        pending = decoder.getstate()[0]


def header(part: Part, path: Path) -> tuple[int, tuple[str, ...], str]:
    """Return the number of blank lines before the header, its titles, and the delimiter that finds most columns."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        blank_lines = 0
        position = text.tell()
        while (line := text.readline(_CHUNK)) and not line.strip():
            blank_lines += 1
            position = text.tell()
        text.seek(position)
        if not line:
            raise InputError(f"file {part.name!r}", "is empty", "export it again, with a header line and rows")
        headers = []
        for delimiter in DELIMITERS:
            text.seek(position)
            headers.append((_first_row(part, text, delimiter), delimiter))
    titles, delimiter = max(headers, key=lambda header: (known_columns(header[0]), len(header[0])))
    for title in titles:
        if "\n" in title or "\r" in title:  # DuckDB would take the header's second line for its end, and lose a row
            raise InputError(f"column {title!r} of {part.name!r}", "has a title of two lines", "write it in one line")
    return blank_lines, repeated_titles(titles), delimiter


def _first_row(part: Part, text: TextIO, delimiter: str) -> list[str]:
    try:
        return [title.strip() for title in next(csv.reader(text, delimiter=delimiter))]
    except csv.Error:
        raise malformed(part) from None


def malformed(part: Part) -> InputError:
    """Return what to say of a text that no reader understands."""
    return InputError(
        f"file {part.name!r}", "is not well-formed: its quotes or its line ends differ", "save it again as CSV UTF-8"
    )
