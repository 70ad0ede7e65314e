"""How many queries an hour a key allows from one address (`maxQueriesPerIPPerHour`)."""

import hashlib
import hmac
import logging
from datetime import datetime
from typing import Any, Final, Protocol

from tradewind.errors import Unavailable
from tradewind.keys import KeyRecord
from tradewind.protocols.algolia.errors import Refused

logger = logging.getLogger(__name__)

COUNTERS: Final = "search#"  # how their names begin, in a table with others' counters
_HOUR: Final = 3600  # seconds


class QueryCounts(Protocol):
    """Counters that all instances of the function share."""

    def take(self, counter: str, queries: int, now: datetime) -> int:
        """Count queries and return how many there were in the hour of `now` with them. Raises: Unavailable."""


def check_rate(record: KeyRecord, address: str | None, queries: int, counts: QueryCounts | None, now: datetime) -> None:
    """Count queries of a key that has a limit. Raises: Refused (429) beyond it.

    Keys without a limit cost nothing. Where the counters cannot be reached the query is answered: shoppers come first.
    """
    limit = record.rights.max_queries
    if not limit or counts is None:
        return
    try:
        taken = counts.take(counter_of(record.key_hash, address, now), queries, now)
    except Unavailable as error:
        logger.warning("queries of a key with a limit are not counted: %s", error)
        return
    if taken > limit:
        left = _HOUR - int(now.timestamp()) % _HOUR
        message = f"Too many requests: this key allows {limit} queries an hour from one address; try again in {left} s"
        # Without Retry-After: algoliasearch 5 would wait so long, three times, and leave the page without an answer.
        raise Refused(429, message)


def counter_of(key_hash: str, address: str | None, now: datetime) -> str:
    """Return the name of the counter of a key, an address and an hour: an HMAC under the key's hash, which another hour
    makes another one. Neither the key nor the address can be read from it."""
    said = f"{int(now.timestamp()) // _HOUR}#{address or ''}"
    return COUNTERS + hmac.new(key_hash.encode(), said.encode(), hashlib.sha256).hexdigest()


def queries_in(content: Any) -> int:
    """Return how many queries a request holds: many in a list of them, else one."""
    listed = content.get("requests") if isinstance(content, dict) else content
    return max(len(listed), 1) if isinstance(listed, list) else 1
