"""One request on its way to a verb: matched, unpacked, admitted."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from tradewind.errors import InputError
from tradewind.protocols.algolia.errors import Refused
from tradewind.protocols.algolia.routes import Match
from tradewind.search.serving.access import Caller

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_PACKED: Final = (b"\x1f\x8b",)
_YES: Final = ("true", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    match: Match
    query: Mapping[str, str]  # of the address, without credentials
    body: bytes  # unpacked
    content: Any  # the body's JSON; {} for an empty one
    caller: Caller
    now: datetime
    user_agent: str | None = None  # of a shopper's browser
    country: str | None = None  # of a shopper's connection

    @property
    def index(self) -> str:
        return self.match.index

    @property
    def name(self) -> str:
        """What the path names beside the index: an objectID, a facet, a task, a key."""
        return self.match.name

    def fields(self) -> Mapping[str, Any]:
        """Return the body's object. Raises: InputError for JSON of another kind."""
        if not isinstance(self.content, dict):
            raise InputError("body", _shown(self.content), "must be a JSON object")
        return self.content

    def listed(self, what: str) -> list[Mapping[str, Any]]:
        """Return the body's list of objects. Raises: InputError."""
        content = self.content
        if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
            raise InputError("body", _shown(content), f"must be a JSON list of {what}")
        return content

    def requests(self) -> list[Mapping[str, Any]]:
        """Return the list `requests` of the body. Raises: InputError."""
        found = self.content if isinstance(self.content, list) else self.fields().get("requests")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise InputError("requests", _shown(found), 'must be a list of objects: {"requests":[{"indexName":...}]}')
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a yes or no of the address."""
        value = self.query.get(name)
        return default if value is None else value.lower() in _YES


def unpacked_body(body: bytes, *, encoding: str, limit: int) -> bytes:
    """Return the body without its compression, unpacked no further than `limit` bytes.

    Raises: Refused (413, 400) for a larger or a damaged one.
    """
    if encoding in ("gzip", "x-gzip", "deflate") or body.startswith(_PACKED):
        unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            body = unpacking.decompress(body, limit + 1)
        except zlib.error as error:
            raise Refused(400, "body: its gzip data is damaged; send it again") from error
        if not unpacking.eof and len(body) <= limit:
            raise Refused(400, "body: its gzip data ends early; send it again")
    if len(body) > limit:
        raise Refused(413, f"body: is larger than {limit} bytes; send smaller batches")
    return body.removeprefix(b"\xef\xbb\xbf")


def json_of(body: bytes) -> Any:
    """Return a body's JSON, {} of an empty one. Raises: InputError."""
    if not body.strip():
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError("body", _shown(body[:60].decode(errors="replace")), f"is not JSON: {error}") from error


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
