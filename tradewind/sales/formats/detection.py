"""What a sales file is, judged by its content and held against the ending of its name."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

from tradewind.errors import InputError

Format = Literal["xlsx", "csv", "parquet"]

ENDINGS: dict[str, Format] = {
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
}

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old and of encrypted Office files
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_KNOWN_AS: dict[Format, str] = {"xlsx": "a workbook", "csv": "delimited text", "parquet": "a Parquet file"}


@dataclass(frozen=True, slots=True)
class Part:
    """A sales file or a part of one: its name for messages, and where its bytes are."""

    name: str
    content: Path | bytes

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Give the bytes as a binary stream."""
        with BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb") as stream:
            yield stream


def detect(part: Part) -> Format:
    """Return the format of `part` by its content.

    Raises: InputError for an empty file, for content that is no sales file, and for content that belies the ending.
    """
    with part.open() as stream:
        head = stream.read(4096)
        found = _by_content(part, head, stream)
    ending = Path(part.name).suffix.casefold()
    said = ENDINGS.get(ending)
    if said is not None and said != found:
        raise InputError(
            f"file {part.name!r}",
            f"is {_KNOWN_AS[found]}, not what {ending} says",
            f"name it {Path(part.name).stem + '.' + found!r}, or save it again as {ending}",
        )
    return found


def _by_content(part: Part, head: bytes, stream: BinaryIO) -> Format:
    if not head:
        raise InputError(f"file {part.name!r}", "is empty", "export it again, with a header line and rows")
    if head.startswith(_ZIP):
        return _workbook(part)
    if head.startswith(_OLE):
        raise _old_or_encrypted(part, head + stream.read())
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_GZIP):
        raise InputError(f"file {part.name!r}", "is compressed with gzip", "unpack it first")
    if b"\0" in head and not head.startswith(_UTF16):
        raise InputError(
            f"file {part.name!r}", "is neither a workbook nor text nor Parquet", "save it as .xlsx, .csv or .parquet"
        )
    return "csv"


def _workbook(part: Part) -> Format:
    try:
        with part.open() as stream, zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        raise InputError(
            f"file {part.name!r}", "is cut off or damaged: its end is missing", "copy or save it again"
        ) from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise InputError(f"file {part.name!r}", "is a binary workbook (.xlsb)", "save it as .xlsx")
    raise InputError(f"file {part.name!r}", "is a zip archive without a workbook", "unpack it, or save it as .xlsx")


def _old_or_encrypted(part: Part, content: bytes) -> InputError:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return InputError(f"file {part.name!r}", "is protected by a password", "save it as .xlsx without one")
    return InputError(f"file {part.name!r}", "is an old workbook (.xls)", "save it as .xlsx")
