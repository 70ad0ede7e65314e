"""Rows of User Behavior Insights 1.3.0 (https://github.com/o19s/ubi), as ubi.js posts them, translated to our events.

Of the schema's rules those are kept that a row cannot be read without; ubi.js itself leaves out the position that the
schema demands.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import unquote

import msgspec

from tradewind.events.collecting.clock import moment
from tradewind.events.collecting.fields import Wrong
from tradewind.events.collecting.refusals import shortened, shown
from tradewind.events.event import Event as Collected
from tradewind.events.event import query_message_id

# ubi.js can be given a base address and nothing else, so the key may be a part of it: https://.../ubi/KEY.
_PATH: Final = re.compile(r"(?:/ubi/(?P<key>[^/]+))?/(?P<rows>ubi_events|ubi_queries)")

ID_CHARACTERS: Final = 100
MESSAGE_CHARACTERS: Final = 1024

SEARCHED: Final = "Products Searched"
ACTIONS: Final[Mapping[str, str]] = {
    "click": "Product Clicked",
    "click_through": "Product Clicked",
    "view": "Product Viewed",
    "add_to_cart": "Product Added",
    "remove_from_cart": "Product Removed",
    "checkout": "Checkout Started",
    "purchase": "Order Completed",
    "refund": "Order Refunded",
    "review": "Product Reviewed",
    "impression": "Product List Viewed",
    "search": SEARCHED,
}

Row = TypeVar("Row", "Query", "Event")
_ShortText = Annotated[str, msgspec.Meta(max_length=ID_CHARACTERS)]


class Query(msgspec.Struct):
    """A row of ubi_queries. Unknown fields are ignored."""

    user_query: str
    application: _ShortText | None = None
    query_id: _ShortText | None = None
    client_id: _ShortText | None = None
    user_id: _ShortText | None = None  # not of the schema, but clients send it
    session_id: _ShortText | None = None
    query_attributes: dict[str, Any] | None = None
    object_id_field: _ShortText | None = None
    timestamp: str | None = None
    query_response_id: str | None = None
    query_response_hit_ids: list[str | int] | None = None


class Event(msgspec.Struct):
    """A row of ubi_events."""

    action_name: _ShortText
    timestamp: str
    application: _ShortText | None = None
    query_id: _ShortText | None = None
    session_id: _ShortText | None = None
    client_id: _ShortText | None = None
    user_id: _ShortText | None = None
    message_type: _ShortText | None = None
    message: Annotated[str, msgspec.Meta(max_length=MESSAGE_CHARACTERS)] | None = None
    user_query: str | None = None
    event_attributes: dict[str, Any] | None = None


class _OfQuery(msgspec.Struct):
    query_id: str | None = None


ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_QUERY: Final = msgspec.json.Decoder(Query)
_EVENT: Final = msgspec.json.Decoder(Event)
_QUERY_ID: Final = msgspec.json.Decoder(_OfQuery)


def rows_in_path(path: str) -> str | None:
    """Return ubi_events or ubi_queries, None for a path that is neither."""
    found = _PATH.fullmatch(path)
    return found["rows"] if found else None


def key_in_path(path: str) -> str | None:
    found = _PATH.fullmatch(path)
    return unquote(found["key"]) if found and found["key"] else None


def translated_query(raw: msgspec.Raw, minted: str) -> dict[str, Any]:
    """Return a query as the event that Segment's clients would send; its id is `minted` where it has none.

    Raises: Wrong, naming field, value and way out.
    """
    row = _decoded(raw, _QUERY)
    query_id = row.query_id or minted
    products = [
        {"sku": str(hit), "position": place} for place, hit in enumerate(row.query_response_hit_ids or [], start=1)
    ]
    properties = {
        "query": row.user_query,
        "query_id": query_id,
        "application": row.application,
        "index": _index_of(row.query_attributes),
        "object_id_field": row.object_id_field,
        "query_response_id": row.query_response_id,
        "query_attributes": row.query_attributes,
        "products": products or None,
        "nb_hits": 0 if row.query_response_hit_ids == [] else None,
    }
    event = {"event": SEARCHED, "timestamp": _time(row.timestamp), "messageId": query_message_id(query_id)}
    return _event(row, event, properties)


def translated_event(raw: msgspec.Raw) -> dict[str, Any]:
    """Return an event as Segment's clients would send it. Raises: Wrong."""
    row = _decoded(raw, _EVENT)
    if not row.action_name:
        raise Wrong("no_event_name", 'action_name "": must say what happened, for example click')
    attributes = row.event_attributes or {}
    product = _product(attributes)
    properties = {
        "action_name": row.action_name,
        "query_id": row.query_id,
        "query": row.user_query,
        "application": row.application,
        "message": row.message,
        "message_type": row.message_type,
        "order_id": attributes.get("order_id"),
        "currency": attributes.get("currency"),
        "products": [product] if product else None,
        "event_attributes": attributes or None,
    }
    name = ACTIONS.get(row.action_name.lower(), row.action_name)
    is_query = name == SEARCHED and row.query_id
    event = {
        "event": name,
        "timestamp": _time(row.timestamp),
        "messageId": query_message_id(row.query_id) if is_query and row.query_id else hashlib.sha256(raw).hexdigest(),
    }
    return _event(row, event, properties)


def query_id_of(event: Collected) -> str | None:
    """Return the query that a stored event is about."""
    return _QUERY_ID.decode(event.properties).query_id


def _decoded(raw: msgspec.Raw, decoder: msgspec.json.Decoder[Row]) -> Row:
    if not bytes(raw).startswith(b"{"):
        raise Wrong("not_an_object", f"row {shortened(bytes(raw).decode())}: must be a JSON object")
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise Wrong("wrong_type", f"row: {error}; see the schema of UBI 1.3.0") from error


def _event(row: Query | Event, event: dict[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole event: what every row says alike, without what nobody said."""
    if not row.client_id and not row.user_id:
        raise Wrong("no_id", "client_id, user_id null: a row needs one of them; send the shopper's")
    told = {
        "type": "track",
        **event,
        "anonymousId": row.client_id,
        "userId": row.user_id,
        "context": {"sessionId": row.session_id} if row.session_id else None,
        "properties": {name: value for name, value in properties.items() if value is not None and value != ""},
    }
    return {name: value for name, value in told.items() if value is not None and value != ""}


def _time(text: str | None) -> str | None:
    if text is None or moment(text) is not None:
        return text
    raise Wrong("wrong_value", f"timestamp {shown(text)}: must be ISO 8601, for example 2026-03-01T12:00:00.000Z")


def _index_of(attributes: Mapping[str, Any] | None) -> str | None:
    found = (attributes or {}).get("index")
    return found if isinstance(found, str) else None


def _product(attributes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the product that an event is about; None where it is about something else, or nothing."""
    about, position = attributes.get("object"), attributes.get("position")
    if not isinstance(about, dict) or about.get("object_id") in (None, ""):
        return None
    if about.get("object_id_type") not in (None, "", "product"):
        return None
    detail = about.get("object_detail")
    told = {**(detail if isinstance(detail, dict) else {}), **about}
    named = {name: told.get(name) for name in ("name", "brand", "category", "price", "quantity", "currency")}
    ordinal = position.get("ordinal") if isinstance(position, dict) else None
    product = {"sku": about["object_id"], "position": ordinal, **named}
    return {name: value for name, value in product.items() if value is not None}
