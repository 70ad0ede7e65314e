"""Vectors of a new version: kept where the encoded text is unchanged, made for others while there is time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tradewind.search.embedded.arrays import Array, open_arrays, write_arrays
from tradewind.search.embedded.opening import OpenedSnapshot
from tradewind.search.embedded.vectors import VectorPart, quantised, vector_arrays
from tradewind.search.encoder import DIMENSION, TextEncoder

CHUNK = 64  # texts between two looks at the clock
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

    def of(self, hashes: Array) -> Quantised:
        """Return the known vectors; `rows` are numbers of `hashes`."""
        at = np.searchsorted(self._hashes, hashes)
        rows = np.flatnonzero(at < len(self._hashes))
        rows = rows[self._hashes[at[rows]] == hashes[rows]]
        places = self._order[at[rows]]
        numbers, scales = np.zeros((len(rows), DIMENSION), np.int8), np.zeros(len(rows), np.float32)
        start = 0
        for part, _ in self._parts:
            mine = (start <= places) & (places < start + len(part))
            numbers[mine] = part.numbers[places[mine] - start]
            scales[mine] = part.scales[places[mine] - start]
            start += len(part)
        return Quantised(rows.astype(np.int32), numbers, scales)


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


def with_new_vectors(
    parts: Sequence[VectorPart], new: Sequence[Quantised], folder: Path, kind: str
) -> tuple[VectorPart, ...]:
    """Return the parts of a segment with new vectors in a part of their own, which takes small ones along."""
    if not new:
        return tuple(parts)
    kept, joined = list(parts), list(new)
    count = sum(len(each.rows) for each in joined)
    while kept and len(kept[-1]) <= MERGED_GROWTH * count:
        part = kept.pop()
        joined.append(Quantised(part.rows, part.numbers, part.scales))
        count += len(part)
    arrays = vector_arrays(
        np.concatenate([each.rows for each in joined]),
        np.concatenate([each.numbers for each in joined]),
        np.concatenate([each.scales for each in joined]),
    )
    written = write_arrays(folder, kind, arrays, {})
    return (*kept, VectorPart(open_arrays(written, folder)))
