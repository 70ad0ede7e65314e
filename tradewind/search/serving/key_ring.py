"""Keys as they were read a moment ago, so that few requests wait for the table."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from tradewind.keys import KeyRecord, key_hash
from tradewind.protocols.algolia.secured_keys import SecuredKey

_REMEMBERED: Final = 1000  # keys; a shop has a handful
_ANEW: Final = timedelta(seconds=1)  # what no known key signed may be of one that was just made


class KeyRing:
    """Finds keys by their text, and the key that signed a secured one.

    A key that was not found is not remembered: one that was just made works at once.
    """

    def __init__(
        self,
        find: Callable[[str], KeyRecord | None],
        signing: Callable[[], Sequence[KeyRecord]],
        *,
        lifetime: timedelta,
    ) -> None:
        self._find = find
        self._signing = signing
        self._lifetime = lifetime
        self._read: dict[str, tuple[KeyRecord, datetime]] = {}
        self._parents: tuple[Sequence[KeyRecord], datetime] | None = None

    def find(self, key: str, now: datetime) -> KeyRecord | None:
        """Return the record of a key in plain text, None for an unknown one."""
        hash_of_key = key_hash(key)
        known = self._read.get(hash_of_key)
        if known is not None and timedelta() <= now - known[1] < self._lifetime:
            return known[0]
        record = self._find(hash_of_key)
        self._read.pop(hash_of_key, None)
        if record is not None:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[hash_of_key] = record, now
        return record

    def parent(self, secured: SecuredKey, now: datetime) -> KeyRecord | None:
        """Return the key that signed `secured`, None where none did."""
        for longest in (self._lifetime, _ANEW):
            for record in self._parents_read(now, longest):
                if record.plain is not None and secured.is_signed_by(record.plain):
                    return record
        return None

    def forget(self) -> None:
        """Read everything anew: a key was changed here."""
        self._read.clear()
        self._parents = None

    def _parents_read(self, now: datetime, longest: timedelta) -> Sequence[KeyRecord]:
        if self._parents is None or not timedelta() <= now - self._parents[1] < longest:
            self._parents = self._signing(), now
        return self._parents[0]
