"""Algolia's Insights events as clients send them, checked by its rules and translated to ours.

https://www.algolia.com/doc/rest-api/insights. What is sent stays in `properties`; what our events name themselves
(product, position, query, price) gets their names.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import unquote

import msgspec

from tradewind.events.collecting.fields import Wrong
from tradewind.events.collecting.refusals import shortened, shown
from tradewind.events.enrichment.interactions import interaction_of

EventType = Literal["click", "view", "conversion"]

KEY_NAME: Final = "x-algolia-api-key"  # of the header, or in the query; the case does not matter
PATH: Final = "/1/events"
TOKENS_PATH: Final = re.compile(r"/1/usertokens/(?P<token>[^/]+)")
MAX_EVENTS: Final = 1000
MAX_BODY: Final = 2 * 1024**2
OLDEST: Final = timedelta(days=30)
MOST_OBJECTS: Final = 20

# What InstantSearch says of itself: no interaction.
_LIBRARY: Final = "instantsearch"
_TYPES: Final = ("click", "view", "conversion")
_SUBTYPES: Final[Mapping[str, str]] = {"addToCart": "Product Added", "purchase": "Order Completed"}
_EVENT_NAME: Final = re.compile(r"[\x20-\x7e]{1,64}")
_USER_TOKEN: Final = re.compile(r"[a-zA-Z0-9_=/+-]{1,129}")
_QUERY_ID: Final = re.compile(r"[0-9a-fA-F]{32}|message_[\x21-\x7e]{1,92}")
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
# "Product Detail Page Viewed", "PDP Viewed": a product's own page, and not a list of them.
_OWN_PAGE: Final = re.compile(r"(?:product|details?|pdp)(?: page)? viewed", re.IGNORECASE)


class Events(msgspec.Struct):
    """The body."""

    events: list[msgspec.Raw]


class InsightsEvent(msgspec.Struct, rename="camel"):
    """One event as it is sent; each field is judged by itself."""

    event_type: Any = None
    event_subtype: Any = None
    event_name: Any = None
    index: Any = None
    user_token: Any = None
    authenticated_user_token: Any = None
    timestamp: Any = None
    object_ids: Any = msgspec.field(default=None, name="objectIDs")
    filters: Any = None
    query_id: Any = msgspec.field(default=None, name="queryID")
    positions: Any = None
    object_data: Any = None
    value: Any = None
    currency: Any = None
    algolia_source: Any = None


BODY: Final = msgspec.json.Decoder(Events)
_EVENT: Final = msgspec.json.Decoder(InsightsEvent)


def token_in_path(path: str) -> str | None:
    """Return the user token of a path that asks to forget it."""
    found = TOKENS_PATH.fullmatch(path)
    return unquote(found["token"]) if found else None


def is_user_token(text: str) -> bool:
    return _USER_TOKEN.fullmatch(text) is not None


def translated(raw: msgspec.Raw, now: datetime) -> dict[str, Any] | None:
    """Return an event as Segment's clients would send it; None for what InstantSearch says of itself.

    Raises: Wrong, naming field, value and way out.
    """
    try:
        sent = _EVENT.decode(raw)
    except msgspec.ValidationError as error:
        raise Wrong("not_an_object", f"event {shortened(bytes(raw).decode())}: must be a JSON object") from error
    if sent.event_type == _LIBRARY:
        return None
    kind = _kind(sent)
    name = _text("eventName", sent.event_name, _EVENT_NAME, "1 to 64 printable ASCII characters")
    if not isinstance(sent.index, str) or not sent.index:
        raise Wrong("wrong_type", f"index {shown(sent.index)}: must be the name of an index")
    objects, filters = _targets(sent)
    query_id = _query_id("queryID", sent.query_id)
    products = _products(objects, _positions(sent, kind, objects, query_id), _object_data(sent, objects))
    properties = {
        "event_name": name,
        "index": sent.index,
        "query_id": query_id,
        "products": products or None,
        "filters": [unquote(each) for each in filters] or None,
        "value": _number("value", sent.value),
        "currency": _currency(sent.currency),
        "algolia_source": sent.algolia_source,
    }
    event = {
        "type": "track",
        "event": _canonical_name(kind, sent.event_subtype, name, objects),
        "anonymousId": _token("userToken", sent.user_token),
        "userId": _token("authenticatedUserToken", sent.authenticated_user_token),
        "timestamp": _time(sent.timestamp, now),
        "messageId": None if sent.timestamp is None else message_id_of(raw),
        "properties": {field: value for field, value in properties.items() if value is not None},
    }
    if event["anonymousId"] is None and event["userId"] is None:
        raise Wrong("no_id", "userToken null: an event needs the shopper's; send userToken or authenticatedUserToken")
    return {field: value for field, value in event.items() if value is not None}


def message_id_of(raw: msgspec.Raw) -> str:
    """Return an id for an event that has none and says when it happened: sent again, it is the same event."""
    return hashlib.sha256(raw).hexdigest()


def _kind(sent: InsightsEvent) -> EventType:
    kind = sent.event_type
    if kind not in _TYPES:
        raise Wrong("unknown_type", f"eventType {shown(kind)}: send one of {', '.join(_TYPES)}")
    subtype = sent.event_subtype
    if subtype is not None and (kind != "conversion" or subtype not in _SUBTYPES):
        way_out = f"a conversion may have {' or '.join(_SUBTYPES)}, other events none"
        raise Wrong("wrong_value", f"eventSubtype {shown(subtype)}: {way_out}")
    return kind  # type: ignore[no-any-return]


def _canonical_name(kind: EventType, subtype: str | None, name: str, objects: Sequence[str]) -> str:
    """Return what our events call it; the client's name is kept beside it."""
    if not objects:
        return name if kind == "conversion" else "Product List Filtered"
    if subtype is not None:
        return _SUBTYPES[subtype]
    if kind == "click":
        return "Product Clicked"
    if kind == "view":
        is_one = interaction_of("track", name) == "view" or (len(objects) == 1 and _OWN_PAGE.search(name))
        return "Product Viewed" if is_one else "Product List Viewed"
    return name


