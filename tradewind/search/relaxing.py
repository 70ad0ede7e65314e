"""Which words of a query leave where no product has all of them, as `removeWordsIfNoResults` says."""

from dataclasses import replace

from tradewind.catalog.settings import RemoveWords
from tradewind.search.index import CatalogIndex
from tradewind.search.plan import Plan
from tradewind.search.understanding.understand import ANY_WORD


def with_fewer_words(plan: Plan, index: CatalogIndex, how: RemoveWords | None) -> Plan:
    """Return the plan with all words as long as a product has them all, under the filter; else with fewer of them.

    `lastWords` and `firstWords` leave out as few as will do from that end, `allOptional` asks for any one, `none` for
    all in any case; None leaves the plan as it is. Where no product has even one, all words stay. Raises:
    IndexUnavailable.
    """
    if how is None or not plan.words or plan.weights.enough == ANY_WORD:  # all are optional
        return plan
    strict = replace(plan, weights=replace(plan.weights, enough=0))
    if how == "none" or _matches(strict, index):
        return strict
    if how == "allOptional":
        return replace(plan, weights=replace(plan.weights, enough=ANY_WORD))
    # One word less matches as much or more, so the most that match are found by halving.
    most, least = sum(not word.optional for word in plan.words) - 1, 0
    while least < most:
        middle = (least + most + 1) // 2
        if _matches(_with_words(strict, middle, how), index):
            least = middle
        else:
            most = middle - 1
    return _with_words(strict, least, how) if least else strict


def _matches(plan: Plan, index: CatalogIndex) -> bool:
    """Return whether a product matches by words."""
    return index.search(replace(plan, length=0, offset=0, facets=(), vector=None, pins=())).lexical_count > 0


def _with_words(plan: Plan, count: int, how: RemoveWords) -> Plan:
    """Return the plan with the first or the last so many of the words that decide; optional ones stay."""
    deciding = [at for at, word in enumerate(plan.words) if not word.optional]
    kept = set(deciding[:count] if how == "lastWords" else deciding[-count:])
    return replace(plan, words=tuple(word for at, word in enumerate(plan.words) if word.optional or at in kept))
