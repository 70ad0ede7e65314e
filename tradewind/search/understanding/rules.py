"""Which rules of a shop apply to a query, and what they make of it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from tradewind.catalog.rules import Condition, FacetFromPattern, Pin, Rule
from tradewind.search.filters import EVERYTHING, And, FacetIs, Filter, Not, Or, all_of
from tradewind.search.text import tokens

MAX_FACET_WORDS = 5  # of a facet value that {facet:...} catches
_SLOT = re.compile(r"\{facet:([^{}]+)\}")

# Returns the facet's value that is these folded words, None where there is none.
FindFacetValue = Callable[[str, Sequence[str]], str | None]
# Returns the folded words that count as this one: itself, or with its corrections and synonyms.
FormsOf = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Slot:
    """{facet:attribute} in a pattern."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Caught:
    """A facet value of the query that a slot stands for."""

    attribute: str
    value: str
    words: str  # as they stand in the query


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the conditions of rules look at."""

    query: str  # normalised
    contexts: frozenset[str] = frozenset()
    filter: Filter = EVERYTHING
    now: datetime
    find_value: FindFacetValue
    forms_of: FormsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesApplied:
    """What all rules that apply say together."""

    query: str
    ids: tuple[str, ...] = ()
    filter: Filter = EVERYTHING
    optional_filters: tuple[Filter, ...] = ()
    pins: tuple[Pin, ...] = ()
    pins_are_filtered: bool = False
    hidden: frozenset[str] = frozenset()
    parameters: Mapping[str, Any]
    user_data: tuple[Any, ...] = ()
    redirect: str | None = None


def apply_rules(rules: Iterable[Rule], asked: Asked) -> RulesApplied:
    """Return what the rules that hold for a query make of it, in the order of the rules.

    All that hold apply. The first to replace the query, to set a parameter or to redirect wins; edits of words add up.
    A product that one rule hides is not pinned by another.
    """
    holding = [(rule, caught) for rule in rules if (caught := _holds(rule, asked)) is not None]
    consequences = [rule.consequence for rule, _ in holding]
    hidden = frozenset().union(*(each.hidden for each in consequences))
    facets = [_facet_filter(rule.consequence.automatic_facets, caught) for rule, caught in holding]
    parameters: dict[str, Any] = {}
    for each in reversed(consequences):
        parameters.update(each.parameters)
    return RulesApplied(
        query=_edited(asked.query, holding),
        ids=tuple(rule.object_id for rule, _ in holding),
        filter=all_of(*(each.filter for each in consequences), *(hard for hard, _ in facets)),
        optional_filters=tuple(
            part
            for each, (_, soft) in zip(consequences, facets, strict=True)
            for part in (*each.optional_filters, *soft)
        ),
        pins=tuple(_visible(pin, hidden) for each in consequences for pin in each.pins if set(pin.object_ids) - hidden),
        pins_are_filtered=any(each.pins_are_filtered for each in consequences),
        hidden=hidden,
        parameters=parameters,
        user_data=tuple(each.user_data for each in consequences if each.user_data is not None),
        redirect=next((each.redirect for each in consequences if each.redirect), None),
    )


def _holds(rule: Rule, asked: Asked) -> tuple[Caught, ...] | None:
    """Return what the slots of the first condition that holds have caught; None where none holds."""
    if not rule.enabled or not _is_valid(rule, asked.now):
        return None
    if not rule.conditions:
        return ()
    return next((caught for each in rule.conditions if (caught := _meets(each, asked)) is not None), None)


def _is_valid(rule: Rule, now: datetime) -> bool:
    return not rule.validity or any(start <= now <= end for start, end in rule.validity)


def _meets(condition: Condition, asked: Asked) -> tuple[Caught, ...] | None:
    if condition.context is not None and condition.context not in asked.contexts:
        return None
    if condition.filters is not None and not _contains(asked.filter, condition.filters):
        return None
    return () if condition.pattern is None else _match(condition, condition.pattern, asked)


def _contains(whole: Filter, part: Filter) -> bool:
    """Return whether every condition of `part` is one of those that must hold in `whole`."""
    return set(_conditions(part)) <= set(_conditions(whole))


def _conditions(filter: Filter) -> Iterator[Filter]:
    """Yield conditions that must hold all, without scores; one facet inside an OR of its attribute counts too.

    InstantSearch sends even a single choice as an OR.
    """
    match filter:
        case And():
            for each in filter.parts:
                yield from _conditions(each)
        case Or() if filter.parts:
            yield filter
            if all(isinstance(each, FacetIs) for each in filter.parts):
                for each in filter.parts:
                    yield from _conditions(each)
        case FacetIs():
            yield FacetIs(filter.attribute, filter.value)
        case _:
            yield filter


def _match(condition: Condition, pattern: str, asked: Asked) -> tuple[Caught, ...] | None:
    parts = _parts(pattern)
    words = _words(asked.query)
    if not parts:
        return None if words else ()
    starts = range(len(words)) if condition.anchoring in ("contains", "endsWith") else (0,)
    to_the_end = condition.anchoring in ("is", "endsWith")
    forms = asked.forms_of if condition.alternatives else None
    for start in starts:
        for end, caught in _matches(parts, words, start, asked.find_value, forms):
            if end == len(words) or not to_the_end:
                return caught
    return None


@lru_cache(maxsize=10_000)
def _parts(pattern: str) -> tuple[str | Slot, ...]:
    """Return the folded words and slots of a pattern."""
    parts: list[str | Slot] = []
    at = 0
    for slot in _SLOT.finditer(pattern):
        parts.extend(token.word for token in tokens(pattern[at : slot.start()]))
        parts.append(Slot(slot[1].strip()))
        at = slot.end()
    parts.extend(token.word for token in tokens(pattern[at:]))
    return tuple(parts)


@lru_cache(maxsize=64)
def _words(query: str) -> tuple[str, ...]:
    return tuple(token.word for token in tokens(query))


def _matches(
    parts: Sequence[str | Slot], words: Sequence[str], at: int, find_value: FindFacetValue, forms: FormsOf | None
) -> Iterator[tuple[int, tuple[Caught, ...]]]:
    """Yield (end, what was caught) for every way in which the parts stand at a place of the words."""
    if not parts:
        yield at, ()
        return
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        if at < len(words) and (words[at] == first or (forms is not None and first in forms(words[at]))):
            yield from _matches(rest, words, at + 1, find_value, forms)
        return
    for end in range(min(at + MAX_FACET_WORDS, len(words)), at, -1):  # the longest value first
        value = find_value(first.attribute, words[at:end])
        if value is not None:
            caught = Caught(first.attribute, value, " ".join(words[at:end]))
            for last, others in _matches(rest, words, end, find_value, forms):
                yield last, (caught, *others)


def _facet_filter(wanted: Sequence[FacetFromPattern], caught: Sequence[Caught]) -> tuple[Filter, tuple[Filter, ...]]:
    """Return the filter and the preferences that caught values become."""
    hard: list[Filter] = []
    soft: list[Filter] = []
    for each in wanted:
        values: list[Filter] = [
            FacetIs(each.attribute, held.value, each.score) for held in caught if held.attribute == each.attribute
        ]
        if each.negative:
            values = [Not(value) for value in values]
        if each.optional:
            soft += values
        elif values:
            hard.append(Or(tuple(values)) if each.disjunctive and len(values) > 1 else all_of(*values))
    return all_of(*hard), tuple(soft)


def _edited(query: str, holding: Sequence[tuple[Rule, Sequence[Caught]]]) -> str:
    """Return the query replaced, else with its words edited."""
    for rule, _ in holding:
        if rule.consequence.query is not None:
            return rule.consequence.query
    for rule, caught in holding:
        for word, instead in rule.consequence.edits:
            query = _replaced(query, _filled(word, caught), _filled(instead or "", caught))
    return query


def _filled(text: str, caught: Sequence[Caught]) -> str:
    """Return the text with its slots replaced by the words of the query that they caught."""
    for each in caught:
        text = text.replace(f"{{facet:{each.attribute}}}", each.words)
    return text


def _replaced(query: str, words: str, instead: str) -> str:
    """Return the query with every run of these words, however written, replaced."""
    sought = [token.word for token in tokens(words)]
    found = tokens(query)
    at = len(found) - len(sought)
    while sought and at >= 0:
        if [token.word for token in found[at : at + len(sought)]] == sought:
            before, after = query[: found[at].start].rstrip(), query[found[at + len(sought) - 1].end :].lstrip()
            query = " ".join(part for part in (before, instead, after) if part)
            at -= len(sought)
        else:
            at -= 1
    return query


def _visible(pin: Pin, hidden: frozenset[str]) -> Pin:
    return Pin(tuple(each for each in pin.object_ids if each not in hidden), pin.position)
