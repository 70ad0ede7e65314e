"""What spelling and suggestions ask of the words of an index, as searches."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.search.index import KnownWord, Standing
from tradewind.search.opensearch import layout as fields

Search = dict[str, Any]

_NEAR = "near"
_STANDING = "standing"
_MOST_NEAR = 200  # words that one question for neighbours returns


def counting(word: str) -> Search:
    """Return the search that counts the products that hold a word."""
    return {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": [{"term": {fields.SURFACES: word}}]}}}


def count_in(answer: Mapping[str, Any]) -> int:
    return int(answer["hits"]["total"]["value"])


def near(word: str, edits: int) -> Search:
    """Return the search for words up to `edits` edits away, of which swapping two neighbours is one."""
    term = {
        "field": fields.SURFACES,
        "size": _MOST_NEAR,
        "max_edits": edits,
        "prefix_length": 0,
        "min_word_length": 1,
        "suggest_mode": "always",
        "string_distance": "damerau_levenshtein",
        "accuracy": 0.0,
        "max_inspections": _MOST_NEAR,
    }
    return {"size": 0, "track_total_hits": False, "suggest": {_NEAR: {"text": word, "term": term}}}


def near_in(answer: Mapping[str, Any], word: str, edits: int) -> tuple[KnownWord, ...]:
    """Return the words of an answer: fewest edits, then most products first."""
    options = [option for entry in answer["suggest"][_NEAR] for option in entry["options"]]
    known = [KnownWord(option["text"], edits_between(word, option["text"]), option["freq"]) for option in options]
    within = [each for each in known if 1 <= each.edits <= edits]
    return tuple(sorted(within, key=lambda each: (each.edits, -each.products, each.word)))


def beginning(prefix: str, limit: int) -> Search:
    """Return the search for the words that begin so, with how many products hold each."""
    terms = {"field": fields.SURFACES, "include": f"{_literally(prefix)}.*", "size": limit}
    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"prefix": {fields.SURFACES: prefix}}]}},
        "aggs": {"words": {"terms": terms}},
    }


def beginning_in(answer: Mapping[str, Any]) -> tuple[KnownWord, ...]:
    """Return the words of an answer, most products first."""
    buckets = answer["aggregations"]["words"]["buckets"]
    return tuple(KnownWord(each["key"], 0, each["doc_count"]) for each in buckets)


def standing(stems: Sequence[str], beside: Sequence[str]) -> Search:
    """Return the search that counts the products of each stem: all, in the first place, there with each other one."""
    first = fields.stems_field(0)
    counted: list[Search] = []
    for each in stems:
        counted += [{"term": {fields.STEMS: each}}, {"term": {first: each}}]
        for other in _others(each, beside):
            counted.append({"bool": {"filter": [{"term": {first: each}}, {"term": {first: other}}]}})
    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"terms": {fields.STEMS: list(stems)}}]}},
        "aggs": {_STANDING: {"filters": {"filters": counted}}},
    }


def standing_in(answer: Mapping[str, Any], stems: Sequence[str], beside: Sequence[str]) -> tuple[Standing, ...]:
    """Return the standings of an answer, in the order of the stems."""
    counts = iter([int(each["doc_count"]) for each in answer["aggregations"][_STANDING]["buckets"]])
    return tuple(
        Standing(next(counts), next(counts), sum(next(counts) for _ in _others(each, beside))) for each in stems
    )


def _others(stem: str, beside: Sequence[str]) -> list[str]:
    return [other for other in beside if other != stem]


def _literally(text: str) -> str:
    """Return a pattern of Lucene's regular expressions that matches a text as it stands."""
    return re.sub(r'([.?+*|{}\[\]()"\\#@&<>~^$-])', r"\\\1", text)


def edits_between(one: str, other: str) -> int:
    """Return the optimal string alignment distance: insertions, deletions, replacements, swaps of neighbours.

    >>> edits_between("chari", "chair")
    1
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        following = [at]
        for to, goal in enumerate(other, start=1):
            cost = min(following[to - 1] + 1, row[to] + 1, row[to - 1] + (letter != goal))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == goal:
                cost = min(cost, before[to - 2] + 1)
            following.append(cost)
        before, row = row, following
    return row[-1]
