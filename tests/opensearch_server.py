"""A real OpenSearch for tests: the one at OPENSEARCH_URL, else one that is started for the session.

One is started from the folder `opensearch` beside the real data, where that folder and a Java runtime are found.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import opensearch_server as servers
from tests.real_data import not_shared, shared_folder

_HEAP = "512m"


@contextmanager
def opensearch_server(folder: Path) -> Iterator[str]:
    """Give the address of a server; one that is started here keeps its files in `folder` and is stopped at the end.

    Skips the test, with what is missing, where there is none; where CI=true and the shared folder is there, fails it.
    """
    with servers.opensearch_server(_engines(), folder, heap=_HEAP) as url:
        yield url


def _engines() -> Path:
    """Return the folder of engines, where a server can be had."""
    try:
        servers.check(shared_folder())
    except servers.NoServer as none:
        not_shared(f"no OpenSearch: {none}")
    return shared_folder()
