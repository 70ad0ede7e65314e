"""What of a request a function behind the shop's HTTP API is told: payload format 2.0, as on AWS.

ministack 1.5.33 reads a compressed JSON body as text and destroys it, keeps one of several headers of a name, knows no
cookies, and tells every caller's address as 127.0.0.1.
"""

import base64
import contextvars
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import apigateway

MAX_BODY = 10 * 1024**2  # bytes; HTTP APIs take no more
_INVOCATION = "ministack-apigw-invoke"  # how ministack names the thread of a function's call


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request; header names in lower case, several of one name joined by commas, cookies apart."""

    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    address: str
    body: bytes

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]], client: tuple[str, int] | None, body: bytes) -> "Arrived":
        joined: dict[str, str] = {}
        cookies: list[str] = []
        for raw_name, raw_value in headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            if name == "cookie":
                cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
            else:
                joined[name] = f"{joined[name]},{value}" if name in joined else value
        address = client[0] if client else "127.0.0.1"
        before = joined.get("x-forwarded-for")
        joined["x-forwarded-for"] = f"{before}, {address}" if before else address
        return cls(joined, tuple(cookies), address, body)

    @property
    def is_text(self) -> bool:
        """Whether the body goes to the function as text; anything else goes as base64."""
        if self.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            return False
        if not apigateway._v2_request_body_is_text(self.headers.get("content-type")):
            return False
        try:
            self.body.decode()
        except UnicodeDecodeError:
            return False
        return True

    def amend(self, event: dict[str, Any]) -> None:
        """Put right what ministack has told of this request in `event`."""
        http = event["requestContext"]["http"]
        http["sourceIp"] = self.address
        event["requestContext"]["domainName"] = self.headers.get("host", "").partition(":")[0]
        if self.cookies:
            event["cookies"] = list(self.cookies)
        if self.body and not self.is_text:
            event["body"], event["isBase64Encoded"] = base64.b64encode(self.body).decode(), True


# The request that is being answered: ministack makes the event out of its own reading of it.
arrived: contextvars.ContextVar[Arrived | None] = contextvars.ContextVar("arrived", default=None)


def install() -> None:
    """Amend the event of every call before it is made."""
    run = apigateway.run_reentrant

    async def amend_and_run(function: Any, *arguments: Any, thread_name: str = "") -> Any:
        request = arrived.get()
        if thread_name == _INVOCATION and request is not None:
            request.amend(arguments[1])
        return await run(function, *arguments, thread_name=thread_name)

    apigateway.run_reentrant = amend_and_run
