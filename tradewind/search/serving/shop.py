"""What serving reaches the world through."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.definition_changes import DefinitionChange
from tradewind.catalog.editing import Catalog
from tradewind.config import Search
from tradewind.keys import KeyRecord
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex
from tradewind.search.serving.key_ring import KeyRing
from tradewind.search.serving.rates import QueryCounts
from tradewind.search.tracing import Searched


class IndexReader(Protocol):
    """The indexes as they are published."""

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        """Return an index ready to search. Raises: UnknownIndex, IndexUnavailable."""


class Traces(Protocol):
    """Where it is noted what was searched and shown."""

    def put(self, searches: Iterable[Searched], now: datetime) -> int:
        """Note the searches of one request and return how many; must neither fail nor wait for long."""


class NoTraces:
    """Notes nothing."""

    def put(self, searches: Iterable[Searched], now: datetime) -> int:
        return 0


class PublishGate(Protocol):
    """Whether a definition may be changed: that of an index with stored judgements must not rank worse."""

    def refusal(self, index: str, change: DefinitionChange, now: datetime) -> str | None:
        """Return why the change is refused, None where it may be made. Raises: IndexUnavailable, Unavailable."""


class NoGate:
    """Lets every change pass."""

    def refusal(self, index: str, change: DefinitionChange, now: datetime) -> str | None:
        return None


class KeyRecords(Protocol):
    """All keys of the deployment."""

    def list(self) -> Sequence[KeyRecord]: ...

    def record(self, key_hash: str) -> KeyRecord | None: ...

    def add(self, record: KeyRecord) -> bool:
        """Store a record and return True; False where the key has one already."""

    def change(self, record: KeyRecord, changed: KeyRecord) -> None:
        """Store `changed` in place of `record`. Raises: KeyChanged where it is not as in `record` any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchShop:
    """For requests that read published indexes."""

    keys: KeyRing
    indexes: IndexReader
    encoder: Callable[[], TextEncoder | None]  # built on first use: not every request needs one
    traces: Traces
    limits: Search
    new_id: Callable[[], str]  # 32 hex digits
    clock: Callable[[], float]  # seconds from any point, never back
    counts: QueryCounts | None = None  # of keys with a limit; None: they have none here
    absent: dict[str, float] = field(default_factory=dict)  # names that no index had, until when this is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class EditingShop:
    """For requests that change indexes and keys, and those that read what is stored of them."""

    keys: KeyRing
    key_records: KeyRecords
    catalog: Catalog
    limits: Search
    new_id: Callable[[], str]  # of records that come without one
    new_key: Callable[[], str]
    gate: PublishGate = field(default_factory=NoGate)
    # What a verb is carried out in: raises Unavailable where the cloud is too busy.
    guard: Callable[[], AbstractContextManager[None]] = nullcontext
