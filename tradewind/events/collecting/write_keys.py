"""Who may send events: a write key, and what the collector asks of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

from tradewind.keys import KeyRecord
from tradewind.protocols.algolia.secured_keys import read_secured_key
from tradewind.search.serving.key_ring import KeyRing

_DEFAULT_SOURCE: Final = "default"  # of keys that have none
_REMEMBERED: Final = 1000  # keys; a shop has a handful


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteKey:
    """What the keys table knows of a key. The key itself is stored nowhere."""

    key_hash: str  # SHA-256 in hex
    kind: str  # write; others may send what came of a search, at most
    source: str = _DEFAULT_SOURCE
    origins: frozenset[str] = frozenset()  # of pages that may use it, as browsers write them; empty: any
    acl: frozenset[str] = frozenset()  # what it may do at the search API
    rate: int | None = None  # requests a second; None: as many as come
    revoked_at: datetime | None = None  # from here on it is unknown; in the future for a key that was rotated

    @classmethod
    def of(cls, record: KeyRecord) -> "WriteKey":
        return cls(
            key_hash=record.key_hash,
            kind=record.kind,
            source=record.source or _DEFAULT_SOURCE,
            origins=record.origins,
            acl=frozenset(record.rights.acl),
            rate=record.rate,
            revoked_at=record.ends_at,
        )

    def may_write(self, now: datetime) -> bool:
        """Return whether the key sends events at `now`."""
        return self.kind == "write" and self.works(now)

    def works(self, now: datetime) -> bool:
        return self.revoked_at is None or now < self.revoked_at

    def allows(self, origin: str | None) -> bool:
        """Return whether a page of `origin` may use the key; servers and apps have no origin (None)."""
        return origin is None or not self.origins or origin.lower().rstrip("/") in self.origins


def may_send_events(key: WriteKey, now: datetime) -> bool:
    """Return whether the key sends Insights and UBI events at `now`: whoever may search tells what came of it."""
    return (key.kind == "write" or "search" in key.acl) and key.works(now)


def signer_of(key: str, ring: KeyRing, now: datetime) -> WriteKey | None:
    """Return the key that signed a secured one, None for what is none or has ended. Raises: Unavailable.

    Of what was signed, only how long it is good matters to events.
    """
    secured = read_secured_key(key)
    if secured is None:
        return None
    record = ring.parent(secured, now)
    until = parse_qs(secured.restrictions).get("validUntil", ["inf"])[-1]
    try:
        return WriteKey.of(record) if record is not None and now.timestamp() < float(until) else None
    except ValueError:
        return None


def may_forget(key: WriteKey, now: datetime) -> bool:
    """Return whether the key asks at `now` that all of a shopper's events be forgotten."""
    return key.kind == "admin" and key.works(now)


class KeyCache:
    """Keys as they were read `lifetime` ago at most, so that few requests wait for the table.

    A key that was not found is not remembered: one that was just made works at once.
    """

    def __init__(self, find: Callable[[str], WriteKey | None], *, lifetime: timedelta) -> None:
        self._find = find
        self._lifetime = lifetime
        self._read: dict[str, tuple[WriteKey, datetime]] = {}

    def find(self, key_hash: str, now: datetime) -> WriteKey | None:
        """Return the key with this hash, None for an unknown one. Raises: Unavailable."""
        known = self._read.get(key_hash)
        if known is not None and timedelta() <= now - known[1] < self._lifetime:
            return known[0]
        key = self._find(key_hash)
        self._read.pop(key_hash, None)
        if key is not None:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[key_hash] = key, now
        return key
