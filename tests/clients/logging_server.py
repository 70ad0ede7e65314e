"""A server that keeps what it is sent: the bytes that real clients write are read here.

It answers as the collector does for good events; the first answers to events can be others, to see a client try again.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tradewind.protocols.cors import ALLOWED_HEADERS, ALLOWED_METHODS

_SOURCE = {"id": "x", "name": "web", "config": {}, "enabled": True, "workspaceId": "w", "destinations": []}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; header names are lower case, the body is unchunked and nothing else."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class LoggingServer:
    """A server on a free loopback port while the block runs; `requests` holds what came, oldest first.

    `answers`: the status codes of the first answers to posts of events, before they become 200.
    """

    def __init__(self, answers: Iterable[int] = ()) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def events(self) -> list[Request]:
        """The requests that carry events: no preflights, no settings."""
        return [each for each in self.requests if each.method == "POST" or each.path.startswith("/pixel/")]

    def __enter__(self) -> "LoggingServer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> tuple[int, dict[str, Any]]:
        """Keep the request and return the status and body of its answer."""
        with self._lock:
            self.requests.append(request)
            if request.method == "GET" and request.path.endswith("/settings"):
                return 200, self._settings(request.path.split("/")[-2])
            if request.method == "GET" and request.path.startswith("/sourceConfig"):
                return 200, {"source": _SOURCE}
            if request.method == "POST" and self._answers:
                status = self._answers.pop(0)
                return status, {"success": False, "code": "unavailable", "message": "not now"}
            return 200, {"success": True}

    def _settings(self, write_key: str) -> dict[str, Any]:
        host = self.origin.removeprefix("http://")
        segment = {"apiKey": write_key, "apiHost": f"{host}/v1", "protocol": "http"}
        plan = {"track": {"__default": {"enabled": True, "integrations": {}}}}
        return {"integrations": {"Segment.io": segment}, "plan": plan}


def _handler(log: LoggingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def do_OPTIONS(self) -> None:
            self._take()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def _take(self) -> None:
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = log.answer(Request(self.command, address.path, address.query, headers, self._body(headers)))
            content = b"" if self.command == "OPTIONS" else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.send_header("access-control-allow-origin", headers.get("origin", "*"))
            self.send_header("access-control-allow-credentials", "true")
            self.send_header("access-control-allow-methods", ", ".join(ALLOWED_METHODS))
            self.send_header("access-control-allow-headers", ", ".join(ALLOWED_HEADERS))
            self.end_headers()
            self.wfile.write(content)

        def _body(self, headers: dict[str, str]) -> bytes:
            if headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(headers.get("content-length", 0)))
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

    return Handler
