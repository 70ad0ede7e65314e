"""A request to the collector, as an HTTP API hands it over (payload 2.0)."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked. Header names are in lower case."""

    method: str
    path: str
    query: str  # as it came, percent-encoded
    headers: Mapping[str, str]
    body: bytes
    address: str | None  # who sent it, as far as is known; a header of the caller's can say another
    connection: str | None = None  # the address that the gateway was called from, whatever headers say

    @property
    def origin(self) -> str | None:
        """The origin of the page whose script sent it; None where no page did."""
        return self.headers.get("origin") or None

    @property
    def caller(self) -> str | None:
        """The address that limits go by: that of the connection, where it is known."""
        return self.connection or self.address

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def protocol(self) -> str:
        """How the caller reached us. Only the local cloud listens on the loopback, and without TLS."""
        name = self.host.rpartition(":")[0] or self.host
        if name in _LOOPBACK or self.host in _LOOPBACK:
            return "http"
        return self.headers.get("x-forwarded-proto", "https").partition(",")[0].strip()


def request_of(event: Mapping[str, Any]) -> Request:
    """Return the request in a Lambda event of an HTTP API."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    forwarded = headers.get("x-forwarded-for", "").partition(",")[0].strip()
    return Request(
        method=http["method"].upper(),
        path=event["rawPath"],
        query=event.get("rawQueryString") or "",
        headers=headers,
        body=_bytes_of(event.get("body"), in_base64=bool(event.get("isBase64Encoded"))),
        address=forwarded or http.get("sourceIp"),
        connection=http.get("sourceIp"),
    )


def _bytes_of(body: str | None, *, in_base64: bool) -> bytes:
    if not body:
        return b""
    if not in_base64:
        return body.encode(errors="replace")
    try:
        return base64.b64decode(body)
    except binascii.Error:
        return body.encode(errors="replace")
