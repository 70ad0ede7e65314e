"""Vectors of products: signs to find the nearest with, 8-bit numbers to measure how near they are.

The signs of 384 numbers are six 64-bit words, stored as six columns; the distance of two codes is the number of signs
that differ. For 43,000 products that reads 2 MB instead of 16. Many vectors are stored by clusters, and a query looks
into the nearest ones only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.search.embedded.arrays import Array, ArrayFile, Blocks
from tradewind.search.encoder import DIMENSION, Vectors

CLUSTERED_FROM = 200_000  # vectors in one part
SCANNED = 60_000  # vectors whose codes a query looks at in a clustered part; measured, see docs/decisions/0018
_CLUSTER_ROWS = 1_000
_SAMPLE = 30_000
_ROUNDS = 6
FLOOR_QUANTILE = 0.97  # of cosines between random products
FLOOR_BOUNDS = (0.25, 0.4)  # measured, see docs/decisions/0018
_WRITTEN = 16_384  # vectors that are put in order at once when a part is written
_AT_ONCE = 16_384  # codes that are compared at once: .8 MB, so they stay near the processor
_BLOCK = 256  # rows that are measured at once: their float32 copies stay in the second-level cache


@dataclass(frozen=True, slots=True)
class VectorPart:
    """Vectors of some rows of a segment. `numbers` x `scales` are the vectors, of length 1."""

    file: ArrayFile

    @property
    def rows(self) -> Array:
        """int32, of the segment."""
        return self.file.arrays["rows"]

    @property
    def numbers(self) -> Array:
        """int8, shape (vectors, 384)."""
        return self.file.arrays["numbers"]

    @property
    def scales(self) -> Array:
        """float32, shape (vectors,)."""
        return self.file.arrays["scales"]

    @property
    def codes(self) -> Array:
        """uint64, shape (6, vectors)."""
        return self.file.arrays["codes"]

    def __len__(self) -> int:
        return len(self.rows)

    def spans_to_scan(self, query: Vectors) -> Array:
        """Return which vectors' codes are worth a look, as spans [start, end) in order, shape (spans, 2)."""
        if "centroids" not in self.file.arrays:
            return np.array([[0, len(self)]])
        pointers = self.file.arrays["pointers"]
        nearest = np.argsort(-(self.file.arrays["centroids"] @ query), kind="stable")
        sizes = np.diff(pointers)[nearest]
        enough = np.sort(nearest[: int(np.searchsorted(np.cumsum(sizes), SCANNED)) + 1])
        return np.stack([pointers[enough], pointers[enough + 1]], axis=1)


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest vectors of one part, and their rows in the whole index, int64."""

    part: VectorPart
    places: Array
    rows: Array

    def cosines(self, query: Vectors) -> Array:
        """Return the cosine of each to the query, float32."""
        made = np.empty(len(self.places), np.float32)
        numbers, query = self.part.numbers, np.asarray(query, np.float32)
        for start in range(0, len(made), _BLOCK):
            block = self.places[start : start + _BLOCK]
            made[start : start + _BLOCK] = numbers.take(block, axis=0).astype(np.float32) @ query
        made *= self.part.scales[self.places]
        return made


def nearest(parts: Sequence[tuple[VectorPart, int, Array | None]], query: Vectors, limit: int) -> list[Near]:
    """Return up to `limit` vectors nearest to the query by their codes: all that are within the widest distance that
    keeps to the limit. `parts`: each with the offset of its segment and which of the segment's rows are live."""
    if sum(len(part) for part, _, _ in parts) <= limit:
        return [_near(part, offset, live, np.arange(len(part))) for part, offset, live in parts]
    code = codes_of(np.asarray(query, np.float32).reshape(1, -1))[:, 0]
    scanned = [part.spans_to_scan(query) for part, _, _ in parts]
    far = [_distances(part, spans, code, live) for (part, _, live), spans in zip(parts, scanned, strict=True)]
    histogram = np.sum([np.bincount(each, minlength=DIMENSION + 2) for each in far], axis=0)
    counts = np.cumsum(histogram[: DIMENSION + 1])
    widest = int(np.searchsorted(counts, limit, "right")) - 1
    found = []
    for (part, offset, _), spans, distance in zip(parts, scanned, far, strict=True):
        kept = np.flatnonzero(distance <= widest) if widest >= 0 else np.zeros(0, np.int64)
        found.append(_near(part, offset, None, _places_of(kept, spans)))
    return found


def _near(part: VectorPart, offset: int, live: Array | None, places: Array) -> Near:
    rows = part.rows[places].astype(np.int64)
    if live is not None:
        kept = live[rows]
        places, rows = places[kept], rows[kept]
    return Near(part, places, rows + offset)


def _distances(part: VectorPart, spans: Array, code: Array, live: Array | None) -> Array:
    """Return the distance of each code in the spans, uint16; DIMENSION + 1 for rows that are not live."""
    made = np.empty(int((spans[:, 1] - spans[:, 0]).sum()), np.uint16)
    at, codes, wanted = 0, part.codes, code[:, None]
    for group in _groups(spans):
        blocks = [codes[:, start:end] for start, end in group]
        differing = np.bitwise_count((blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)) ^ wanted)
        end = at + differing.shape[1]
        # of 3 columns there are at most 192: they are added as bytes
        np.add(
            differing[0] + differing[1] + differing[2],
            differing[3] + differing[4] + differing[5],
            out=made[at:end],
            dtype=np.uint16,
        )
        at = end
    if live is not None:
        rows = np.concatenate([part.rows[start:end] for start, end in spans.tolist()])
        made[~live[rows]] = DIMENSION + 1
    return made


