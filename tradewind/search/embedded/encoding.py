"""Vectors of a new version: kept where the encoded text is unchanged, made for others while there is time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import numpy as np

from tradewind.search.embedded.arrays import Array, open_arrays, write_arrays
from tradewind.search.embedded.opening import OpenedSnapshot
from tradewind.search.embedded.vectors import VectorPart, quantised, vector_arrays
from tradewind.search.encoder import DIMENSION, TextEncoder

CHUNK = 16  # texts between two looks at the clock: they take half a second of one core at the most, mostly
_COPIED = 16_384  # vectors that are copied at once
MERGED_GROWTH = 2  # a new part takes along those before it that are at most so many times its size


@dataclass(frozen=True, slots=True)
class Quantised:
    """Vectors of some rows: int32 rows, int8 numbers, float32 scales."""

    rows: Array
    numbers: Array
    scales: Array


class KnownVectors:
    """The vectors of the version before, by the hash of their text."""

    def __init__(self, base: OpenedSnapshot | None) -> None:
        self._parts = [(part, segment) for segment in base.segments for part in segment.vectors] if base else []
        hashes = [segment.text_hashes[part.rows] for part, segment in self._parts]
        held = np.concatenate([np.zeros(0, np.uint64), *hashes])
        self._order = np.argsort(held, kind="stable")
        self._hashes = held[self._order]

    def of(self, hashes: Array) -> Iterator[Quantised]:
        """Yield the known vectors, some at a time; `rows` are numbers of `hashes`."""
        at = np.searchsorted(self._hashes, hashes)
        rows = np.flatnonzero(at < len(self._hashes))
        rows = rows[self._hashes[at[rows]] == hashes[rows]]
        places = self._order[at[rows]]
        start = 0
        for part, _ in self._parts:
            mine = np.flatnonzero((start <= places) & (places < start + len(part)))
            for first in range(0, len(mine), _COPIED):
                some = mine[first : first + _COPIED]
                held = places[some] - start
                yield Quantised(rows[some].astype(np.int32), part.numbers[held], part.scales[held])
            start += len(part)


class NewVectors:
    """Vectors on their way into a part. Their numbers lie in a temporary file, as a million take 400 MB."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115, closed by __exit__
        self._rows: list[Array] = [np.zeros(0, np.int32)]
        self._scales: list[Array] = [np.zeros(0, np.float32)]
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, some: Iterable[Quantised]) -> None:
        """Take in vectors, in any order of rows."""
        for each in some:
            self._rows.append(each.rows)
            self._scales.append(each.scales)
            self._file.write(np.ascontiguousarray(each.numbers))
            self._count += len(each.rows)

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> Array:
        return np.concatenate(self._rows)

    @property
    def scales(self) -> Array:
        return np.concatenate(self._scales)

    @property
    def numbers(self) -> Array:
        """int8, shape (vectors, 384): of the file, to be read while it is open."""
        if not self._count:
            return np.zeros((0, DIMENSION), np.int8)
        self._file.flush()
        return np.memmap(self._file, np.int8, "r", shape=(self._count, DIMENSION))


def missing_rows(rows: int, live: Array | None, vectors: Sequence[Array]) -> Array:
    """Return the live rows that are in none of `vectors` (rows with a vector)."""
    without = np.ones(rows, bool) if live is None else live.copy()
    for each in vectors:
        without[each] = False
    return np.flatnonzero(without)


def encoded(
    rows: Array, text_of: Callable[[int], str], encoder: TextEncoder, encode_for: Callable[[], bool]
) -> Iterator[Quantised]:
    """Yield the vectors of rows, chunk by chunk, as long as `encode_for` allows the next one."""
    for start in range(0, len(rows), CHUNK):
        if not encode_for():
            return
        chunk = rows[start : start + CHUNK]
        numbers, scales = quantised(encoder.encode_many([text_of(int(row)) for row in chunk]))
        yield Quantised(chunk.astype(np.int32), numbers, scales)


def with_new_vectors(parts: Sequence[VectorPart], new: NewVectors, folder: Path, kind: str) -> tuple[VectorPart, ...]:
    """Return the parts of a segment with new vectors in a part of their own, which takes small ones along."""
    if not len(new):
        return tuple(parts)
    kept = list(parts)
    while kept and len(kept[-1]) <= MERGED_GROWTH * len(new):
        new.add(_copied(kept.pop()))
    written = write_arrays(folder, kind, vector_arrays(new.rows, new.numbers, new.scales), {})
    return (*kept, VectorPart(open_arrays(written, folder)))


def _copied(part: VectorPart) -> Iterator[Quantised]:
    for start in range(0, len(part), _COPIED):
        some = slice(start, start + _COPIED)
        yield Quantised(part.rows[some], part.numbers[some], part.scales[some])
