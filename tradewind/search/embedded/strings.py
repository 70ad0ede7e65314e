"""Many texts as two arrays: their UTF-8 bytes one after the other, and where each begins."""

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import overload

import numpy as np

from tradewind.search.embedded.arrays import Array, ArrayFile, Blocks

_AT_ONCE = 1_000  # texts that are joined before they are written
_STEP = 64  # texts between two landmarks, which are kept: halving would read them again and again


class Strings(Sequence[bytes]):
    """Texts by number. Those in order of bytes, which is the order of code points, can be found."""

    __slots__ = ("_blob", "_landmarks", "_offsets")

    def __init__(self, blob: Array, offsets: Array) -> None:
        self._blob, self._offsets = memoryview(blob), memoryview(offsets)  # items of these are plain ints, and fast
        self._landmarks: list[bytes] | None = None

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
        at = self._first(key)
        return at if at < len(self) and self[at] == key else -1

    def beginning(self, prefix: bytes) -> tuple[int, int]:
        """Return the numbers [first, end) of the texts that begin so. The texts must be in order."""
        first = self._first(prefix)
        return first, self._first(prefix + b"\xff", first)  # no byte of UTF-8 is 255

    def _first(self, key: bytes, low: int = 0) -> int:
        """Return the number of the first text from `low` on that is not before `key`: `bisect_left`, which would call
        `__getitem__` at each of its steps."""
        if self._landmarks is None:
            self._landmarks = [self[at] for at in range(0, len(self), _STEP)]
        passed = bisect_left(self._landmarks, key) * _STEP  # this text, if there is one, is not before the key
        blob, offsets, low, high = self._blob, self._offsets, max(low, passed - _STEP), min(passed, len(self))
        while low < high:
            middle = (low + high) // 2
            if blob[offsets[middle] : offsets[middle + 1]].tobytes() < key:
                low = middle + 1
            else:
                high = middle
        return low


class FileTexts:
    """Texts that are read from their file, one by one, when they are asked for. Through the mapping, each that is read
    brings 64 KB around it into the memory of the process: soon all records of a large index."""

    __slots__ = ("_descriptor", "_offsets", "_start")

    def __init__(self, opened: ArrayFile, name: str) -> None:
        self._offsets, self._start = memoryview(opened.arrays[f"{name}.offsets"]), opened.starts[f"{name}.bytes"]
        self._descriptor = os.open(opened.path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, at: int) -> bytes:
        start = self._offsets[at]
        return os.pread(self._descriptor, self._offsets[at + 1] - start, self._start + start)


def packed(name: str, texts: Sequence[bytes]) -> dict[str, Array]:
    """Return the arrays of texts, to be written under `name`."""
    offsets = _offsets(np.fromiter(map(len, texts), np.int64, len(texts)))
    return {f"{name}.bytes": np.frombuffer(b"".join(texts), np.uint8), f"{name}.offsets": offsets}


def packed_in_blocks(name: str, texts: Iterable[bytes], lengths: Array) -> dict[str, Array | Blocks]:
    """Return the arrays of texts that are asked for only when they are written; their lengths are known before."""
    offsets = _offsets(lengths)
    blob = Blocks(np.dtype(np.uint8), (int(offsets[-1]),), _joined(texts))
    return {f"{name}.bytes": blob, f"{name}.offsets": offsets}


def _offsets(lengths: Array) -> Array:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _joined(texts: Iterable[bytes]) -> Iterator[Array]:
    for some in batched(texts, _AT_ONCE, strict=False):
        yield np.frombuffer(b"".join(some), np.uint8)


def strings_of(arrays: Mapping[str, Array], name: str) -> Strings:
    """Return the texts that were packed under `name`."""
    return Strings(arrays[f"{name}.bytes"], arrays[f"{name}.offsets"])
