"""A real OpenSearch: the one at OPENSEARCH_URL, else one that is started for as long as it is needed.

One is started from `opensearch/start` in a folder of real engines, which needs Java 17.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from local.free_ports import free_ports

_START_SECONDS = 120
_STOP_SECONDS = 30


class NoServer(Exception):
    """There is no OpenSearch to ask; the text says what is missing."""


class BrokenServer(Exception):
    """A server was started and does not answer; the text has the end of its log."""


def check(engines: Path) -> None:
    """Raises: NoServer where there is none and none can be started."""
    if os.environ.get("OPENSEARCH_URL"):
        return
    start = _start(engines)
    if not start.exists():
        raise NoServer(f"set OPENSEARCH_URL to one (2.19, k-NN plugin), or put its folder at {start.parent}")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise NoServer("starting one needs Java 17 (Debian: openjdk-17-jre-headless); or set OPENSEARCH_URL")


@contextmanager
def opensearch_server(engines: Path, folder: Path, *, heap: str) -> Iterator[str]:
    """Give the address of a server. One that is started here keeps its files in `folder` and ends with the block.

    Raises: NoServer, BrokenServer.
    """
    check(engines)
    if url := os.environ.get("OPENSEARCH_URL"):
        yield url.rstrip("/")
        return
    (port,) = free_ports(1)
    log = folder / "server.log"
    with log.open("w") as output:
        command = [str(_start(engines)), "--port", str(port), "--data", str(folder / "data"), "--heap", heap]
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _start(engines: Path) -> Path:
    return engines / "opensearch" / "start"


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    opener = build_opener(ProxyHandler({}))  # a proxy of the environment must not get loopback calls
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise BrokenServer(f"OpenSearch ended with {server.returncode}: {log.read_text()[-2000:]}")
        try:
            with opener.open(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise BrokenServer(f"OpenSearch did not answer within {_START_SECONDS} s: {log.read_text()[-2000:]}")
