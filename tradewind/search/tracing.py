"""What a search leaves behind: one event, as the collector would have taken it, for the stream and the lake.

Of the shopper it holds the user token that the request carried, and nothing else. docs/search-events.md lists the
properties.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from tradewind.catalog.settings import Weights
from tradewind.events.collecting.clock import utc_text
from tradewind.events.event import Event, query_message_id, receipt_of
from tradewind.search.answer import SearchAnswer
from tradewind.search.request import SearchRequest

EVENT_NAME: Final = "Products Searched"
SOURCE: Final = "search"  # of traces, where other events have that of their write key
SHOWN_MOST: Final = 100  # products that a trace lists: nobody looks at more, and an event stays small
USER_TOKEN: Final = re.compile(r"[a-zA-Z0-9_=/+-]{1,129}")  # Algolia's rule

# Conditions that the caller sent. Those within a key are left out (they may name a person), and so are places.
_FILTERS: Final = ("filters", "facetFilters", "numericFilters", "tagFilters", "optionalFilters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """An answered request, and how it was answered."""

    request: SearchRequest
    answer: SearchAnswer
    engine: str
    encoder: str | None  # name; None: by words alone
    weights: Weights  # that ranked it
    milliseconds: int
    user_agent: str | None = None  # of a shopper's browser: says the kind of device, and bots from people; not kept
    country: str | None = None  # of a shopper's connection


def traces_of(searches: Iterable[Searched], *, now: datetime, request_id: str) -> list[Event]:
    """Return the traces of one HTTP request's searches; those without analytics leave none."""
    wanted = [searched for searched in searches if searched.request.analytics]
    return [trace_of(each, now=now, receipt=receipt_of(request_id, place)) for place, each in enumerate(wanted)]


def trace_of(searched: Searched, *, now: datetime, receipt: str) -> Event:
    """Return the event of one search, an empty query too. `now` is when it was answered."""
    at = utc_text(now)
    token = searched.request.user_token
    return Event(
        receipt=receipt,
        received_at=at,
        occurred_at=at,
        message_id=query_message_id(searched.answer.query_id),
        type="track",
        source=SOURCE,
        name=EVENT_NAME,
        anonymous_id=token if token and USER_TOKEN.fullmatch(token) else None,
        properties=msgspec.Raw(msgspec.json.encode(_properties(searched))),
        country=searched.country,
        user_agent=searched.user_agent,
    )


def first_position(answer: SearchAnswer) -> int:
    """Return the 1-based position of the first hit of a page within all hits."""
    return 1 + (answer.page * answer.hits_per_page if answer.offset is None else answer.offset)


def _properties(searched: Searched) -> dict[str, Any]:
    request, answer = searched.request, searched.answer
    reading, first = answer.reading, first_position(answer)
    told = {
        "query": request.query,
        "query_id": answer.query_id,
        "index": answer.index,
        "engine": searched.engine,
        "version": answer.version,
        "encoder": searched.encoder,
        "weights": asdict(searched.weights),
        "filters": _filters(request.raw),
        "page": answer.page,
        "hits_per_page": answer.hits_per_page,
        "nb_hits": answer.outcome.count,
        "lexical_only": reading.lexical_only,
        "relaxed": reading.relaxed,
        "processing_ms": searched.milliseconds,
        "products": [
            {"sku": shown.hit.object_id, "position": position}
            for position, shown in enumerate(answer.shown[:SHOWN_MOST], start=first)
        ],
    }
    more = {
        "searched": reading.query if reading.query != request.query else None,
        "corrections": dict(reading.corrections),
        "price": reading.price_text,
        "rules": list(reading.rules),
        "tags": list(request.analytics_tags),
    }
    return told | {name: value for name, value in more.items() if value}


def _filters(raw: Mapping[str, Any] | None) -> str | None:
    """Return the conditions as they were sent, in JSON; None where there were none."""
    sent = {name: raw[name] for name in _FILTERS if raw.get(name)} if raw else {}
    return msgspec.json.encode(sent, order="sorted", enc_hook=str).decode() if sent else None
