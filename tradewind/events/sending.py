"""Posting events to a collector: one connection, kept open; what could not be taken now is sent again."""

import base64
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tradewind.errors import InputError, NotRunning

_TIMEOUT = 30  # seconds; API Gateway answers within 29
_PATIENCE: Final = 120.0  # seconds that one body is tried for
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_AGAIN = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that the collector refused; `index` is its place in the request."""

    index: int
    message_id: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a collector said. `rejected` names events; a request that was refused whole has code and message."""

    status: int
    rejected: tuple[Rejected, ...] = ()
    code: str = ""
    message: str = ""

    @property
    def accepted(self) -> bool:
        """Return whether every event of the request was accepted."""
        return self.status == http.client.OK and not self.rejected


class Collector:
    """The collector of an API, for one write key. Raises NotRunning where nothing answers for two minutes."""

    def __init__(self, api_url: str, write_key: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(api_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError("API address", repr(api_url), "give http:// or https:// and a host")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._url = api_url
        self._path = parts.path.rstrip("/")
        self._connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT)
        basic = base64.b64encode(f"{write_key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self._sleep = sleep

    def post(self, path: str, body: bytes) -> Answer:
        """Return the answer to `body`. An event sent again by this has its message id, so it counts once."""
        waited, pause = 0.0, _FIRST_PAUSE
        while True:
            answer, asked = self._try(path, body)
            if answer is not None and answer.status not in _AGAIN:
                return answer
            wait = max(pause, asked)
            if waited + wait > _PATIENCE:
                if answer is not None:
                    return answer
                raise NotRunning(f"the collector does not answer at {self._url}: start it (locally with `make up`)")
            self._sleep(wait)
            waited += wait
            pause = min(2 * pause, _LONGEST_PAUSE)

    def close(self) -> None:
        self._connection.close()

    def _try(self, path: str, body: bytes) -> tuple[Answer | None, float]:
        """Return the answer (None for no answer) and the seconds that it asks to wait."""
        try:
            self._connection.request("POST", self._path + path, body, self._headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            # Also an idle connection that the other side closed; the next request opens another.
            self._connection.close()
            return None, 0.0
        asked = response.headers.get("Retry-After", "")
        return _answer(response.status, text), float(asked) if asked.isdecimal() else 0.0


def _answer(status: int, text: bytes) -> Answer:
    try:
        told = json.loads(text)
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    rejected = tuple(
        Rejected(int(each["index"]), each.get("messageId"), str(each.get("code")), str(each.get("message")))
        for each in told.get("rejected") or ()
    )
    message = told.get("message") or http.client.responses.get(status, "")
    return Answer(status, rejected, str(told.get("code") or status), str(message))
