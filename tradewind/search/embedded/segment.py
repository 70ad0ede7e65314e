"""A segment: some of the products of an index as immutable files, and which of them are still live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.columns import Columns
from tradewind.search.embedded.strings import FileTexts, Strings
from tradewind.search.embedded.vectors import VectorPart


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary of a segment and where its words occur. Rows are numbers within the segment."""

    words: Strings  # folded, as they stand in texts
    stems: Strings
    arrays: Mapping[str, Array]

    def of_stem(self, number: int) -> tuple[int, int]:
        """Return the postings [first, end) of a stem by its number, none for -1."""
        if number < 0:
            return 0, 0
        return int(self.arrays["stems.start"][number]), int(self.arrays["stems.end"][number])

    def of_beginning(self, prefix: bytes) -> tuple[int, int]:
        """Return the postings [first, end) of all words that begin so; a row may occur several times."""
        first, end = self.words.beginning(prefix)
        pointers = self.arrays["words.pointers"]
        return int(pointers[first]), int(pointers[end])

    def of_neighbours(self, left: int, right: int) -> Array:
        """Return the rows that have two stems (numbers, -1: none) side by side in the first place, in order."""
        keys, rows = self.arrays["neighbours.keys"], self.arrays["neighbours.rows"]
        key = np.uint64(max(left, 0) << 32 | max(right, 0))
        at = int(keys.searchsorted(key))
        if min(left, right) < 0 or at == len(keys) or keys[at] != key:
            return rows[:0]
        pointers = self.arrays["neighbours.pointers"]
        return rows[pointers[at] : pointers[at + 1]]

    @property
    def rows(self) -> Array:
        return self.arrays["postings.rows"]

    @property
    def impacts(self) -> Array:
        """uint8, shape (postings, places)."""
        return self.arrays["postings.impacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment, opened. Its rows are in order of object ids; those of the whole index begin at `offset`."""

    name: str
    offset: int
    ids: Strings
    bodies: FileTexts
    text_hashes: Array  # uint64: of the text that is encoded
    words: Words
    columns: Columns
    vectors: Sequence[VectorPart]
    live: Array | None  # bool, shape (rows,); None: all

    @property
    def rows(self) -> int:
        return len(self.ids)

    @property
    def live_rows(self) -> int:
        return self.rows if self.live is None else int(np.count_nonzero(self.live))

    def row_of(self, object_id: str) -> int | None:
        """Return the row of a live record, None where there is none."""
        row = self.ids.find(object_id.encode("utf-8", "replace"))
        return None if row < 0 or (self.live is not None and not self.live[row]) else row
