"""Values in groups, made for some rows after others, and put together group by group: an external merge in memory.

Sorting all words of a million products at once takes some 50 bytes a word beside the result; in runs it takes that for
one run only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.search.embedded.arrays import Array, Blocks

_BLOCK = 1 << 20  # values that are put together at once


@dataclass(frozen=True, slots=True)
class Run:
    """Values of some rows by group: the groups in order, each once, how many values each has, and the columns of
    values, those of one group side by side."""

    keys: Array
    counts: Array
    columns: Mapping[str, Array]


class Merged:
    """Runs put together: the values of a group are those of the first run, then those of the second, and so on."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self.keys = _union([run.keys for run in runs])
        counts = np.zeros(len(self.keys), np.int64)
        for run in runs:
            counts[np.searchsorted(self.keys, run.keys)] += run.counts
        self.pointers = np.zeros(len(self.keys) + 1, np.int64)  # where the values of each group begin, and the end
        np.cumsum(counts, out=self.pointers[1:])
        self._starts = [np.concatenate([[0], np.cumsum(run.counts, dtype=np.int64)]) for run in runs]

    def __len__(self) -> int:
        return int(self.pointers[-1])

    def column(self, name: str) -> Blocks:
        """Return a column, to be written. Raises: ValueError where there is no run to tell what it is."""
        if not self._runs:
            raise ValueError(f"column {name!r} is of no run: give one at least, it may be empty")
        like = self._runs[0].columns[name]
        return Blocks(like.dtype, (len(self), *like.shape[1:]), self._blocks(name))

    def _blocks(self, name: str) -> Iterator[Array]:
        first = 0
        while first < len(self.keys):
            end = int(np.searchsorted(self.pointers, self.pointers[first] + _BLOCK, "right")) - 1
            end = max(end, first + 1)  # a group at least, however large
            yield self._of_groups(name, first, end)
            first = end

    def _of_groups(self, name: str, first: int, end: int) -> Array:
        """Return the values of the groups from `first` to `end`."""
        like = self._runs[0].columns[name]
        begins = self.pointers[first:end] - self.pointers[first]  # in `made`, of what the next run adds
        made = np.empty((int(self.pointers[end] - self.pointers[first]), *like.shape[1:]), like.dtype)
        for run, starts in zip(self._runs, self._starts, strict=True):
            low = int(np.searchsorted(run.keys, self.keys[first]))
            high = int(np.searchsorted(run.keys, self.keys[end - 1], "right"))
            counts = run.counts[low:high]
            group = np.searchsorted(self.keys[first:end], run.keys[low:high])
            values = run.columns[name][starts[low] : starts[high]]
            shift = begins[group] - (starts[low:high] - starts[low])
            made[np.repeat(shift, counts) + np.arange(len(values))] = values
            begins[group] += counts
        return made


def _union(keys: Sequence[Array]) -> Array:
    """Return the keys that occur, in order."""
    if not keys:
        return np.zeros(0, np.int64)
    held = np.concatenate(keys)
    held.sort()
    return held[np.append(True, held[1:] != held[:-1])] if len(held) else held