def _groups(spans: Array) -> Iterator[list[tuple[int, int]]]:
    """Yield the spans in groups of about _AT_ONCE vectors: short ones together, long ones in pieces."""
    group: list[tuple[int, int]] = []
    size = 0
    for first, last in spans.tolist():
        for start in range(first, last, _AT_ONCE):
            end = min(start + _AT_ONCE, last)
            group.append((start, end))
            size += end - start
            if size >= _AT_ONCE:
                yield group
                group, size = [], 0
    if group:
        yield group


def _places_of(kept: Array, spans: Array) -> Array:
    """Return which vectors these are, counted over the spans."""
    if len(spans) == 1:
        return np.asarray(kept + spans[0, 0])
    ends = np.cumsum(spans[:, 1] - spans[:, 0])
    return np.asarray(kept + (spans[:, 1] - ends).take(ends.searchsorted(kept, "right")))


def codes_of(vectors: Array) -> Array:
    """Return the signs of vectors, uint64, shape (6, vectors)."""
    return np.ascontiguousarray(np.packbits(vectors > 0, axis=1).view(np.uint64).T)


def quantised(vectors: Vectors) -> tuple[Array, Array]:
    """Return vectors as int8 rows and the float32 factor that gives each row length 1."""
    largest = np.maximum(np.abs(vectors).max(axis=1, initial=0), 1e-12)
    numbers = np.rint(vectors * (127 / largest)[:, None]).astype(np.int8)
    lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers, dtype=np.float32))
    return numbers, (1 / np.maximum(lengths, 1e-12)).astype(np.float32)


def vector_arrays(rows: Array, numbers: Array, scales: Array) -> dict[str, Array | Blocks]:
    """Return the arrays of a part: in order of rows, or by clusters where there are many. The numbers are read, block
    by block, when they are written: a million of them may lie in a file."""
    if len(rows) < CLUSTERED_FROM:
        order, clusters = np.argsort(rows, kind="stable"), dict[str, Array]()
    else:
        order, clusters = _clustered(numbers)
    blocks = [order[start : start + _WRITTEN] for start in range(0, len(order), _WRITTEN)]
    codes = np.empty((DIMENSION // 64, len(order)), np.uint64)
    for number, block in enumerate(blocks):
        start = number * _WRITTEN
        codes[:, start : start + len(block)] = codes_of(numbers[block])
    return {
        "rows": rows[order].astype(np.int32),
        "numbers": Blocks(numbers.dtype, numbers.shape, (numbers[block] for block in blocks)),
        "scales": scales[order],
        "codes": codes,
        **clusters,
    }


def calibrated_floor(parts: Sequence[VectorPart], *, pairs: int = 20_000) -> float:
    """Return the cosine above which two products are hardly ever alike by chance: a high quantile over random pairs,
    within bounds. Products below it do not match a query by meaning."""
    rng = np.random.default_rng(0)  # the same index gets the same floor
    sizes = np.array([len(part) for part in parts], np.int64)
    if sizes.sum() < 2:
        return FLOOR_BOUNDS[0]
    part = parts[int(np.argmax(sizes))]
    left, right = rng.integers(0, len(part), (2, pairs))
    left, right = left[left != right], right[left != right]
    cosines = np.concatenate(
        [
            np.einsum("ij,ij->i", part.numbers[a].astype(np.float32), part.numbers[b].astype(np.float32))
            * part.scales[a]
            * part.scales[b]
            for a, b in zip(np.array_split(left, 20), np.array_split(right, 20), strict=True)
        ]
    )
    return float(np.clip(np.quantile(cosines, FLOOR_QUANTILE), *FLOOR_BOUNDS))


def _clustered(numbers: Array) -> tuple[Array, dict[str, Array]]:
    """Return the order by clusters, and their centres and bounds (k-means of directions on a sample)."""
    rng = np.random.default_rng(0)
    clusters = max(len(numbers) // _CLUSTER_ROWS, 2)
    picked = np.sort(rng.choice(len(numbers), min(_SAMPLE, len(numbers)), replace=False))
    sample = _unit(numbers[picked].astype(np.float32))
    centres = sample[rng.choice(len(sample), clusters, replace=False)]
    for _ in range(_ROUNDS):
        member = np.argmax(sample @ centres.T, axis=1)
        total = np.zeros_like(centres)
        np.add.at(total, member, sample)
        centres = np.where(np.linalg.norm(total, axis=1, keepdims=True) > 0, _unit(total), centres)
    member = np.concatenate(
        [np.argmax(block.astype(np.float32) @ centres.T, axis=1) for block in np.array_split(numbers, clusters)]
    )
    order = np.argsort(member, kind="stable")
    pointers = np.zeros(clusters + 1, np.int64)
    np.cumsum(np.bincount(member, minlength=clusters), out=pointers[1:])
    return order, {"centroids": centres.astype(np.float32), "pointers": pointers}


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
