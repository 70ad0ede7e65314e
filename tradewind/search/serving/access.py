"""Whether a request may do what it asks for: its key, and what the key demands of every query."""

import fnmatch
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tradewind.errors import InputError
from tradewind.key_rights import Rights
from tradewind.keys import KeyRecord
from tradewind.protocols.algolia.credentials import Credentials
from tradewind.protocols.algolia.errors import INDEX_NOT_ALLOWED, INVALID_KEY, NOT_WITH_THIS_KEY, Refused
from tradewind.protocols.algolia.parameters import Parameters, unpacked
from tradewind.protocols.algolia.search_requests import CONDITIONS, conditions_of
from tradewind.protocols.algolia.secured_keys import read_secured_key
from tradewind.search.filters import EVERYTHING, Filter, all_of
from tradewind.search.serving.key_ring import KeyRing

_RESTRICTIONS: Final = ("validUntil", "restrictIndices", "restrictSources", "referers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and what that means for the request."""

    record: KeyRecord
    is_secured: bool = False
    indexes: tuple[tuple[str, ...], ...] = ()  # an index has to fit a pattern of each of them
    conditions: Filter = EVERYTHING  # that every product shown to the caller has to meet
    parameters: Parameters = field(default_factory=dict)  # win over those of the request

    @property
    def rights(self) -> Rights:
        return self.record.rights

    @property
    def is_admin(self) -> bool:
        return self.record.kind == "admin"

    def may(self, acl: Sequence[str]) -> bool:
        """Return whether the key has one of the rights, which it has where none is asked for."""
        return not acl or self.is_admin or not {*self.rights.acl}.isdisjoint(acl)

    def need(self, *acl: str) -> None:
        """Raises: Refused (403) where the key has none of the rights."""
        if not self.may(acl):
            raise Refused(403, NOT_WITH_THIS_KEY)

    def need_index(self, name: str) -> None:
        """Raises: Refused (403) for an index that the key is not for."""
        if not all(_fits(name, patterns) for patterns in self.indexes):
            raise Refused(403, INDEX_NOT_ALLOWED)

    def sees(self, name: str) -> bool:
        """Return whether the key is for an index."""
        return all(_fits(name, patterns) for patterns in self.indexes)


def admitted(
    credentials: Credentials, ring: KeyRing, now: datetime, *, headers: Mapping[str, str], address: str | None
) -> Caller:
    """Return who asks. Raises: Refused (403)."""
    record, restrictions = _known(credentials, ring, now)
    if record is None or not record.works(now) or record.app_id not in (None, credentials.app_id):
        raise Refused(403, INVALID_KEY)
    if not credentials.app_id:
        raise Refused(403, INVALID_KEY)
    _check_page(record, headers)
    limits = [_parameters(record.rights.query_parameters)]
    indexes = [record.rights.indexes]
    if restrictions is not None:
        demanded = _parameters(restrictions)
        _check_restrictions(demanded, headers, address, now)
        indexes.append(_texts(demanded.get("restrictIndices")))
        limits.append(demanded)
    return Caller(
        record=record,
        is_secured=restrictions is not None,
        indexes=tuple(patterns for patterns in indexes if patterns),
        conditions=all_of(*map(_conditions, limits)),
        # What the key itself says wins over what was signed with it.
        parameters={name: value for each in reversed(limits) for name, value in _others(each).items()},
    )


def _known(credentials: Credentials, ring: KeyRing, now: datetime) -> tuple[KeyRecord | None, str | None]:
    """Return the record of the key, or of the one that signed it with what was signed."""
    if not credentials.key:
        return None, None
    secured = read_secured_key(credentials.key)
    if secured is None:
        return ring.find(credentials.key, now), None
    return ring.parent(secured, now), secured.restrictions


def _parameters(text: str) -> dict[str, Any]:
    try:
        return unpacked(text)
    except InputError as error:
        raise Refused(403, f"key: its {error}") from error


def _conditions(parameters: Parameters) -> Filter:
    try:
        return conditions_of(parameters)
    except InputError as error:
        raise Refused(403, f"key: its {error}") from error


def _others(parameters: Parameters) -> dict[str, Any]:
    left_out = (*CONDITIONS, *_RESTRICTIONS)
    return {name: value for name, value in parameters.items() if name not in left_out}


def _check_page(record: KeyRecord, headers: Mapping[str, str]) -> None:
    origin = headers.get("origin", "")
    if record.origins and origin and origin.lower().rstrip("/") not in record.origins:
        raise Refused(403, f"origin {origin[:100]!r}: pages of it may not use this key; make one with --origin")
    _check_referer(record.rights.referers, headers)


def _check_referer(patterns: Sequence[str], headers: Mapping[str, str]) -> None:
    referer = headers.get("referer", "")
    bare = re.sub(r"^https?://", "", referer)
    if patterns and not (_fits(referer, patterns) or _fits(bare, patterns) or _fits(bare.partition("/")[0], patterns)):
        raise Refused(403, f"referer {referer[:100]!r}: pages of it may not use this key")


def _check_restrictions(demanded: Parameters, headers: Mapping[str, str], address: str | None, now: datetime) -> None:
    until = demanded.get("validUntil")
    if until is not None:
        try:
            ends = float(until)
        except (TypeError, ValueError):
            raise Refused(403, f"key: its validUntil {until!r:.40} must be seconds since 1970") from None
        if not ends > now.timestamp():
            raise Refused(403, f"key: expired, validUntil {int(ends) if ends == ends else until} has passed")
    sources = _texts(demanded.get("restrictSources"))
    if sources and not _is_within(address, sources):
        raise Refused(403, f"key: its restrictSources do not hold the address {address}")
    _check_referer(_texts(demanded.get("referers")), headers)


def _is_within(address: str | None, networks: Sequence[str]) -> bool:
    try:
        here = ipaddress.ip_address(address or "")
        return any(here in ipaddress.ip_network(network, strict=False) for network in networks)
    except ValueError:
        return False


def _texts(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    listed = value if isinstance(value, list) else str(value).split(",")
    return tuple(str(each).strip() for each in listed)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    """Return whether one of the patterns, in which only `*` is special, is the whole name."""
    return any(fnmatch.fnmatchcase(name, re.sub(r"([\[?])", r"[\1]", pattern)) for pattern in patterns)
