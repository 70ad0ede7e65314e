"""Whether changed settings, synonyms or rules may replace those of an index, by its stored judgements."""

import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from numpy.random import Generator

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import IndexSettings
from tradewind.evaluation.gate import Verdict, gate
from tradewind.evaluation.judgements import Judgements
from tradewind.evaluation.running import RunName, Searched, run_scores
from tradewind.evaluation.temporary_index import temporary_index
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.index import CatalogIndex

_PORTION = 1000  # records read at a time
_DEPTH = 10  # nDCG@10 looks no further

# What no order of products depends on.
_UNRANKED = {"raw", "replicas", "primary", "hits_per_page", "max_values_per_facet"} | {
    *("snippets", "highlight", "retrieve", "unretrievable")
}


def judge_change(
    live: Searched,
    proposed: IndexDefinition,
    judged: Judgements,
    rng: Generator,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Verdict:
    """Return how `proposed` does against what `live` is defined by, as shoppers get it.

    Where it is indexed otherwise (searched attributes, language, mapped fields), a temporary index of all records is
    built, whose vectors are computed anew. `progress` is told (1, queries) after each query of both runs.
    Raises: IndexUnavailable, and whatever `progress` does.
    """
    run: RunName = live.runs[-1]  # hybrid, or by words where there are no vectors
    before = run_scores(live, judged, run, progress, depth=_DEPTH)
    if isinstance(live.index, EmbeddedIndex) and not needs_new_index(live.definition, proposed):
        # Custom ranking and stock are read by the index itself: it must have the proposed definition, too.
        changed = replace(live, index=live.index.with_definition(proposed), definition=proposed)
        return gate(before, run_scores(changed, judged, run, progress, depth=_DEPTH), rng)
    with tempfile.TemporaryDirectory(prefix="tradewind-gate-") as folder:
        encoder = live.encoder if len(live.runs) > 1 else None
        records = records_of(live.index)
        index = temporary_index(records, proposed, encoder, folder=Path(folder), now=live.now)
        changed = replace(live, index=index, definition=proposed)
        return gate(before, run_scores(changed, judged, run, progress, depth=_DEPTH), rng)


def needs_new_index(before: IndexDefinition, after: IndexDefinition) -> bool:
    """Return whether the files of an index would be others, in a way that the order of products may depend on."""
    facets = bool(before.rules or after.rules)  # only rules filter a judged query by facets
    return _indexed(before.settings, facets=facets) != _indexed(after.settings, facets=facets)


def ranks_alike(before: IndexDefinition, after: IndexDefinition) -> bool:
    """Return whether two definitions order the products of every query alike, as far as can be told without asking."""
    if (before.synonyms, before.rules) != (after.synonyms, after.rules) or needs_new_index(before, after):
        return False
    ranked = [each.name for each in fields(IndexSettings) if each.name not in _UNRANKED | {"facets"}]
    return all(getattr(before.settings, name) == getattr(after.settings, name) for name in ranked)


def _indexed(settings: IndexSettings, *, facets: bool) -> tuple[object, ...]:
    """Return what of the settings is in the files of an index."""
    counted = settings.facets if facets else ()
    return settings.searchable, counted, settings.numeric, settings.language, settings.fields


def records_of(index: CatalogIndex) -> list[StoredRecord]:
    """Return all records of an index. Raises: IndexUnavailable."""
    found: list[StoredRecord] = []
    after: str | None = None
    while portion := index.scan(after=after, limit=_PORTION):
        found += [StoredRecord(object_id, body) for object_id, body in portion]
        after = portion[-1][0]
    return found
