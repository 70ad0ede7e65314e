"""Events and refusals as lines: for people, and as JSON for programs."""

import json
import re
from typing import TYPE_CHECKING, Any

import click
import msgspec

from tradewind.events.enrichment.products import Product, products_of
from tradewind.events.enrichment.sent import properties_of
from tradewind.events.event import Event, read_line

if TYPE_CHECKING:
    from tradewind.aws.event_tail import RefusedEvent

_SKUS = 3  # shown of an event
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_REFUSED = "red"


def event_line(line: bytes) -> str:
    """Return time, source, what, who and which products of a line of the stream; a line that is no event says so."""
    event = _event(line)
    if event is None:
        return click.style(f"{'':<12}  not an event: {_plain(line[:80].decode(errors='replace'))}", fg=_REFUSED)
    what = event.type if event.name is None else f"{event.type} {event.name}"
    parts = (_time(event.received_at), f"{event.source:<8}", what, *_who(event), _products(event), *event.flags)
    return _plain("  ".join(filter(None, parts)))


def event_json(line: bytes) -> str:
    """Return {"verdict": "accepted", "event": {...}}; "event" is null for a line that is none."""
    told = line.decode() if _event(line) is not None else "null"
    return f'{{"verdict": "accepted", "event": {told}}}'


def refusal_line(refused: "RefusedEvent") -> str:
    """Return time, source, and what was refused for which reason; red on a terminal."""
    what = f"{refused.events:,} events" if refused.index is None and refused.events > 1 else refused.message_id
    place = "request" if refused.index is None else f"event {refused.index}"
    parts = (_time(refused.at), f"{refused.source or '-':<8}", f"refused {refused.code}", place, what, refused.message)
    return click.style(_plain("  ".join(filter(None, parts))), fg=_REFUSED)


def refusal_json(refused: "RefusedEvent") -> str:
    """Return {"verdict": "refused", ...}; index and message_id are null for a whole request."""
    fields: dict[str, Any] = {name: getattr(refused, name) for name in refused.__dataclass_fields__}
    return json.dumps({"verdict": "refused", **fields}, ensure_ascii=False)


def _event(line: bytes) -> Event | None:
    try:
        return read_line(line)
    except (msgspec.MsgspecError, UnicodeError):
        return None


def _who(event: Event) -> list[str]:
    ids = {
        "user": event.user_id,
        "anonymous": event.anonymous_id,
        "previous": event.previous_id,
        "group": event.group_id,
    }
    return [f"{name} {value}" for name, value in ids.items() if value is not None]


def _products(event: Event) -> str:
    if event.type != "track":
        return ""
    try:
        properties = properties_of(event.properties)
    except ValueError:
        return ""
    products, _flags = products_of(properties)
    more = f" and {len(products) - _SKUS} more" if len(products) > _SKUS else ""
    return ", ".join(map(_product, products[:_SKUS])) + more


def _product(product: Product) -> str:
    name = product.sku or product.name or "?"
    return f"{product.quantity} x {name}" if product.quantity is not None else name


def _time(iso: str) -> str:
    """Return the time of day with milliseconds, UTC."""
    return iso[11:23]


def _plain(text: str) -> str:
    """Return `text` without control characters: what a client sent must not steer the terminal."""
    return _CONTROL.sub(" ", text)
