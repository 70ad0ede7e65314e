"""What can be done to the indexes of a shop: the verbs that Algolia's protocol and imports use."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

Action = Literal[
    "addObject", "updateObject", "partialUpdateObject", "partialUpdateObjectNoCreate", "deleteObject"
]  # Algolia's words; "clear" and "delete" are verbs of their own
Scope = Literal["settings", "synonyms", "rules"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one record. `body` is its JSON as sent (a part of it for partial updates), None for deletions."""

    action: Action
    object_id: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """What is known of an index by its name."""

    name: str
    index_id: str
    primary: str | None
    replicas: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    open_tasks: int
    records: int = 0  # live ones, as of the last publication
    size: int = 0  # bytes of them, as of the last publication
    demo: bool = False  # generated; removed by the first real import


class UnknownIndex(Exception):
    """There is no index of this name; the text is the name."""


class ChangedMeanwhile(Exception):
    """Others changed the index each time that this was tried, and nothing was done; the text names the index."""


class Catalog(Protocol):
    """All indexes. Every verb that changes something returns the id of the task that makes it visible.

    Verbs that change make the index where there is none, as Algolia does. Raises: InputError for what cannot be stored;
    ChangedMeanwhile.
    """

    def edit(self, index: str, edits: Sequence[Edit]) -> int: ...

    def get(self, index: str, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        """Return records as they are stored now, in the order of the ids."""

    def records(self, index: str) -> Iterator[tuple[str, bytes]]:
        """Yield every (object id, record) of an index. Raises: UnknownIndex."""

    def clear(self, index: str) -> int: ...

    def delete_matching(self, index: str, filter_text: Mapping[str, Any]) -> int:
        """Delete the records that meet the filters of `filter_text` (filters, facetFilters, numericFilters ...)."""

    def delete(self, index: str) -> int: ...

    def copy(self, source: str, destination: str, scopes: Sequence[Scope] | None) -> int:
        """Copy settings, synonyms, rules (those of `scopes`); records too where `scopes` is None."""

    def move(self, source: str, destination: str) -> int:
        """Give the index another name; what had that name is gone, at once and whole."""

    def settings(self, index: str) -> Mapping[str, Any]:
        """Return the settings as they were set. Raises: UnknownIndex."""

    def set_settings(self, index: str, changes: Mapping[str, Any], *, forward: bool = False) -> int:
        """Change some settings (null: back to the default); `forward`: of the replicas too. `replicas` makes them."""

    def entries(self, index: str, kind: Literal["synonym", "rule"]) -> Sequence[Mapping[str, Any]]:
        """Return synonyms or rules as they were sent. Raises: UnknownIndex."""

    def put_entries(
        self,
        index: str,
        kind: Literal["synonym", "rule"],
        entries: Sequence[Mapping[str, Any]],
        *,
        replace: bool = False,
    ) -> int:
        """Store synonyms or rules by their objectID; `replace`: instead of all that were there."""

    def delete_entry(self, index: str, kind: Literal["synonym", "rule"], object_id: str) -> int: ...

    def is_published(self, index: str, task: int) -> bool: ...

    def indexes(self) -> Sequence[IndexFacts]: ...
