"""Our answers over loopback HTTP: requests of an Algolia client, our protocol and keys, in a thread of this process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import perf_counter
from typing import Any

import orjson

from benchmarks.search_catalogue import DEFINITION, FACETS
from tradewind.catalog.definition import IndexDefinition
from tradewind.config import Search
from tradewind.events.collecting.request import Request
from tradewind.keys import KeyRecord, key_hash
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex
from tradewind.search.serving import reads
from tradewind.search.serving.key_ring import KeyRing
from tradewind.search.serving.shop import NoTraces, SearchShop

MOST_PRICE = 60  # of the products that are asked for

_KEY = "0" * 32
_HEADERS = {"x-algolia-application-id": "BENCHMARK0", "x-algolia-api-key": _KEY}


class _OneIndex:
    """Indexes of which one is there, by any name."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        return self._index, DEFINITION


@contextmanager
def over_http(index: CatalogIndex, encoder: TextEncoder) -> Iterator[Callable[[str, str], bytes]]:
    """Give what asks a server for an answer over one connection that stays open; the server ends with the block."""
    server = HTTPServer(("127.0.0.1", 0), partial(_Door, _shop(index, encoder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = HTTPConnection("127.0.0.1", server.server_port)
    try:
        yield partial(_asked, connection)
    finally:
        connection.close()
        server.shutdown()
        server.server_close()


def _asked(connection: HTTPConnection, query: str, category: str) -> bytes:
    """Return the JSON of an answer. Raises: RuntimeError for a refusal."""
    filters = f'categories.lvl0:"{category}" AND price < {MOST_PRICE}'
    body = orjson.dumps({"query": query, "filters": filters, "facets": FACETS, "hitsPerPage": 20})
    connection.request("POST", "/1/indexes/products/query", body, _HEADERS)
    with connection.getresponse() as response:
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"our server answered {response.status}: {answer[:500]!r}")
    return answer


def _shop(index: CatalogIndex, encoder: TextEncoder) -> SearchShop:
    record = KeyRecord(key_hash=key_hash(_KEY), kind="search", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    keys = KeyRing(lambda asked: record if asked == record.key_hash else None, list, lifetime=timedelta(hours=1))
    return SearchShop(
        keys=keys,
        indexes=_OneIndex(index),
        encoder=lambda: encoder,
        traces=NoTraces(),
        limits=Search(),
        new_id=lambda: "0" * 32,
        clock=perf_counter,
    )


class _Door(BaseHTTPRequestHandler):
    """Hands requests to the function's own code."""

    protocol_version = "HTTP/1.1"  # the connection stays open
    wbufsize = -1  # status and headers leave together
    disable_nagle_algorithm = True  # and the body does not wait 40 ms for the client's word that it has them

    def __init__(self, shop: SearchShop, *given: Any) -> None:
        self._shop = shop
        super().__init__(*given)

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        request = Request(
            method="POST",
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers["content-length"])),
            address="127.0.0.1",
        )
        answer = reads.serve(request, self._shop, datetime.now(UTC))
        body = answer.body
        self.send_response(answer.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the table is the output."""
