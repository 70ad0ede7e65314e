"""A collector that answers what a test tells it to, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SUCCESS = (200, {"success": True})


@dataclass(slots=True)
class CollectorStub:
    """What was posted, and the answers to come: (status, body) or (status, body, headers); after them success."""

    url: str = ""
    posted: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)  # path, headers, body
    answers: list[tuple[Any, ...]] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.posted]


@contextmanager
def collector_stub() -> Iterator[CollectorStub]:
    """Give a collector on a free port of loopback."""
    stub = CollectorStub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.posted.append((self.path, dict(self.headers), body))
            stub.connections.add(self.client_address)
            status, told, *headers = stub.answers.pop(0) if stub.answers else SUCCESS
            text = json.dumps(told).encode()
            self.send_response(status)
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            if status == 0:  # hang up without an answer
                self.close_connection = True
                return
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
