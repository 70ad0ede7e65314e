"""A real OpenSearch for tests: the one at OPENSEARCH_URL, else one that is started for the session.

One is started from the folder `opensearch` beside the real data, where that folder and a Java runtime are found.
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

import pytest

from local.free_ports import free_ports
from tests.real_data import shared_folder

_START_SECONDS = 120
_STOP_SECONDS = 30
_HEAP = "512m"


@contextmanager
def opensearch_server(folder: Path) -> Iterator[str]:
    """Give the address of a server; one that is started here keeps its files in `folder` and is stopped at the end.

    Skips the test, with what is missing, where there is none.
    """
    if url := os.environ.get("OPENSEARCH_URL"):
        yield url.rstrip("/")
        return
    start = shared_folder() / "opensearch" / "start"
    if not start.exists():
        pytest.skip(
            f"no OpenSearch: set OPENSEARCH_URL to one (2.19, k-NN plugin), or put its folder at {start.parent}"
        )
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip(
            "no OpenSearch: starting one needs Java 17 (Debian: openjdk-17-jre-headless); or set OPENSEARCH_URL"
        )
    (port,) = free_ports(1)
    command = [str(start), "--port", str(port), "--data", str(folder / "data"), "--heap", _HEAP]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, folder / "server.log")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    opener = build_opener(ProxyHandler({}))  # a proxy of the environment must not get loopback calls
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"OpenSearch ended with {server.returncode}: {log.read_text()[-2000:]}")
        try:
            with opener.open(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"OpenSearch did not answer within {_START_SECONDS} s: {log.read_text()[-2000:]}")
