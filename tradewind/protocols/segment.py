"""The Segment HTTP Tracking API as clients speak it, and what RudderStack's add: paths, bodies, start-up answers.

Shapes only; whether an event is any good is said in `tradewind.events.collecting.validation`.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, unquote

import msgspec

from tradewind.events.event import NO_OBJECT

Kind = Literal[
    "event",
    "batch",
    "pixel",
    "metrics",
    "settings",
    "source_config",
    "insights",
    "ubi_events",
    "ubi_queries",
    "user_token",
]

TYPES: Final = ("track", "identify", "page", "screen", "group", "alias")
_LETTERS: Final = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a path takes. `type` is the type of its event where the path says it."""

    kind: Kind
    methods: tuple[str, ...] = ("POST",)
    type: str | None = None
    too_large_status: int = 400
    of_search: bool = False  # takes what came of a search, in the words of a search protocol
    by_browser: bool = False  # sent by the browser itself, so that the request's User-Agent is the shopper's


def _routes() -> dict[str, Route]:
    # `merge` is RudderStack's; its events are refused by name.
    events = {f"/v1/{name}": Route(kind="event", type=name) for name in (*TYPES, "merge")}
    letters = {f"/v1/{letter}": Route(kind="event", type=name) for letter, name in _LETTERS.items()}
    pixel = {
        f"{folder}/{name}": Route(
            kind="pixel", methods=("GET", "POST"), type=name, too_large_status=413, by_browser=True
        )
        for folder in ("/pixel/v1", "/v1/pixel")  # RudderStack's, Segment's
        for name in TYPES
    }
    return {
        **events,
        **letters,
        **pixel,
        "/v1/batch": Route(kind="batch"),
        "/v1/b": Route(kind="batch"),
        "/v1/import": Route(kind="batch", too_large_status=413),
        "/beacon/v1/batch": Route(kind="batch", too_large_status=413, by_browser=True),
        "/v1/m": Route(kind="metrics"),
        "/sourceConfig": Route(kind="source_config", methods=("GET",)),
    }


ROUTES: Final = _routes()
_SETTINGS: Final = Route(kind="settings", methods=("GET",))
_SETTINGS_PATH: Final = re.compile(r"/v1/projects/(?P<key>[^/]+)/settings")
# Clients that want two names for one origin put one of these before each path.
_SECOND_NAME: Final = re.compile(r"/s[12](?=/)")


def route_of(path: str) -> Route | None:
    """Return what the path takes, None for an unknown one."""
    path = plain(path)
    return ROUTES.get(path) or (_SETTINGS if _SETTINGS_PATH.fullmatch(path) else None)


def key_in_path(path: str) -> str | None:
    """Return the write key of a settings path."""
    found = _SETTINGS_PATH.fullmatch(plain(path))
    return unquote(found["key"]) if found else None


def plain(path: str) -> str:
    """Return the path without the second name of the origin and a slash at its end."""
    return _SECOND_NAME.sub("", path, count=1).rstrip("/")


NULL: Final = msgspec.Raw(b"null")


class Sent(msgspec.Struct, rename="camel", gc=False):
    """One event as a client sends it. Unknown fields are ignored; `object` is what is judged later, or not at all.

    In the order in which clients send most of them, which is the fastest to decode.
    """

    timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    event: str | None = None
    type: str | None = None
    properties: msgspec.Raw = NO_OBJECT
    context: msgspec.Raw = NO_OBJECT
    user_id: str | None = None
    anonymous_id: str | None = None
    message_id: str | None = None
    name: str | None = None
    traits: msgspec.Raw = NO_OBJECT
    previous_id: str | None = None
    group_id: str | None = None
    sent_at: object = None
    original_timestamp: object = None


class Batch(msgspec.Struct, rename="camel"):
    """Many events as a client sends them. Its `integrations` name other vendors and are not kept."""

    batch: list[msgspec.Raw]
    write_key: object = None
    sent_at: object = None
    context: msgspec.Raw = NO_OBJECT


class Where(msgspec.Struct, gc=False):
    """What a context says of where the shopper is."""

    ip: object = None
    device: msgspec.Raw = NULL
    direct: object = None  # true: the connection is the shopper's


class Named(msgspec.Struct, rename="camel"):
    """What is asked of an event before, or instead of, looking at all of it."""

    write_key: object = None
    message_id: object = None
    sent_at: object = None


WHERE: Final = msgspec.json.Decoder(Where)
SENT: Final = msgspec.json.Decoder(Sent)
BATCH: Final = msgspec.json.Decoder(Batch)
ONE: Final = msgspec.json.Decoder(msgspec.Raw)
NAMED: Final = msgspec.json.Decoder(Named)


def basic_user(authorization: str) -> str | None:
    """Return the user name of Basic credentials, which is where clients put the write key."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[0] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def query_of(raw: str) -> list[tuple[str, str]]:
    """Return the names and values of a query string, in its order; values may be empty."""
    return parse_qsl(raw, keep_blank_values=True)


def value_in(query: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return the first value of `name`, whose case does not matter."""
    return next((value for key, value in query if key.lower() == name.lower() and value), None)


def pixel_body(query: Iterable[tuple[str, str]], *, max_depth: int) -> bytes:
    """Return the event of a pixel's query as JSON.

    `data` holds it whole, in base64 (Segment); else each name is a path with dots: `properties.price=9.99` becomes
    {"properties": {"price": "9.99"}}. A path of more than `max_depth` levels keeps one too many, so that it is noticed.
    """
    query = list(query)
    whole = value_in(query, "data")
    if whole is not None:
        return base64.urlsafe_b64decode(whole.replace("+", "-").replace("/", "_") + "=" * (-len(whole) % 4))
    event: dict[str, Any] = {}
    for name, value in query:
        *parents, last = name.split(".", max_depth + 1)
        inner = event
        for parent in parents:
            below = inner.get(parent)
            if not isinstance(below, dict):
                below = inner[parent] = {}
            inner = below
        inner[last] = value
    return msgspec.json.encode(event)


def settings(write_key: str, *, host: str, protocol: str) -> dict[str, Any]:
    """Return what analytics-next asks for when it starts; a second integration would load its vendor's code."""
    integration = {"apiKey": write_key, "apiHost": f"{host}/v1", "protocol": protocol}
    plan = {"track": {"__default": {"enabled": True, "integrations": {}}}}
    return {"integrations": {"Segment.io": integration}, "plan": plan}


def source_config(source_id: str, *, name: str) -> dict[str, Any]:
    """Return what RudderStack's JavaScript client asks for when it starts: a source without destinations."""
    return {
        "source": {
            "id": source_id,
            "name": name,
            "config": {},
            "enabled": True,
            "workspaceId": "tradewind",
            "destinations": [],
        }
    }
