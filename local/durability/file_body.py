"""An object's body as a file that is read when it is needed: bytes to ministack, hardly any memory to us."""

import contextlib
import mmap
import os
from pathlib import Path
from typing import Any


class FileBody(mmap.mmap):
    """A read-only file seen as bytes. The pages are the file's own: the system takes them back when it needs them."""

    path: Path
    _spooled = False

    @classmethod
    def open(cls, path: Path) -> "FileBody":
        """Return the body in `path`, which must not be empty."""
        file = os.open(path, os.O_RDONLY)
        try:
            body = cls(file, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(file)
        body.path = path
        return body

    @classmethod
    def open_spooled(cls, path: Path) -> "FileBody":
        """Return the body in `path`; the file's name goes when nobody needs the body any more."""
        body = cls.open(path)
        body._spooled = True
        return body

    def __del__(self) -> None:
        if self._spooled:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def __deepcopy__(self, memo: dict[int, Any]) -> "FileBody":
        return self  # read-only, so one is as good as two

    def __bytes__(self) -> bytes:
        return self[:]
