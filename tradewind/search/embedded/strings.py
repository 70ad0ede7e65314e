"""Many texts as two arrays: their UTF-8 bytes one after the other, and where each begins."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
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

    def find(self, key: bytes) -> int:
        """Return the number of a text, -1 where there is none. The texts must be in order."""
        at = bisect_left(self, key)
        return at if at < len(self) and self[at] == key else -1

    def beginning(self, prefix: bytes) -> tuple[int, int]:
        """Return the numbers [first, end) of the texts that begin so. The texts must be in order."""
        first = bisect_left(self, prefix)
        return first, bisect_left(self, prefix + b"\xff", first)  # no byte of UTF-8 is 255


def packed(name: str, texts: Sequence[bytes]) -> dict[str, Array]:
    """Return the arrays of texts, to be written under `name`."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    return {f"{name}.bytes": np.frombuffer(b"".join(texts), np.uint8), f"{name}.offsets": offsets}


def strings_of(arrays: Mapping[str, Array], name: str) -> Strings:
    """Return the texts that were packed under `name`."""
    return Strings(arrays[f"{name}.bytes"], arrays[f"{name}.offsets"])
