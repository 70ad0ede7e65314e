import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.processes import cpu_of, memory_of, tree, watched

MB = 1024**2
# A process whose child holds 64 MB and says so.
_CHILD = "block = bytearray(b'x') * (64 * 2**20); print('ready', flush=True); input()"
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CHILD!r}])"


@contextmanager
def parent_of_a_large_child() -> Iterator[int]:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent:
        assert parent.stdout.readline() == "ready\n"
        yield parent.pid
        parent.stdin.write("\n")


def test_the_memory_of_a_tree_has_that_of_its_children() -> None:
    with parent_of_a_large_child() as pid:
        assert len(tree(pid)) == 2
        assert memory_of(pid) > 64 * MB


def test_the_peak_is_kept_when_the_memory_is_given_back() -> None:
    with watched(os.getpid(), every=0.01) as peak:
        block = bytearray(b"x") * (200 * MB)
        held = memory_of(os.getpid())
        while peak.size < held - 8 * MB:
            pass
        del block
    assert peak.size > 200 * MB
    assert memory_of(os.getpid()) < peak.size - 100 * MB


def test_the_cpu_of_a_tree_grows_with_its_work() -> None:
    before = cpu_of(os.getpid())
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    assert cpu_of(os.getpid()) - before >= 0.25


def test_a_process_that_has_ended_has_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert (tree(ended.pid), memory_of(ended.pid), cpu_of(ended.pid)) == ([], 0, 0.0)