def _targets(sent: InsightsEvent) -> tuple[list[str], list[str]]:
    """Return object ids and filters: one of the two is empty."""
    if (sent.object_ids is None) == (sent.filters is None):
        raise Wrong("wrong_value", "objectIDs, filters: send exactly one of them")
    if sent.object_ids is None:
        return [], _texts("filters", sent.filters)
    return _texts("objectIDs", sent.object_ids), []


def _texts(field: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_OBJECTS:
        raise Wrong("wrong_value", f"{field} {shown(value)}: must be a list of 1 to {MOST_OBJECTS} texts")
    texts = [str(each) if type(each) is int else each for each in value]  # some shops have numbers as ids
    wrong = next((each for each in texts if not isinstance(each, str) or not each.strip()), None)
    if wrong is not None or None in texts:
        raise Wrong("wrong_type", f"{field} {shown(value)}: every element must be a text that is not empty")
    return texts


def _positions(
    sent: InsightsEvent, kind: EventType, objects: Sequence[str], query_id: str | None
) -> Sequence[int | None]:
    """Return the position of each object, None for each where none were sent."""
    positions = sent.positions
    if positions is None:
        if kind == "click" and query_id is not None and objects:
            raise Wrong("wrong_value", "positions null: a click after a search needs one for each of objectIDs")
        return [None] * len(objects)
    if not isinstance(positions, list) or len(positions) != len(objects):
        raise Wrong("wrong_value", f"positions {shown(positions)}: must list one number for each of objectIDs")
    if any(type(each) is not int or each < 1 for each in positions):
        raise Wrong("wrong_value", f"positions {shown(positions)}: must be whole numbers from 1")
    return positions


def _object_data(sent: InsightsEvent, objects: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """Return what is said of each object, with our names."""
    data = sent.object_data
    if data is None:
        return [{}] * len(objects)
    if not isinstance(data, list) or len(data) != len(objects):
        raise Wrong("wrong_value", f"objectData {shown(data)}: must list one object for each of objectIDs")
    if not all(isinstance(each, dict) for each in data):
        raise Wrong("wrong_type", f"objectData {shown(data)}: every element must be an object")
    return [
        {
            "price": _number("objectData.price", each.get("price")),
            "quantity": _quantity(each.get("quantity")),
            "discount": _number("objectData.discount", each.get("discount")),
            "query_id": _query_id("objectData.queryID", each.get("queryID")),
        }
        for each in data
    ]


def _products(
    objects: Sequence[str], positions: Sequence[int | None], data: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    listed = [
        {"sku": sku, "position": position, **told} for sku, position, told in zip(objects, positions, data, strict=True)
    ]
    return [{name: value for name, value in each.items() if value is not None} for each in listed]


def _text(field: str, value: Any, pattern: re.Pattern[str], want: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Wrong("wrong_value", f"{field} {shown(value)}: must be {want}")
    return value


def _token(field: str, value: Any) -> str | None:
    if value is None:
        return None
    text = str(value) if type(value) is int else value
    return _text(field, text, _USER_TOKEN, "1 to 129 of the letters a-z and A-Z, digits, _ = / + -")


def _query_id(field: str, value: Any) -> str | None:
    return None if value is None else _text(field, value, _QUERY_ID, "the queryID of an answer, 32 hex digits")


def _currency(value: Any) -> str | None:
    return None if value is None else _text("currency", value, _CURRENCY, "three letters, as EUR").upper()


def _number(field: str, value: Any) -> int | float | str | None:
    """Return a number as it was sent: money may come as a text, which keeps its decimals."""
    if value is None or (type(value) in (int, float) and value == value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", value):
        return value
    raise Wrong("wrong_value", f"{field} {shown(value)}: must be a number")


def _quantity(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 1):
        raise Wrong("wrong_value", f"objectData.quantity {shown(value)}: must be a whole number from 1")
    return value


def _time(value: Any, now: datetime) -> str | None:
    """Return milliseconds since 1970 as ISO 8601; None where the event does not say when it happened."""
    if value is None:
        return None
    if type(value) not in (int, float) or value != value:
        raise Wrong("wrong_type", f"timestamp {shown(value)}: must be milliseconds since 1970")
    try:
        at = datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise Wrong("wrong_value", f"timestamp {shown(value)}: must be milliseconds since 1970") from None
    if now - at > OLDEST:
        raise Wrong("too_old", f"timestamp {shown(value)}: is older than {OLDEST.days} days; send events sooner")
    return at.isoformat()
