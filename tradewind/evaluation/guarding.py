"""The publish gate before settings, synonyms and rules of a live index: what is compared, and what cannot be."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from numpy.random import default_rng

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.definition_changes import DefinitionChange, own_definition
from tradewind.catalog.editing import Catalog, UnknownIndex
from tradewind.catalog.raw_definition import RawDefinition, of_replica
from tradewind.evaluation.gate import Verdict
from tradewind.evaluation.judgements import Judgements, drawn
from tradewind.evaluation.running import Searched
from tradewind.evaluation.settings_gate import judge_change, needs_new_index, ranks_alike
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex

SEED = 20090719  # the same judgements give the same interval


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
    seconds: float | None = None  # until the last query was asked; None: any time
    clock: Callable[[], float] = lambda: 0.0  # seconds from any point, never back; where `seconds` is given


class _TookTooLong(Exception):
    pass


def judge_definition(
    name: str,
    change: DefinitionChange,
    judged: Judgements,
    *,
    catalog: Catalog,
    indexes: PublishedIndexes,
    encoder: Callable[[], TextEncoder | None],
    now: datetime,
    effort: Effort = Effort(),
) -> Verdict | NotCompared:
    """Return how an index with a changed definition does on judgements against what shoppers search now.

    What is proposed is what is stored, with `change`: changes that were stored and are not published yet count as
    proposed. Raises: InputError for settings, synonyms and rules that cannot be, IndexUnavailable.
    """
    began = effort.clock()

    def on_time(_step: int, _queries: int) -> None:
        if effort.seconds is not None and effort.clock() - began > effort.seconds:
            raise _TookTooLong

    try:
        proposed = definition_with(catalog, name, change)
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
    try:
        verdict = judge_change(searched, proposed, asked, rng, on_time)
    except _TookTooLong:
        return NotCompared(f"asking {len(asked.gains):,} judged queries takes too long here", allowed=False)
    return replace(verdict, note=_note(searched, asked, judged))


def definition_with(catalog: Catalog, name: str, change: DefinitionChange) -> IndexDefinition:
    """Return what an index is searched by after a change of its own definition. Raises: UnknownIndex, InputError."""
    return _whole(catalog, name, change).parsed()


def _whole(catalog: Catalog, name: str, change: DefinitionChange) -> RawDefinition:
    own = change(own_definition(catalog, name))
    primary = own.settings.get("primary")
    return of_replica(_whole(catalog, primary, lambda it: it), own, name=primary) if primary else own


def _note(searched: Searched, asked: Judgements, judged: Judgements) -> str:
    parts = []
    if len(asked.gains) < len(judged.gains):
        parts.append(f"drawn from {len(judged.gains):,} judged queries")
    if searched.index.encoder and len(searched.runs) == 1:
        parts.append("by words alone: the encoder of the index is not here")
    return "; ".join(parts)
