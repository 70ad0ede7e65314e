"""An append-only file of changes, one JSON object a line, each written before the change is answered."""

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]


class Journal:
    """The changes since one snapshot.

    A write is one system call, so a process that is killed leaves whole lines, or a torn last one that was never
    answered. The lines are not synced to the platter: they outlive the process, not a power cut.

    `lock` is held across a change and its line by whoever changes state from several threads, and by whoever takes a
    snapshot: what is in the snapshot is then exactly what is not in the next journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self._file).st_size
        self.lines = 0

    def append(self, record: Record) -> None:
        """Write one change.

        Raises: OSError when it cannot be written; the file is then as before.
        """
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with self.lock:
            written = 0
            try:
                while written < len(line):
                    written += os.write(self._file, line[written:])
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self.size)
                raise
            self.size += len(line)
            self.lines += 1

    def continue_in(self, path: Path) -> Path:
        """Write to `path` from now on; return the path so far."""
        with self.lock:
            before = self.path
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.close(self._file)
            self.path, self._file = path, file
            self.size = os.fstat(file).st_size
            self.lines = 0
            return before

    def close(self) -> None:
        os.close(self._file)


def read(path: Path) -> Iterator[Record]:
    """Yield the changes in `path` in order, without a torn last one."""
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            try:
                yield json.loads(line)
            except ValueError:
                return
