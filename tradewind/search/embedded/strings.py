"""Many texts as two arrays: their UTF-8 bytes one after the other, and where each begins."""

from collections.abc import Iterable, Mapping, Sequence
from typing import overload

import numpy as np

from tradewind.search.embedded.arrays import Array


class Strings(Sequence[bytes]):
    """Texts by number. Those in order of bytes, which is the order of code points, can be found."""

    __slots__ = ("_blob", "_offsets")

    def __init__(self, blob: Array, offsets: Array) -> None:
        self._blob, self._offsets = memoryview(blob), memoryview(offsets)  # items of these are plain ints, and fast

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        return bytes(self._blob[self._offsets[at] : self._offsets[at + 1]])

    def decoded(self, numbers: Iterable[int]) -> list[str]:
        """Return texts by their numbers, decoded: quicker than one after the other."""
        blob, offsets = self._blob, self._offsets
        return [str(blob[offsets[at] : offsets[at + 1]], "utf-8") for at in numbers]

    def find(self, key: bytes) -> int:
        """Return the number of a text, -1 where there is none. The texts must be in order."""
        at = self._first(key)
        return at if at < len(self) and self[at] == key else -1

    def beginning(self, prefix: bytes) -> tuple[int, int]:
        """Return the numbers [first, end) of the texts that begin so. The texts must be in order."""
        first = self._first(prefix)
        return first, self._first(prefix + b"\xff", first)  # no byte of UTF-8 is 255

    def _first(self, key: bytes, low: int = 0) -> int:
        """Return the number of the first text from `low` on that is not before `key`: `bisect_left`, which would call
        `__getitem__` at each of its steps."""
        blob, offsets, high = self._blob, self._offsets, len(self)
        while low < high:
            middle = (low + high) // 2
            if blob[offsets[middle] : offsets[middle + 1]].tobytes() < key:
                low = middle + 1
            else:
                high = middle
        return low


def packed(name: str, texts: Sequence[bytes]) -> dict[str, Array]:
    """Return the arrays of texts, to be written under `name`."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    return {f"{name}.bytes": np.frombuffer(b"".join(texts), np.uint8), f"{name}.offsets": offsets}


def strings_of(arrays: Mapping[str, Array], name: str) -> Strings:
    """Return the texts that were packed under `name`."""
    return Strings(arrays[f"{name}.bytes"], arrays[f"{name}.offsets"])
