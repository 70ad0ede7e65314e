"""Pages of a shop, opened in Chromium or jsdom: their origin is their own, so that all they send is cross-origin."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.clients.installed import HERE, need_chromium, need_node, run
from tests.clients.shopping import PHONE

_SECONDS = 60


def visit(page: str, job: Mapping[str, Any], *, engine: str = "chromium") -> Any:
    """Return the result of `pages/<page>.html` for a job. `engine`: chromium or jsdom.

    Raises: AssertionError with what the page said, where it fails or does not end.
    """
    need_node()
    drive: dict[str, Any] = {"seconds": _SECONDS}
    if engine == "chromium":
        drive["chromium"] = need_chromium()
        drive["userAgent"] = PHONE  # its own says HeadlessChrome, which is a bot
    with shop_pages(job) as origin:
        drive["url"] = f"{origin}/pages/{page}.html"
        answer = run(["node", str(HERE / f"{engine}.mjs")], drive)
    result = answer["result"]
    if isinstance(result, dict) and "error" in result:
        raise AssertionError(f"{page}: {result['error']}; the page said: {answer['told']}")
    return result


@contextmanager
def shop_pages(job: Mapping[str, Any]) -> Iterator[str]:
    """Give the origin that serves this folder, and `job` as /job.js, while the block runs."""
    handler = partial(_Pages, script=f"window.job = {json.dumps(job)}".encode(), directory=str(HERE))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Pages(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, script: bytes, **settings: Any) -> None:
        self._script = script
        super().__init__(*arguments, **settings)  # which answers the request

    def do_GET(self) -> None:
        if self.path != "/job.js":
            return super().do_GET()
        self.send_response(200)
        self.send_header("content-type", "text/javascript; charset=utf-8")
        self.send_header("content-length", str(len(self._script)))
        self.end_headers()
        self.wfile.write(self._script)
        return None

    def log_message(self, format: str, *arguments: object) -> None:
        pass
