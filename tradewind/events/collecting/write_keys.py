"""Who may send events: a write key, and what the collector asks of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_REMEMBERED: Final = 1000  # keys; a shop has a handful


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteKey:
    """What the keys table knows of a key. The key itself is stored nowhere."""

    key_hash: str  # SHA-256 in hex
    kind: str  # write; search and admin keys may not send events
    source: str = "default"
    origins: frozenset[str] = frozenset()  # of pages that may use it, as browsers write them; empty: any
    rate: int | None = None  # requests a second; None: as many as come
    revoked_at: datetime | None = None  # from here on it is unknown; in the future for a key that was rotated

    def may_write(self, now: datetime) -> bool:
        """Return whether the key sends events at `now`."""
        return self.kind == "write" and (self.revoked_at is None or now < self.revoked_at)

    def allows(self, origin: str | None) -> bool:
        """Return whether a page of `origin` may use the key; servers and apps have no origin (None)."""
        return origin is None or not self.origins or origin.lower().rstrip("/") in self.origins


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
