"""Records what the clients write again: `.venv/bin/python -m tests.clients.record [client ...]`, into tests/wire/.

Each file is one request: {client, version, case, method, path, query, headers, body_base64}. The write key is the text
WRITE_KEY; headers that say nothing to a collector are left out. Ids and times differ from recording to recording.
"""

import gzip
import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.clients.browser import visit
from tests.clients.busy_hour import busy_hour
from tests.clients.installed import NODE_CLIENTS, PYTHON_CLIENTS, need_node, play, version_of
from tests.clients.logging_server import LoggingServer, Request
from tests.clients.shopping import shopping

WIRE = Path(__file__).resolve().parent.parent / "wire"
WRITE_KEY = "WRITE_KEY"
BROWSER_CLIENTS = ("segment-browser", "rudder-browser")
BUSY_HOUR = WIRE / "analytics-node-batch-100.json.gz"

# Hosts and lengths differ from run to run; what a browser says of itself beside its name matters to nobody.
LEFT_OUT = {"host", "content-length", "connection", "accept-encoding", "accept-language", "pragma", "cache-control"}
LEFT_OUT |= {"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "priority"}

FIRST_TRACKED = b'"Products Searched"'  # of `shopping`

Cases = Iterator[tuple[str, Request]]  # case, request


def cases_of_server(client: str) -> Cases:
    """Yield what a client for servers sends: a batch, one packed (or not), one tried again."""
    for number, request in enumerate(_played(client, shopping("visit"))):
        # RudderStack's sends its first event alone.
        yield "first" if client == "rudder-node" and number == 0 else "batch", request
    packs = {"gzip": client == "segment-python"}  # Segment's may, RudderStack's do; analytics-node cannot
    if client != "segment-node":
        yield "gzip" if packs["gzip"] else "plain", _played(client, shopping("visit")[:2], options=packs)[-1]
    yield "retry", _played(client, shopping("visit")[:1], answers=[503])[-1]


def cases_of_browser(client: str) -> Cases:
    """Yield what a client for browsers sends from a page in Chromium."""
    yield from _named(_visited(client, shopping("visit")))
    yield "retry", _visited(client, shopping("visit")[:1], answers=[503], options={"retries": 1})[-1]
    if client == "segment-browser":
        yield "batch", _visited(client, shopping("visit"), options={"batching": True})[-1]
    else:
        yield "batch", _visited(client, shopping("visit"), options={"batch": True})[-1]
        yield "beacon", _visited(client, shopping("visit"), options={"beacon": True})[-1]


def _visited(
    client: str, calls: list[dict[str, Any]], *, options: dict[str, Any] | None = None, answers: list[int] | None = None
) -> list[Request]:
    with LoggingServer(answers or []) as server:
        told = visit(client, {"origin": server.origin, "writeKey": WRITE_KEY, "calls": calls, "options": options or {}})
        if told["failed"]:
            raise SystemExit(f"error: {client}: {told['failed']}")
        return server.requests


def _named(requests: list[Request]) -> Cases:
    """Yield one request of each path: preflight, start-up, one for each kind of event; of tracked events the first of
    the visit, which others may overtake on their way."""
    seen = set()
    for request in sorted(requests, key=lambda each: FIRST_TRACKED not in each.body):
        case = _case_of(request)
        if case not in seen:
            seen.add(case)
            yield case, request


def _case_of(request: Request) -> str:
    if request.method == "OPTIONS":
        return "preflight"
    if request.path.endswith("/settings"):
        return "settings"
    if request.path.startswith("/sourceConfig"):
        return "source-config"
    return request.path.rsplit("/", 1)[-1]


def _played(
    client: str, calls: list[dict[str, Any]], *, options: dict[str, Any] | None = None, answers: list[int] | None = None
) -> list[Request]:
    with LoggingServer(answers or []) as server:
        job = {"origin": server.origin, "writeKey": WRITE_KEY, "calls": calls, "options": options or {}}
        told = play(client, job)
        if told["failed"]:
            raise SystemExit(f"error: {client}: {told['failed']}")
        return server.events


def write(client: str, case: str, request: Request) -> None:
    record = {
        "client": client,
        "version": version_of(client),
        "case": case,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": {name: value for name, value in sorted(request.headers.items()) if name not in LEFT_OUT},
        "body_base64": b64encode(request.body).decode(),
    }
    path = WIRE / f"{client}-{case}.json"
    path.write_text(json.dumps(record, indent=2) + "\n")
    print(f"{path.name}: {request.method} {request.path} {len(request.body)} bytes")


def write_busy_hour() -> None:
    """Write the body of one batch of 100 events that analytics-node sent, packed."""
    (request,) = _played("segment-node", busy_hour())
    count = len(json.loads(request.body)["batch"])
    # mtime=0: the same bytes for the same events.
    BUSY_HOUR.write_bytes(gzip.compress(request.body, 9, mtime=0))
    print(f"{BUSY_HOUR.name}: {count} events, {len(request.body) / count:.0f} bytes each")


def main(clients: list[str]) -> None:
    need_node()
    WIRE.mkdir(exist_ok=True)
    for client in clients or [*PYTHON_CLIENTS, *NODE_CLIENTS, *BROWSER_CLIENTS]:
        cases = cases_of_browser if client in BROWSER_CLIENTS else cases_of_server
        for case, request in cases(client):
            write(client, case, request)
    write_busy_hour()


if __name__ == "__main__":
    main(sys.argv[1:])
