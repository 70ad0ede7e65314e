"""Whether a request may bring events at all: its write key, the page it comes from, the rate of the key."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tradewind.errors import Unavailable
from tradewind.events.collecting.collector import Collector
from tradewind.events.collecting.refusals import RequestRefused, shown
from tradewind.events.collecting.request import Request
from tradewind.events.collecting.write_keys import WriteKey, may_send_events, signer_of
from tradewind.keys import key_hash
from tradewind.protocols import segment

RETRY_SECONDS: Final = 5
_KEY_OF_QUERY: Final = "writeKey"


def key_of_request(request: Request) -> str | None:
    """Return the write key that the request names outside of its body."""
    return segment.basic_user(request.headers.get("authorization", "")) or segment.value_in(
        segment.query_of(request.query), _KEY_OF_QUERY
    )


def admitted(
    key: str | None,
    request: Request,
    collector: Collector,
    now: datetime,
    may: Callable[[WriteKey, datetime], bool] = WriteKey.may_write,
) -> WriteKey:
    """Return what is known of the key, which must be one that `may`. Raises: RequestRefused (401, 403), Unavailable."""
    if not key:
        way_out = "send it as the user name of Basic authorization, or as writeKey in body or query"
        raise RequestRefused("no_key", f"write key null: {way_out}")
    found = collector.keys.find(key_hash(key), now)
    if found is None and may is may_send_events:
        found = signer_of(key, collector.ring, now)
    if found is None or not may(found, now):
        # The key itself stays out of answers and logs.
        message = "write key: is unknown, revoked or not for events; see `tradewind keys list`"
        raise RequestRefused("unknown_key", message)
    if not found.allows(request.origin):
        way_out = "make a key for it with `tradewind keys create --origin`"
        message = f"origin {shown(request.origin)}: pages of it may not use this write key; {way_out}"
        raise RequestRefused("origin_not_allowed", message)
    return found


def keep_rate(key: WriteKey, collector: Collector, now: datetime) -> None:
    """Count one request of a key that has a rate. Raises: RequestRefused (429) above it, Unavailable.

    Seconds of the clock are counted, exactly and by all instances of the function together; two bursts that touch the
    end and the begin of a second may thus lie close together.
    """
    if key.rate is None or collector.rates.take(key.key_hash, now) <= key.rate:
        return
    message = f"rate {key.rate}: more requests in this second than the write key allows; come back in a second"
    raise RequestRefused("over_rate", message, headers={"retry-after": "1"})


def not_stored(stored: int, of: int) -> RequestRefused:
    """Return the refusal of a request whose events could not all be stored."""
    message = f"events: {stored} of {of} could be stored; send all again, which does no harm to those"
    return RequestRefused("not_stored", message, headers={"retry-after": str(RETRY_SECONDS)})


def not_taken(error: Unavailable) -> RequestRefused:
    """Return the refusal of a request that could not be taken because a part of the cloud failed."""
    message = f"events: cannot be taken now ({error}); send them again"
    return RequestRefused("not_stored", message, headers={"retry-after": str(RETRY_SECONDS)})
