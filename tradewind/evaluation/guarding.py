"""The publish gate before the settings of a live index: what is compared, and what cannot be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from numpy.random import default_rng

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import Catalog, UnknownIndex
from tradewind.catalog.raw_definition import RawDefinition, changed, of_replica
from tradewind.evaluation.gate import Verdict
from tradewind.evaluation.judgements import Judgements, drawn
from tradewind.evaluation.running import Searched
from tradewind.evaluation.settings_gate import judge_change, needs_new_index, ranks_alike
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex

SEED = 20090719  # the same judgements give the same interval

_NAMES_ONLY = ("replicas", "slaves", "primary")  # settings that say which indexes there are


class PublishedIndexes(Protocol):
    """The indexes as shoppers search them."""

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        """Return an index and its definition. Raises: UnknownIndex, IndexUnavailable."""


@dataclass(frozen=True, slots=True)
class NotCompared:
    """There is no figure; `allowed` says whether the change may be made all the same."""

    why: str
    allowed: bool

    def __str__(self) -> str:
        return f"nothing was compared: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much may be done to compare."""

    queries: int | None = None  # None: all that are judged
    records: int | None = None  # of the index; None: any number
    new_index: bool = True  # whether an index may be built anew for it


def judge_settings(
    name: str,
    changes: Mapping[str, Any],
    judged: Judgements,
    *,
    catalog: Catalog,
    indexes: PublishedIndexes,
    encoder: Callable[[], TextEncoder | None],
    now: datetime,
    effort: Effort = Effort(),
) -> Verdict | NotCompared:
    """Return how an index with changed settings does on judgements against what shoppers search now.

    What is proposed is what is stored, with `changes`: changes that were stored and are not published yet count as
    proposed. Raises: InputError for settings that cannot be, IndexUnavailable.
    """
    try:
        proposed = definition_with(catalog, name, changes)
        index, live = indexes.named(name)
    except UnknownIndex:
        return NotCompared(f"index {name!r} is not published yet", allowed=True)
    if ranks_alike(live, proposed):
        return NotCompared("the change does not touch the order of products", allowed=True)
    if effort.records is not None and index.records > effort.records:
        return NotCompared(f"{index.records:,} records are too many to be compared here", allowed=False)
    if needs_new_index(live, proposed) and not effort.new_index:
        return NotCompared("the change needs a new index, which takes too long here", allowed=False)
    rng = default_rng(SEED)
    asked = judged if effort.queries is None else drawn(judged, effort.queries, rng)
    searched = Searched(index=index, definition=live, encoder=encoder() if index.encoder else None, now=now)
    verdict = judge_change(searched, proposed, asked, rng)
    return replace(verdict, note=_note(searched, asked, judged))


def definition_with(catalog: Catalog, name: str, changes: Mapping[str, Any]) -> IndexDefinition:
    """Return what an index is searched by with changed settings. Raises: UnknownIndex, InputError."""
    return _raw(catalog, name, {key: value for key, value in changes.items() if key not in _NAMES_ONLY}).parsed()


def _raw(catalog: Catalog, name: str, changes: Mapping[str, Any]) -> RawDefinition:
    own = RawDefinition(
        settings=changed(catalog.settings(name), changes),
        synonyms=tuple(catalog.entries(name, "synonym")),
        rules=tuple(catalog.entries(name, "rule")),
    )
    primary = own.settings.get("primary")
    return of_replica(_raw(catalog, primary, {}), own, name=primary) if primary else own


def _note(searched: Searched, asked: Judgements, judged: Judgements) -> str:
    parts = []
    if len(asked.gains) < len(judged.gains):
        parts.append(f"drawn from {len(judged.gains):,} judged queries")
    if searched.index.encoder and len(searched.runs) == 1:
        parts.append("by words alone: the encoder of the index is not here")
    return "; ".join(parts)
