"""Context and properties of an event as far as anything looks into them; the rest stays JSON that nobody reads.

Objects and plain texts are checked: of another type they count as not sent. What clients write in several ways is not:
an id may be a number and a price anything (`sent_values` reads them).
"""

import json
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import FieldInfo

from tradewind.events.enrichment.sent_values import text_of

# Other spellings that clients use.
_ALSO: Final = {"query_id_of_algolia": "queryID", "query_id_in_camel": "queryId", "order_id_in_camel": "orderId"}


class Page(msgspec.Struct, frozen=True, gc=False):
    path: str | None = None
    url: str | None = None
    referrer: str | None = None


class Referrer(msgspec.Struct, frozen=True, gc=False):
    url: str | None = None


class Campaign(msgspec.Struct, frozen=True, gc=False):
    medium: str | None = None
    name: str | None = None


class Library(msgspec.Struct, frozen=True, gc=False):
    name: str | None = None


class SentDevice(msgspec.Struct, frozen=True, gc=False):
    """Of mobile libraries: type is ios or android, model such as iPad13,1."""

    type: str | None = None
    model: str | None = None


class System(msgspec.Struct, frozen=True, gc=False):
    name: str | None = None


class Consent(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    category_preferences: Any = None  # category: whether the shopper agrees


class Context(msgspec.Struct, frozen=True, gc=False, rename={"user_agent": "userAgent", "session": "sessionId"}):
    """`context` of any event."""

    user_agent: str | None = None
    locale: str | None = None
    timezone: str | None = None
    session: Any = None
    session_id: Any = None
    page: Page | None = None
    referrer: Referrer | None = None
    campaign: Campaign | None = None
    consent: Consent | None = None
    library: Library | None = None
    device: SentDevice | None = None
    os: System | None = None


class SentProduct(msgspec.Struct, frozen=True, gc=False, rename=_ALSO):
    """A product with Segment's names, and the id of the query that led to it as Algolia's clients write it."""

    sku: Any = None
    product_id: Any = None
    name: str | None = None
    category: str | None = None
    brand: str | None = None
    variant: str | None = None
    price: Any = None
    quantity: Any = None
    currency: str | None = None
    coupon: str | None = None
    position: Any = None
    index: Any = None
    query_id: Any = None
    query_id_of_algolia: Any = None
    query_id_in_camel: Any = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """A product with GA4's names."""

    item_id: Any = None
    item_name: str | None = None
    item_category: str | None = None
    item_brand: str | None = None
    item_variant: str | None = None
    price: Any = None
    quantity: Any = None
    currency: str | None = None
    coupon: str | None = None
    index: Any = None
    query_id: Any = None


class Properties(SentProduct, frozen=True, gc=False, rename=_ALSO):
    """`properties` of a track, page or screen event; of an event about one product they are the product too."""

    products: list[SentProduct | None] | None = None
    items: list[Item | None] | None = None  # GA4
    order_id: Any = None
    order_id_in_camel: Any = None
    transaction_id: Any = None  # GA4
    revenue: Any = None
    subtotal: Any = None
    value: Any = None
    total: Any = None
    url: str | None = None
    path: str | None = None
    page_location: str | None = None  # GA4
    page_referrer: str | None = None  # GA4
    session_id: Any = None
    ga_session_id: Any = None


_Sent = TypeVar("_Sent", bound=msgspec.Struct)

_OBJECTS: Final[dict[str, type[msgspec.Struct]]] = {
    "page": Page,
    "referrer": Referrer,
    "campaign": Campaign,
    "consent": Consent,
    "library": Library,
    "device": SentDevice,
    "os": System,
}
_LISTS: Final[dict[str, type[msgspec.Struct]]] = {"products": SentProduct, "items": Item}

_context = msgspec.json.Decoder(Context)
_properties = msgspec.json.Decoder(Properties)


def context_of(raw: msgspec.Raw) -> Context:
    """Return what an event's context says. Raises: msgspec.MsgspecError for what is no JSON."""
    try:
        return _context.decode(raw)
    except msgspec.MsgspecError:
        return _fitting(Context, _loose(raw))


def properties_of(raw: msgspec.Raw) -> Properties:
    """Return what an event's properties say. Raises: msgspec.MsgspecError for what is no JSON."""
    try:
        return _properties.decode(raw)
    except msgspec.MsgspecError:
        return _fitting(Properties, _loose(raw))


def session_id_of(context: Context, properties: Properties, anonymous_id: str | None) -> str | None:
    """Return the session as the client counts it: RudderStack's and Segment's in the context, GA4's in properties.

    GA4's is the second when it began, which two shoppers can share; the anonymous id before it makes it one shopper's.
    """
    found = text_of(context.session or context.session_id or properties.session_id)
    second = text_of(properties.ga_session_id) if found is None else None
    return f"{anonymous_id}.{second}" if second and anonymous_id else found or second


def _loose(raw: msgspec.Raw) -> object:
    """Return what json makes of it: it takes 1e400 too, which is JSON, though no number that anybody can hold."""
    try:
        return json.loads(bytes(raw))
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from error


def _fitting(kind: type[_Sent], sent: object) -> _Sent:
    """Return the parts of `sent` that have the right type. Slow: for the few events that have a wrong one."""
    values = sent if isinstance(sent, dict) else {}
    fields = msgspec.structs.fields(kind)
    return kind(**{each.name: _fit(each, values[each.encode_name]) for each in fields if each.encode_name in values})


def _fit(field: FieldInfo, value: object) -> object:
    if isinstance(value, dict) and field.name in _OBJECTS:
        return _fitting(_OBJECTS[field.name], value)
    if isinstance(value, list) and field.name in _LISTS:
        return [_fitting(_LISTS[field.name], each) if isinstance(each, dict) else None for each in value]
    try:
        return msgspec.convert(value, field.type)
    except msgspec.ValidationError:
        return None
