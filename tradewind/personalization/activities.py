"""What a collected event says of its shopper, for the profile."""

from dataclasses import dataclass
from datetime import datetime

from tradewind.events.enrichment.bots import is_bots
from tradewind.events.enrichment.consent import is_refused
from tradewind.events.enrichment.interactions import interaction_of
from tradewind.events.enrichment.products import Product, products_of, query_id_of
from tradewind.events.enrichment.sent import Properties, context_of, properties_of, session_id_of
from tradewind.events.event import Event
from tradewind.personalization.profiles import LINES_OF_AN_EVENT, Activity, Interaction, short

_NO_PRODUCT = Product(line=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Which category of consent an event needs, and whether saying nothing is enough."""

    category: str
    required: bool


def activity_of(event: Event, consent: Consent) -> Activity | None:
    """Return what an event says of its shopper; None where nobody may be remembered: a bot, consent refused, no id.

    Raises: msgspec.MsgspecError or ValueError for what is no event: context or properties no JSON, times that are none.
    """
    if event.user_id is None and event.anonymous_id is None:
        return None
    _check_time(event.occurred_at)
    _check_time(event.received_at)
    context = context_of(event.context)
    if is_refused(context, category=consent.category, required=consent.required) or is_bots(context, event.user_agent):
        return None
    properties = properties_of(event.properties)
    session = _short(session_id_of(context, properties, event.anonymous_id))
    return Activity(
        receipt=event.receipt,
        received_at=event.received_at,
        at=event.occurred_at,
        user_id=event.user_id,
        anonymous_id=_short(event.anonymous_id),
        session=session,
        interactions=tuple(_interactions(event, properties, session)),
        linked=_linked(event),
    )


def _interactions(event: Event, properties: Properties, session: str | None) -> list[Interaction]:
    interaction = interaction_of(event.type, event.name)
    if interaction is None:
        return []
    # What a search shows is no interaction with it, and would push all that was one out of the profile.
    products, _flags = products_of(properties) if interaction != "search" else ([], [])
    query_id = query_id_of(properties)
    return [
        Interaction(
            event_id=event.message_id,
            line=product.line,
            interaction=interaction,
            at=event.occurred_at,
            received=f"{event.received_at} {event.receipt}",
            sku=_short(product.sku),
            query_id=_short(product.query_id or query_id),
            session=session,
            anonymous_id=_short(event.anonymous_id),
        )
        for product in products[:LINES_OF_AN_EVENT] or [_NO_PRODUCT]
    ]


def _linked(event: Event) -> tuple[str, ...]:
    """Return the anonymous ids that an identify or alias gives to its user, as the cleaning reads them."""
    if event.user_id is None:
        return ()
    said = {"identify": event.anonymous_id, "alias": event.previous_id}.get(event.type)
    return () if said is None else (said,)


def _check_time(text: str) -> None:
    """Raises: ValueError for a time that is not written as events have it; profiles compare times as texts."""
    if len(text) != 27 or not text.endswith("Z"):
        raise ValueError("a time is not YYYY-MM-DDTHH:MM:SS.ffffffZ")
    datetime.fromisoformat(text)


def _short(text: str | None) -> str | None:
    return None if text is None else short(text)
