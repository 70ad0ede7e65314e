"""Records on their way into a segment: kept in a file, and read again in order of their ids.

A million records are half a gigabyte as bytes and several as parsed objects: none of it is held in memory.
"""

import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from tradewind.catalog.record import StoredRecord


class RecordSpool:
    """Records in a temporary file, which goes when the spool is closed. Of several with one id the last one counts."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115, closed by __exit__
        self._numbers: dict[str, int] = {}  # by id, of what was written
        self._ends = array("q", [0])
        self._ids: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, records: Iterable[StoredRecord]) -> None:
        """Take in records, in any order."""
        for number, record in enumerate(records, len(self._ends) - 1):
            self._numbers[record.object_id] = number
            self._ends.append(self._ends[-1] + self._file.write(record.body))
        self._file.flush()
        self._ids = sorted(self._numbers)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def ids(self) -> Iterable[str]:
        """The ids, each once, in order."""
        return self._ids

    def records(self) -> Iterator[StoredRecord]:
        """Yield the records in order of their ids."""
        opened, ends = self._file.fileno(), self._ends
        for object_id in self._ids:
            number = self._numbers[object_id]
            start = ends[number]
            yield StoredRecord(object_id, os.pread(opened, ends[number + 1] - start, start))


class InOrder(Iterable[StoredRecord]):
    """Records of several sources in order of their ids, as often as they are asked for. Each source yields its own in
    this order, and no id is in two of them."""

    def __init__(self, sources: Iterable[Callable[[], Iterator[StoredRecord]]]) -> None:
        self._sources = tuple(sources)

    def __iter__(self) -> Iterator[StoredRecord]:
        if len(self._sources) == 1:
            return self._sources[0]()
        return merge(*(source() for source in self._sources), key=attrgetter("object_id"))
