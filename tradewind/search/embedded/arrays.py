"""Files of arrays: a header that names them, then their bytes. Opened by mmap, so that opening reads almost nothing.

    8 bytes  magic            8 bytes  length of the header      header  JSON: arrays by name, and what else is told
    arrays, each at a multiple of 64 bytes, little-endian

A file's name ends in its content's hash: files of several versions can lie in one folder, and equal ones are one.
"""

import hashlib
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from tradewind.search.embedded.manifest import SnapshotFile
from tradewind.search.index import IndexUnavailable

Array = NDArray[Any]

_MAGIC = b"TWARRAY1"
_ALIGNED = 64  # a cache line, and the widest vector registers


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """An opened file. The arrays are views of the mapped file and cannot be written."""

    file: SnapshotFile
    path: Path
    arrays: Mapping[str, Array]
    told: Mapping[str, Any]
    starts: Mapping[str, int]  # bytes from the beginning of the file to each array


@dataclass(frozen=True, slots=True)
class Blocks:
    """An array that is too large to be made at once: what it will be, and its parts along the first axis, in order."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    parts: Iterable[Array]

    @property
    def nbytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize

    def then(self, more: "Blocks") -> "Blocks":
        """Return these and then `more`, of the same kind."""
        return Blocks(self.dtype, (self.shape[0] + more.shape[0], *self.shape[1:]), chain(self.parts, more.parts))


def write_arrays(
    folder: Path, kind: str, arrays: Mapping[str, Array | Blocks], told: Mapping[str, Any]
) -> SnapshotFile:
    """Write a file `<kind>-<hash>.arrays` and return what it is. It appears whole or not at all.

    Raises: ValueError for blocks that are not of the size that they tell.
    """
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = [array.dtype.str, list(array.shape), at]
        at += -(-array.nbytes // _ALIGNED) * _ALIGNED
    header = orjson.dumps({"arrays": places, "told": dict(told)})
    header += b" " * (-(len(header) + 16) % _ALIGNED)
    digest, size = hashlib.sha256(), 0
    written = folder / f"{kind.replace('/', '-')}.{os.getpid()}.part"
    folder.mkdir(parents=True, exist_ok=True)
    with written.open("wb") as out:
        for part in _parts(_MAGIC + len(header).to_bytes(8, "little") + header, arrays):
            digest.update(part)
            size += out.write(part)
    name = f"{kind}-{digest.hexdigest()[:16]}.arrays"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    written.replace(folder / name)
    return SnapshotFile(name=name, sha256=digest.hexdigest(), size=size)


def open_arrays(file: SnapshotFile, folder: Path) -> ArrayFile:
    """Return the arrays of a file. Raises: IndexUnavailable for one that is missing or not whole."""
    path = path_of(file, folder)
    try:
        with path.open("rb") as opened:
            mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise IndexUnavailable(f"file {file.name} of the index cannot be opened: {error}") from error
    try:
        return ArrayFile(file, path, *_read(mapped, file.size))
    except (ValueError, KeyError, TypeError) as error:
        raise IndexUnavailable(f"file {file.name} of the index is damaged: {error}") from error


def path_of(file: SnapshotFile, folder: Path) -> Path:
    """Return where a file lies: under its name, else under its hash."""
    named = folder / file.name
    return named if named.exists() else folder / file.sha256


def _parts(header: bytes, arrays: Mapping[str, Array | Blocks]) -> Iterator[bytes | memoryview]:
    """Yield the bytes of a file, none of them copied but where an array is not contiguous."""
    yield header
    for name, array in arrays.items():
        size = 0
        for part in array.parts if isinstance(array, Blocks) else (array,):
            held = np.ascontiguousarray(part, array.dtype)
            size += held.nbytes
            yield held.reshape(-1).view(np.uint8).data
        if size != array.nbytes:
            raise ValueError(f"array {name} has {size:,} bytes instead of the {array.nbytes:,} that its blocks told of")
        yield bytes(-size % _ALIGNED)


def _read(mapped: mmap.mmap, size: int) -> tuple[dict[str, Array], Mapping[str, Any], dict[str, int]]:
    if len(mapped) != size:
        raise ValueError(f"it has {len(mapped):,} bytes instead of {size:,}")
    if mapped[:8] != _MAGIC:
        raise ValueError("it does not begin as files of arrays do")
    start = 16 + int.from_bytes(mapped[8:16], "little")
    header = orjson.loads(mapped[16:start])
    arrays, starts = {}, {}
    for name, (dtype, shape, at) in header["arrays"].items():
        count = int(np.prod(shape, dtype=np.int64))
        starts[name] = start + at
        arrays[name] = np.frombuffer(mapped, np.dtype(dtype), count, starts[name]).reshape(shape)
    return arrays, header["told"], starts
