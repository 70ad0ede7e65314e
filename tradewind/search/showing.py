"""A hit as it is shown: its record cut to what was asked for, its texts highlighted, why it ranks where it does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tradewind.catalog.settings import IndexSettings
from tradewind.search.answer import Highlighted, Shown
from tradewind.search.highlighting import Highlighter
from tradewind.search.plan import Hit, Plan
from tradewind.search.product_texts import facet_text
from tradewind.search.proximity import Places, places_of
from tradewind.search.request import SearchRequest

_MAX_DEPTH = 32  # of a record; deeper values are not highlighted


@dataclass(frozen=True, slots=True)
class Chosen:
    """Attributes by dotted path; an attribute that holds others stands for all of them."""

    names: frozenset[str]
    everything: bool
    above: frozenset[str]  # paths that lead to one of `names`
    without: frozenset[str] = frozenset()

    def takes(self, path: str) -> bool:
        return self.everything or path in self.names

    def leads_to(self, path: str) -> bool:
        return path in self.above


def chosen(paths: Iterable[str], *, without: Iterable[str] = ()) -> Chosen:
    """Return the choice of `paths`: "*" is everything, "-path" leaves one out."""
    names = frozenset(paths)
    wanted = frozenset(name for name in names if not name.startswith("-"))
    left_out = frozenset(name[1:] for name in names if name.startswith("-")) | frozenset(without)
    everything = "*" in wanted or bool(names and not wanted)
    return Chosen(wanted, everything, _above(wanted), left_out)


def _above(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(path[:at] for path in paths for at, letter in enumerate(path) if letter == ".")


class Display:
    """Shows the hits of one answer."""

    def __init__(self, plan: Plan, request: SearchRequest, settings: IndexSettings) -> None:
        searchable = tuple(name for place in settings.searchable for name in place.names)
        highlight = _first(request.highlight, settings.highlight, searchable or ("*",))
        self._highlight = chosen(highlight, without=settings.unretrievable) if highlight else None
        snippets = settings.snippets if request.snippets is None else request.snippets
        self._snippet_words = snippets
        self._snippet = chosen(snippets, without=settings.unretrievable) if snippets else None
        retrieve = _first(request.retrieve, settings.retrieve, ("*",))
        self._retrieve = chosen(retrieve, without=settings.unretrievable)
        self._restrict = request.restrict_highlight
        self._ranking_info = request.ranking_info
        self._searchable = request.restrict_searchable or searchable
        self._words = len(plan.words)
        self._ways: dict[tuple[bool, str, bool], dict[str, tuple[str, bool] | None]] = {}
        self._highlighter = Highlighter(
            plan.words,
            language=settings.language,
            pre=request.pre_tag,
            post=request.post_tag,
            ellipsis=request.snippet_ellipsis,
        )

    def show(self, hit: Hit) -> Shown:
        """Return the hit as it is shown. A record of which nothing is cut stays byte for byte."""
        whole = self._retrieve.everything and not self._retrieve.without
        if whole and not (self._highlight or self._snippet or self._ranking_info):
            return Shown(hit=hit, record=hit.record)
        record: dict[str, Any] = orjson.loads(hit.record)
        places = self._places(record)
        return Shown(
            hit=hit,
            record=hit.record if whole else cut(hit.record, record, self._retrieve),
            highlights=self._tree(record, self._highlight, snippets=False) if self._highlight else None,
            snippets=self._tree(record, self._snippet, snippets=True) if self._snippet else None,
            exact_words=places.exact_words,
            first_matched=places.first_matched,
            proximity=places.proximity,
        )

    def _places(self, record: Mapping[str, Any]) -> Places:
        if not (self._ranking_info and self._words):
            return Places()
        return places_of(record, self._searchable, self._highlighter, self._words)

    def _tree(self, record: Mapping[str, Any], choice: Chosen, *, snippets: bool) -> Any:
        return self._below(record, "", choice, taken=False, snippets=snippets, depth=0) or {}

    def _below(
        self, held: Mapping[str, Any], prefix: str, choice: Chosen, *, taken: bool, snippets: bool, depth: int
    ) -> dict[str, Any]:
        made = {}
        known = self._ways.setdefault((snippets, prefix, taken), {})
        for key, value in held.items():  # nothing is called for what is not shown: most of a record
            if key not in known:
                known[key] = _way(choice, prefix + key, taken=taken)
            way = known[key]
            if way is None:
                continue
            path, takes = way
            if takes and isinstance(value, str):
                made[key] = self._text(value, path, snippets=snippets)
                continue
            shown = self._value(value, path, choice, taken=takes, snippets=snippets, depth=depth)
            if shown is not None:
                made[key] = shown
        return made

    def _value(self, value: Any, path: str, choice: Chosen, *, taken: bool, snippets: bool, depth: int) -> Any:
        """Return the value with its texts and numbers highlighted; None for what cannot be (null, true, false)."""
        if isinstance(value, str):
            return self._text(value, path, snippets=snippets) if taken else None
        if isinstance(value, dict):
            if depth >= _MAX_DEPTH:
                return None
            return self._below(value, path + ".", choice, taken=taken, snippets=snippets, depth=depth + 1) or None
        if isinstance(value, list):
            if depth >= _MAX_DEPTH:
                return None
            each = (self._value(v, path, choice, taken=taken, snippets=snippets, depth=depth + 1) for v in value)
            return [shown for shown in each if shown is not None and self._is_kept(shown)]
        if not taken or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return self._text(facet_text(value), path, snippets=snippets)

    def _text(self, text: str, path: str, *, snippets: bool) -> Highlighted:
        return self._snippet_of(text, path) if snippets else self._highlighter.highlight(text)

    def _is_kept(self, shown: Any) -> bool:
        return not self._restrict or not isinstance(shown, Highlighted) or shown.match != "none"

    def _snippet_of(self, text: str, path: str) -> Highlighted:
        while path not in self._snippet_words and "." in path:
            path = path.rpartition(".")[0]
        words = self._snippet_words.get(path) or self._snippet_words.get("*", 10)
        return self._highlighter.snippet(text, words)


def _way(choice: Chosen, path: str, *, taken: bool) -> tuple[str, bool] | None:
    """Return the path, and whether it is shown or only leads to what is; None for neither."""
    takes = taken or choice.takes(path)
    if not (takes or choice.leads_to(path)) or path in choice.without:
        return None
    return None if path == "objectID" and path not in choice.names else (path, takes)


def cut(body: bytes, record: Mapping[str, Any], choice: Chosen) -> bytes:
    """Return the JSON of the chosen attributes and objectID; the body as it is where nothing falls away."""
    kept = _kept(record, "", choice, taken=False)
    if "objectID" in record:
        kept = {"objectID": record["objectID"]} | kept if "objectID" not in kept else kept
    return body if kept == record else orjson.dumps(kept)


def _kept(held: Mapping[str, Any], prefix: str, choice: Chosen, *, taken: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    hides = _above(choice.without)
    for key, value in held.items():
        path = prefix + key
        if path in choice.without:
            continue
        takes = taken or choice.takes(path)
        if takes and path not in hides:
            made[key] = value
        elif takes or choice.leads_to(path):
            inner = _kept_value(value, path, choice, taken=takes)
            if inner is not None:
                made[key] = inner
    return made


def _kept_value(value: Any, path: str, choice: Chosen, *, taken: bool) -> Any:
    """Return what is kept of a value on the way to a chosen or hidden attribute."""
    if isinstance(value, Mapping):
        return _kept(value, path + ".", choice, taken=taken)
    if isinstance(value, list):
        parts: Sequence[Any] = [_kept_value(each, path, choice, taken=taken) for each in value]
        return [part for part in parts if part is not None]
    return value if taken else None


def _first(*values: tuple[str, ...] | None) -> tuple[str, ...]:
    return next((value for value in values if value is not None), ())
