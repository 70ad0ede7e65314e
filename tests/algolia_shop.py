"""A shop that Algolia's clients can talk to: indexes in memory, everything else as it is deployed.

`AlgoliaShop.ask` carries out one request; `served` puts it behind a port of the loopback, for the clients as they come.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.algolia_catalog import IndexOf, MemoryCatalog
from tests.search.oracle_index import OracleIndex
from tradewind.config import Search
from tradewind.errors import Unavailable
from tradewind.events.collecting.request import Request
from tradewind.key_rights import Rights
from tradewind.keys import KeyChanged, KeyRecord, Kind, kept_text, key_hash
from tradewind.protocols.algolia.answers import Answer
from tradewind.search.encoder import TextEncoder
from tradewind.search.serving import edits, reads
from tradewind.search.serving.key_ring import KeyRing
from tradewind.search.serving.shop import EditingShop, SearchShop
from tradewind.search.tracing import Searched

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
APP_ID = "TRADEWIND1"
SEARCH_KEY = "5ea5c4" + "0" * 26
ADMIN_KEY = "ad3143" + "0" * 26
WRITE_KEY = "3419e3" + "0" * 26


@dataclass(slots=True)
class MemoryKeys:
    """The keys of a deployment without a table."""

    records: dict[str, KeyRecord] = field(default_factory=dict)
    looked_up: int = 0

    def list(self) -> Sequence[KeyRecord]:
        return sorted(self.records.values(), key=lambda record: (record.created_at, record.key_hash))

    def signing(self) -> Sequence[KeyRecord]:
        return [record for record in self.list() if record.plain]

    def record(self, key_hash: str) -> KeyRecord | None:
        self.looked_up += 1
        return self.records.get(key_hash)

    def add(self, record: KeyRecord) -> bool:
        return self.records.setdefault(record.key_hash, record) is record

    def change(self, record: KeyRecord, changed: KeyRecord) -> None:
        if self.records.get(record.key_hash) != record:
            raise KeyChanged(record.key_hash)
        self.records[record.key_hash] = changed

    def make(self, plain: str, kind: Kind, *, rights: Rights | None = None, **more: Any) -> KeyRecord:
        record = KeyRecord(
            key_hash=key_hash(plain),
            kind=kind,
            created_at=NOW - timedelta(days=1),
            app_id=APP_ID,
            custom=rights,
            plain=kept_text(plain, kind, rights),
            **more,
        )
        self.records[record.key_hash] = record
        return record


@dataclass(slots=True)
class MemoryCounts:
    """Counters of queries; `fails`: they cannot be reached."""

    counted: Counter[str] = field(default_factory=Counter)
    fails: bool = False

    def take(self, counter: str, queries: int, now: datetime) -> int:
        if self.fails:
            raise Unavailable("counts")
        self.counted[counter] += queries
        return self.counted[counter]


@dataclass(slots=True)
class Noted:
    """Traces that a test looks at."""

    searches: list[Searched] = field(default_factory=list)

    def put(self, searches: Any, now: datetime) -> int:
        self.searches += searches
        return len(self.searches)


class AlgoliaShop:
    """Requests in, answers out; `now` stands until a test moves it."""

    def __init__(
        self, *, encoder: TextEncoder | None = None, limits: Search | None = None, index_of: IndexOf = OracleIndex
    ) -> None:
        self.catalog = MemoryCatalog(encoder=encoder, index_of=index_of)
        self.keys = MemoryKeys()
        self.counts = MemoryCounts()
        self.traces = Noted()
        self.requests: list[Request] = []  # as they came, oldest first
        self.now = NOW
        self.limits = limits or Search()
        self._numbers = count(1)
        self._encoder = encoder
        self._lock = threading.Lock()
        self.ring = KeyRing(self.keys.record, self.keys.signing, lifetime=timedelta(seconds=30))
        for plain, kind in ((SEARCH_KEY, "search"), (ADMIN_KEY, "admin"), (WRITE_KEY, "write")):
            self.keys.make(plain, kind)  # type: ignore[arg-type]

    def answered(self, request: Request) -> Answer:
        """Return the answer of whichever of the two functions the API would call."""
        with self._lock:
            self.requests.append(request)
            if reads.takes(request):
                return reads.serve(request, self._reading(), self.now)
            return edits.serve(request, self._editing(), self.now)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = ADMIN_KEY,
        app_id: str = APP_ID,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        connection: str | None = None,
    ) -> tuple[int, Any]:
        """Return status and content of the answer to a body (JSON made of it, unless bytes or text)."""
        answer = self.raw(
            method, path, body, key=key, app_id=app_id, query=query, headers=headers, connection=connection
        )
        return answer.status, json.loads(answer.body) if answer.body else None

    def raw(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = ADMIN_KEY,
        app_id: str = APP_ID,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        connection: str | None = None,
    ) -> Answer:
        who = {"x-algolia-api-key": key, "x-algolia-application-id": app_id}
        sent = (
            b"" if body is None else body if isinstance(body, bytes) else _text(body).encode("utf-8", "surrogatepass")
        )
        return self.answered(
            Request(
                method=method,
                path=path,
                query=query,
                headers={name: value for name, value in {**who, **(headers or {})}.items() if value},
                body=sent,
                address="198.51.100.23",
                connection=connection,
            )
        )

    def fill(self, index: str, records: Sequence[Mapping[str, Any]], **settings: Any) -> None:
        """Put records and settings into an index."""
        if settings:
            assert self.ask("PUT", f"/1/indexes/{index}/settings", settings)[0] == 200
        requests = [{"action": "addObject", "body": record} for record in records]
        status, answer = self.ask("POST", f"/1/indexes/{index}/batch", {"requests": requests})
        assert status == 200, answer

    def search(self, index: str, query: str = "", **parameters: Any) -> dict[str, Any]:
        """Return the answer to one query with the search key."""
        key = parameters.pop("key", SEARCH_KEY)
        status, answer = self.ask("POST", f"/1/indexes/{index}/query", {"query": query, **parameters}, key=key)
        assert status == 200, answer
        return dict(answer)

    def ids(self, index: str, query: str = "", **parameters: Any) -> list[str]:
        return [hit["objectID"] for hit in self.search(index, query, **parameters)["hits"]]

    def with_limits(self, **limits: Any) -> None:
        self.limits = replace(self.limits, **limits)

    def _reading(self) -> SearchShop:
        return SearchShop(
            keys=self.ring,
            indexes=self.catalog,
            encoder=lambda: self._encoder,
            traces=self.traces,
            limits=self.limits,
            new_id=lambda: f"{next(self._numbers):032x}",
            clock=lambda: 0.0,
            counts=self.counts,
        )

    def _editing(self) -> EditingShop:
        return EditingShop(
            keys=self.ring,
            key_records=self.keys,
            catalog=self.catalog,
            limits=self.limits,
            new_id=lambda: f"made-{next(self._numbers)}",
            new_key=lambda: f"{next(self._numbers):032x}",
        )


@contextmanager
def served(shop: AlgoliaShop) -> Iterator[str]:
    """Give the origin of a server that answers as the shop's API does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(shop.answered))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _handler(answered: Callable[[Request], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = answered(
                Request(
                    method=self.command,
                    path=address.path,
                    query=address.query,
                    headers=headers,
                    body=self._body(headers),
                    address=self.client_address[0],
                )
            )
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = _take  # noqa: N815 (the base class asks for these)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def _body(self, headers: Mapping[str, str]) -> bytes:
            if headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(headers.get("content-length", 0)))
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

    return Handler


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)
