"""CPU and memory of a process with all that it started."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

MEMORY_KIND = "PSS" if Path("/proc/self/smaps_rollup").exists() else "RSS"
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(slots=True)
class Peak:
    """The most memory that was seen, bytes, and how often it was looked at."""

    size: int = 0
    samples: int = 0

    def add(self, size: int) -> None:
        self.size = max(self.size, size)
        self.samples += 1


def tree(pid: int) -> list[psutil.Process]:
    """Return process `pid` and its descendants; none if it has ended."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory_of(pid: int) -> int:
    """Return the memory of a process tree, bytes: proportional (PSS, shared pages counted once) on Linux, else RSS."""
    return sum(_memory(process) for process in tree(pid))


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process tree so far, with the children that it has waited for."""
    total = 0.0
    for process in tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def watched(pid: int, *, every: float = 0.1) -> Iterator[Peak]:
    """Give the peak memory of a process tree while the block runs, looked at each `every` seconds and at both ends."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(every):
            peak.add(memory_of(pid))

    peak.add(memory_of(pid))
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
        peak.add(memory_of(pid))


def _memory(process: psutil.Process) -> int:
    try:
        if MEMORY_KIND == "RSS":
            return int(process.memory_info().rss)
        found = _PSS.search(Path(f"/proc/{process.pid}/smaps_rollup").read_text())
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return 0  # it ended between the listing and the look
    return int(found[1]) * 1024 if found else 0
