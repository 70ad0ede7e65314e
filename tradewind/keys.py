"""The keys of a deployment: who may write events, search, administrate.

The cloud stores their hashes; the text only of keys that read and nothing else, for they sign secured keys
(docs/decisions/0019-search-keys-in-plain-text.md).
"""

import hashlib
import re
import string
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from tradewind.errors import InputError
from tradewind.key_rights import EVERYTHING, NO_RIGHTS, SEARCHING, Rights

Kind = Literal["write", "search", "admin", "custom"]  # custom: with rights of its own
KINDS: tuple[Kind, ...] = ("write", "search", "admin")  # of the first keys

_APP_ID_SYMBOLS = string.ascii_uppercase + string.digits
_KEY_SYMBOLS = "0123456789abcdef"
_APP_ID_LENGTH = 10
_KEY_LENGTH = 32  # 128 bits
_ID_LENGTH = 12

FIRST_SOURCE = "web"  # of the first write key: the shop's own pages
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DEFAULT_PORTS = {"http": 80, "https": 443}

Choose = Callable[[str], str]  # one symbol of a text, at random


class KeyChanged(Exception):
    """Somebody else changed the key meanwhile, or it is not there; the text is its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys in plain text. `app_id` names the deployment and is no secret."""

    app_id: str
    write_key: str  # sends events
    search_key: str  # searches every index
    admin_key: str  # has every right on every index

    def records(self) -> list[tuple[str, Kind]]:
        """Return (key hash, kind) of each secret: what the cloud may know."""
        return [(key_hash(self.of(kind)), kind) for kind in KINDS]

    def of(self, kind: Kind) -> str:
        """Return the key of this kind in plain text."""
        key: str = asdict(self)[f"{kind}_key"]
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What the cloud knows of a key: all but the key, and that too where it only reads."""

    key_hash: str
    kind: Kind
    source: str | None = None  # events sent with the key carry it; None on old records: "default"
    origins: frozenset[str] = frozenset()  # of pages that may use the key; empty: any
    rate: int | None = None  # requests a second; None: as many as come
    created_at: datetime
    revoked_at: datetime | None = None  # from here on it is unknown; may be ahead
    rotated_to: str | None = None  # id of the key that took its place
    app_id: str | None = None  # callers of the search API have to name it; None: any
    custom: Rights | None = None  # of kind custom
    plain: str | None = None  # the key itself, where it only reads

    @property
    def id(self) -> str:
        return key_id(self.key_hash)

    @property
    def rights(self) -> Rights:
        """What the key may do at the search API."""
        return self.custom or {"search": SEARCHING, "admin": EVERYTHING}.get(self.kind, NO_RIGHTS)

    @property
    def ends_at(self) -> datetime | None:
        """From here on the key is unknown, because it was revoked or has expired; None: it works for good."""
        ends = (self.revoked_at, self.custom.expires_at if self.custom else None)
        return min((at for at in ends if at is not None), default=None)

    def works(self, now: datetime) -> bool:
        """Return whether the key is accepted at `now`."""
        return self.ends_at is None or now < self.ends_at


def kept_text(plain: str, kind: Kind, rights: Rights | None = None) -> str | None:
    """Return the text of a key if the cloud keeps it: of one that only reads."""
    reads = kind == "search" or (kind == "custom" and rights is not None and rights.only_reads)
    return plain if reads else None


def new_keys(choose: Choose) -> Keys:
    """Return fresh keys; `choose` is `secrets.choice` outside tests."""
    return Keys(
        app_id=new_app_id(choose),
        write_key=new_key(choose),
        search_key=new_key(choose),
        admin_key=new_key(choose),
    )


def new_key(choose: Choose) -> str:
    """Return a fresh key; `choose` is `secrets.choice` outside tests."""
    return _text(choose, _KEY_SYMBOLS, _KEY_LENGTH)


def key_hash(key: str) -> str:
    """Return the SHA-256 of a key in hex: 128 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_id(hash_of_key: str) -> str:
    """Return what a key is called where it must not be shown: the first 12 hex digits of its hash."""
    return hash_of_key[:_ID_LENGTH]


def retired(record: KeyRecord, at: datetime, *, rotated_to: str | None = None) -> KeyRecord:
    """Return `record` as one that works until `at`, or until it was to end anyway if that is sooner."""
    ends = at if record.revoked_at is None else min(at, record.revoked_at)
    return replace(record, revoked_at=ends, rotated_to=rotated_to or record.rotated_to)


def successor(record: KeyRecord, plain: str, now: datetime) -> KeyRecord:
    """Return the record of a new key, `plain`, with the settings of `record`."""
    kept = kept_text(plain, record.kind, record.custom)
    return replace(record, key_hash=key_hash(plain), created_at=now, revoked_at=None, rotated_to=None, plain=kept)


def new_app_id(choose: Choose) -> str:
    """Return a fresh application id; `choose` is `secrets.choice` outside tests."""
    return _text(choose, _APP_ID_SYMBOLS, _APP_ID_LENGTH)


def check_source(source: str) -> str:
    """Return `source`. Raises: InputError where it is no name that a column of events can carry."""
    if not _SOURCE.fullmatch(source):
        way_out = "give up to 64 letters, digits, dots, hyphens and underscores, for example ios"
        raise InputError("--source", repr(source), way_out)
    return source


def check_rate(rate: int | None) -> int | None:
    """Return `rate`, requests a second. Raises: InputError below 1."""
    if rate is not None and rate < 1:
        raise InputError("--rate", str(rate), "give 1 or more requests a second, or leave it out for no limit")
    return rate


def check_origins(origins: Iterable[str]) -> frozenset[str]:
    """Return the origins as browsers send them: scheme and host in lower case, the port only where it is unusual.

    Raises: InputError for what is no origin.
    """
    return frozenset(map(_origin, origins))


def _origin(text: str) -> str:
    way_out = "give scheme and host as browsers do, for example https://shop.example.com or http://localhost:3000"
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        raise InputError("--origin", repr(text), way_out) from None
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or more or re.search(r"[\s*,]", parts.netloc):
        raise InputError("--origin", repr(text), way_out)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else "")


def _text(choose: Choose, symbols: str, length: int) -> str:
    return "".join(choose(symbols) for _ in range(length))
