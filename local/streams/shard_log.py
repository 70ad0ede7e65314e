"""The records of one shard, in order, in append-only files that are deleted whole when all in them has expired.

A line is `sequence TAB arrival TAB partition key TAB data`, the last two as JSON text. It is written in one call before
the put is answered, so a process that is killed leaves whole lines, or a torn last one that was never answered.
Only where each record lies is in memory.
"""

import bisect
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SEGMENT = 16 * 1024**2  # bytes; a longer file is followed by a new one
DIGITS = 56  # of a sequence number, as on AWS; numbers compare as text
START = ""  # before every record

_ENDING = ".log"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record; `arrived` in seconds since the epoch, `data` in base64."""

    sequence: str
    arrived: float
    key: str
    data: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record lies: `offset` and `length` in bytes of the file."""

    file: Path
    offset: int
    length: int


class ShardLog:
    """One shard's records. Safe to use from several threads."""

    def __init__(self, folder: Path, *, segment: int = SEGMENT) -> None:
        self._folder = folder
        self._segment = segment
        self._lock = threading.Lock()
        self._sequences: list[str] = []
        self._arrivals: list[float] = []
        self._places: list[_Place] = []
        self._ends: list[int] = []  # bytes of data up to and with each record, since the log was opened
        self._bytes = 0
        self._forgotten = 0  # of these, those before the first record that is still here
        self._last = START
        self._file: Path | None = None
        self._open: int | None = None
        self._size = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in sorted(folder.glob(f"*{_ENDING}")):
            self._load(file)

    def __len__(self) -> int:
        return len(self._sequences)

    @property
    def last(self) -> str:
        """The sequence number of the record that was put last, expired or not; START where none ever was."""
        return self._last

    def append(self, entry: Entry) -> None:
        """Write a record; its sequence number must be above all before it.

        Raises: OSError when it cannot be written; the log is then as before.
        """
        fields = (entry.sequence, repr(entry.arrived), json.dumps(entry.key), json.dumps(entry.data))
        line = "\t".join(fields).encode() + b"\n"
        with self._lock:
            file = self._writable(entry.sequence)
            assert self._open is not None
            written = 0
            try:
                while written < len(line):
                    written += os.write(self._open, line[written:])
            except OSError:
                self._take_back()
                raise
            self._note(entry.sequence, entry.arrived, _Place(file, self._size, len(line)), len(entry.data))
            self._size += len(line)

    def read(self, after: str, *, limit: int, max_bytes: int) -> list[Entry]:
        """Return the records after sequence number `after`: at most `limit` of together `max_bytes` of base64 data,
        but one at least where there is one.
        """
        try:
            return _read(self._places_after(after, limit=limit, max_bytes=max_bytes))
        except FileNotFoundError:  # they expired meanwhile: what follows them is still there
            return _read(self._places_after(after, limit=limit, max_bytes=max_bytes))

    def _places_after(self, after: str, *, limit: int, max_bytes: int) -> list[_Place]:
        with self._lock:
            first = bisect.bisect_right(self._sequences, after)
            end = bisect.bisect_right(self._ends, self._bytes_before(first) + max_bytes, lo=first)
            return self._places[first : min(max(end, first + 1), first + limit)]

    def _bytes_before(self, index: int) -> int:
        return self._ends[index - 1] if index else self._forgotten

    def waiting(self, after: str) -> tuple[int, int, float | None]:
        """Return how many records follow `after`, their bytes of base64 data, and when the first of them arrived."""
        with self._lock:
            first = bisect.bisect_right(self._sequences, after)
            if first == len(self._sequences):
                return 0, 0, None
            return len(self._sequences) - first, self._bytes - self._bytes_before(first), self._arrivals[first]

    def before(self, moment: float) -> str:
        """Return the sequence number of the last record before the first that arrived at `moment` or later."""
        with self._lock:
            for index, arrived in enumerate(self._arrivals):
                if arrived >= moment:
                    return self._sequences[index - 1] if index else START
            return self._last

    def expire(self, moment: float) -> None:
        """Forget the records that arrived before `moment`."""
        with self._lock:
            count = 0
            while count < len(self._arrivals) and self._arrivals[count] < moment:
                count += 1
            self._forget(count)

    def drop_until(self, sequence: str) -> None:
        """Forget the records up to and with `sequence`."""
        with self._lock:
            self._forget(bisect.bisect_right(self._sequences, sequence))

    def close(self) -> None:
        with self._lock:
            self._close()

    def _load(self, file: Path) -> None:
        offset = 0
        with file.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                sequence, arrived, _, data = line.split(b"\t", 3)
                self._note(sequence.decode(), float(arrived), _Place(file, offset, len(line)), len(data) - 3)
                offset += len(line)
        if offset < file.stat().st_size:
            os.truncate(file, offset)  # a line that was never answered
        self._file, self._size = file, offset
        # The name of an emptied log's file tells the last number that it gave.
        self._last = max(self._last, file.name.removesuffix(_ENDING)) if offset == 0 else self._last

    def _note(self, sequence: str, arrived: float, place: _Place, size: int) -> None:
        self._sequences.append(sequence)
        self._arrivals.append(arrived)
        self._places.append(place)
        self._bytes += size
        self._ends.append(self._bytes)
        self._last = sequence

    def _forget(self, count: int) -> None:
        if not count:
            return
        self._forgotten = self._ends[count - 1]
        old = {place.file for place in self._places[:count]}
        del self._sequences[:count], self._arrivals[:count], self._places[:count], self._ends[:count]
        in_use = {place.file for place in self._places}
        if not in_use:
            self._start_file(self._last)
        for file in old - in_use - {self._file}:
            file.unlink(missing_ok=True)

    def _writable(self, sequence: str) -> Path:
        if self._file is None or self._size >= self._segment:
            self._start_file(sequence)
        assert self._file is not None
        if self._open is None:
            self._open = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return self._file

    def _take_back(self) -> None:
        """Leave no half line before the next one."""
        assert self._open is not None
        try:
            os.ftruncate(self._open, self._size)
        except OSError:
            self._size = self._segment  # so the next record begins a new file

    def _start_file(self, name: str) -> None:
        self._close()
        self._file, self._size = self._folder / f"{name}{_ENDING}", 0
        self._open = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._size = os.fstat(self._open).st_size

    def _close(self) -> None:
        if self._open is not None:
            os.close(self._open)
            self._open = None


def _read(places: Sequence[_Place]) -> list[Entry]:
    entries = []
    begin = 0
    while begin < len(places):
        file = places[begin].file
        end = begin
        while end < len(places) and places[end].file == file:
            end += 1
        first, last = places[begin], places[end - 1]
        with file.open("rb") as lines:
            lines.seek(first.offset)
            content = lines.read(last.offset + last.length - first.offset)
        entries += [_entry(content[p.offset - first.offset :][: p.length]) for p in places[begin:end]]
        begin = end
    return entries


def _entry(line: bytes) -> Entry:
    sequence, arrived, key, data = line.split(b"\t", 3)
    return Entry(sequence.decode(), float(arrived), json.loads(key), json.loads(data))
