"""Events from the stream as rows of the table raw_events: judged, enriched, one row a line whatever the line holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, Required, TypedDict

import msgspec
import orjson

from tradewind.events.enrichment.bots import is_bots
from tradewind.events.enrichment.channel import arrival_of
from tradewind.events.enrichment.consent import is_refused
from tradewind.events.enrichment.country import country_of
from tradewind.events.enrichment.device import device_of
from tradewind.events.enrichment.interactions import interaction_of
from tradewind.events.enrichment.orders import order_id_of, revenue_of
from tradewind.events.enrichment.products import Product, currency_of, products_of, query_id_of
from tradewind.events.enrichment.season import season_of
from tradewind.events.enrichment.sent import Context, Properties, context_of, properties_of, session_id_of
from tradewind.events.enrichment.time_zones import local_hour
from tradewind.events.event import NO_OBJECT, Event, read_line

Verdict = Literal["kept", "dropped", "rejected"]
LONGEST_LINE: Final = 32 * 1024  # characters of a rejected line that are kept; an event has at most so many bytes


class RawRow(TypedDict, total=False):
    """A row of `tradewind.lake.tables.RAW_EVENTS`: its columns without the partition key; what is left out is null.

    Times are 'YYYY-MM-DD HH:MM:SS.ffffff', UTC. A dictionary, because a Struct of so many fields takes half as long
    again to make by name and write.
    """

    receipt: Required[str]
    verdict: Required[Verdict]
    reason: str | None
    line: str | None
    event_id: str | None
    type: str | None
    name: str | None
    interaction: str | None
    occurred_at: str | None
    received_at: str | None
    flags: Sequence[str] | None
    user_id: str | None
    anonymous_id: str | None
    previous_id: str | None
    group_id: str | None
    client_session_id: str | None
    query_id: str | None
    source: str | None
    device_type: str | None
    os: str | None
    browser: str | None
    country: str | None
    locale: str | None
    channel: str | None
    campaign: str | None
    referrer: str | None
    page_path: str | None
    season: str | None
    hour: int | None
    weather: str | None  # no provider yet
    order_id: str | None
    revenue: str | None
    currency: str | None
    products: Sequence[Product] | None
    properties: str | None
    traits: str | None
    context: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a shop decides about its events."""

    consent_category: str
    consent_required: bool
    shop_time_zone: str  # IANA; where events say nothing about theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecord:
    """A record of the stream. `name` is `<shard>:<sequence number>`, the receipt of lines that have none."""

    name: str
    arrived_at: datetime
    data: bytes


_encode = msgspec.json.Encoder().encode


def rows_of(record: StreamRecord, rules: Rules) -> Iterator[tuple[Verdict, bytes]]:
    """Yield for each line of `record` that is not blank its verdict and its row as JSON. No line makes it raise."""
    for number, line in enumerate(record.data.split(b"\n")):
        if not line or line.isspace():
            continue
        try:
            row = row_of(read_line(line), rules)
            yield row["verdict"], _encode(row)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            yield "rejected", _encode(_rejected(line, "not_an_event", record, number))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not hold up the other events of the record
            reason = f"not_transformed: {type(error).__name__}"
            yield "rejected", _encode(_rejected(line, reason, record, number))


def row_of(event: Event, rules: Rules) -> RawRow:
    """Return the row of an event.

    Raises: ValueError where its times are none, or context or properties no JSON.
    """
    occurred_at = datetime.fromisoformat(event.occurred_at)
    received_at = _timestamp(event.received_at)
    context = context_of(event.context)
    reason = _why_dropped(context, event, rules)
    if reason:  # nothing that tells of a person stays
        return {
            "receipt": event.receipt,
            "verdict": "dropped",
            "reason": reason,
            "received_at": received_at,
            "source": event.source,
        }
    return _kept(event, occurred_at, received_at, context, properties_of(event.properties), rules)


def _why_dropped(context: Context, event: Event, rules: Rules) -> str | None:
    if is_bots(context, event.user_agent):
        return "bot"
    if is_refused(context, category=rules.consent_category, required=rules.consent_required):
        return "consent"
    return None


def _kept(
    event: Event,
    occurred_at: datetime,
    received_at: str,
    context: Context,
    properties: Properties,
    rules: Rules,
) -> RawRow:
    track = event.type == "track"
    interaction = interaction_of(event.type, event.name)
    products, flags = products_of(properties) if track else ([], [])
    device = device_of(context, event.user_agent)
    arrival = arrival_of(context, properties)
    country = country_of(event.country, context.timezone, context.locale)
    return {
        "receipt": event.receipt,
        "verdict": "kept",
        "event_id": event.message_id,
        "type": event.type,
        "name": event.name,
        "interaction": interaction,
        "occurred_at": _timestamp(event.occurred_at),
        "received_at": received_at,
        "flags": [*event.flags, *flags] or None,
        "user_id": event.user_id,
        "anonymous_id": event.anonymous_id,
        "previous_id": event.previous_id,
        "group_id": event.group_id,
        "client_session_id": session_id_of(context, properties, event.anonymous_id),
        "query_id": query_id_of(properties),
        "source": event.source,
        "device_type": device.type,
        "os": device.os,
        "browser": device.browser,
        "country": country,
        "locale": context.locale or None,
        "channel": arrival.channel,
        "campaign": arrival.campaign,
        "referrer": arrival.referrer,
        "page_path": arrival.page_path,
        "season": season_of(occurred_at.month, country),
        "hour": local_hour(event.occurred_at[:16], context.timezone, rules.shop_time_zone),
        "order_id": order_id_of(properties) if track else None,
        "revenue": revenue_of(interaction, properties, products) if interaction else None,
        "currency": currency_of(properties.currency),
        "products": products or None,
        "properties": _json_text(event.properties),
        "traits": _json_text(event.traits),
        "context": _json_text(event.context),
    }


def _rejected(line: bytes, reason: str, record: StreamRecord, number: int) -> RawRow:
    """Return the row of a line that is no event. `number` is 0-based; the receipt is the line's own if it has one."""
    return {
        "receipt": _receipt_in(line) or f"{record.name}-{number}",
        "verdict": "rejected",
        "reason": reason,
        "line": line.decode("utf-8", errors="replace")[:LONGEST_LINE],
        "received_at": record.arrived_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }


def _receipt_in(line: bytes) -> str | None:
    try:
        sent = orjson.loads(line)
    except ValueError:
        return None
    receipt = sent.get("receipt") if isinstance(sent, dict) else None
    return receipt if isinstance(receipt, str) and receipt else None


def _json_text(raw: msgspec.Raw) -> str | None:
    """Return JSON as it was sent, None for an empty object."""
    if raw is NO_OBJECT:  # nothing was sent
        return None
    text = str(raw, "utf-8")
    return None if text == "{}" else text


def _timestamp(iso: str) -> str:
    """Return 'YYYY-MM-DDTHH:MM:SS.ffffffZ' with a blank for T and without Z. Raises: ValueError for anything else."""
    if len(iso) != 27 or iso[10] != "T" or iso[26] != "Z":
        raise ValueError(f"time {iso!r}: want YYYY-MM-DDTHH:MM:SS.ffffffZ")
    return iso[:26].replace("T", " ")
