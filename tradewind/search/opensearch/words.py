"""The words of a plan as queries of OpenSearch: what matches, and how it scores."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.conditions import ALL, NONE, Query
from tradewind.search.opensearch.layout import Layout, WordField
from tradewind.search.plan import Alternative, Plan, Word
from tradewind.search.product_texts import place_weights

# OpenSearch takes 1,024 clauses in a query (indices.query.bool.max_clause_count). Plans that would need more for
# scoring by place are scored over all places together.
_MAX_SCORING_CLAUSES = 700
# What the matched share of the words and complete names may add to them.
_MAX_CLAUSES = 900
# Words of a beginning that take part in scoring, by how common they are; the rest of them match without.
_SCORED_COMPLETIONS = 30
_COMPLETION_FLOOR = 0.1  # what a product gets whose completion is not among them


def deciding_words(plan: Plan) -> tuple[Word, ...]:
    """Return the words that decide whether a product matches."""
    return tuple(word for word in plan.words if not word.optional)


def matches(plan: Plan, layout: Layout, required: int) -> Query:
    """Return the query for products that match at least `required` of the deciding words, without scores."""
    deciding = [_any_alternative(word, plan, layout) for word in deciding_words(plan)]
    if required < 1 or not deciding:
        return NONE
    return {"bool": {"should": deciding, "minimum_should_match": required}}


def _any_alternative(word: Word, plan: Plan, layout: Layout) -> Query:
    return _any([_all([_holds(*each, plan, layout) for each in _terms(one)]) for one in word.alternatives])


def _terms(alternative: Alternative) -> list[tuple[str, bool]]:
    """Return the terms, each with whether it is the beginning of a word."""
    last = len(alternative.terms) - 1
    return [(term, alternative.prefix and at == last) for at, term in enumerate(alternative.terms)]


def _holds(term: str, is_prefix: bool, plan: Plan, layout: Layout) -> Query:
    kind = "prefix" if is_prefix else "term"
    if plan.searchable is None:
        return {kind: {fields.SURFACES if is_prefix else fields.STEMS: term}}
    held = layout.word_fields(plan.searchable)
    return _any([{kind: {each.surfaces if is_prefix else each.stems: each.before + term}} for each in held])


def relevance(plan: Plan, layout: Layout, required: int) -> Query:
    """Return the query whose score is the words' score; it matches what `matches` does.

    The sum over words of the score of its best alternative, that one the sum over places of weight x BM25; neighbours
    of the query that are neighbours in the first place add to it. That times the share of words that match, to its
    power, and times its factor where the first place has all words. Names of its parts tell which word was met how:
    "0.1" is alternative 1 of word 0.
    """
    by_place = _clauses(plan, layout) <= _MAX_SCORING_CLAUSES
    scores = {word: _word_score(number, word, plan, layout, by_place) for number, word in enumerate(plan.words)}
    optional = [scores[word] for word in plan.words if word.optional]
    deciding = [scores[word] for word in deciding_words(plan)]
    summed = {
        "bool": {
            "must": [{"bool": {"should": deciding, "minimum_should_match": required}}],
            "should": optional + _phrases(plan, layout),
        }
    }
    return _complete(_covered(summed, plan, layout, required), plan, layout)


def _covered(query: Query, plan: Plan, layout: Layout, required: int) -> Query:
    """Return the query with its score times (matched words / words) ** `weights.coverage`, in steps by how many words
    match; in proportion to the share where that takes too many clauses, and not at all where that does, too."""
    power, words = plan.weights.coverage, deciding_words(plan)
    if not power or required >= len(words):  # all that match have all words
        return query
    room = _room(plan, layout)
    if (len(words) - required) * _terms_of(plan) <= room:
        shares = [(count / len(words)) ** power for count in range(required, len(words) + 1)]
        steps = [_step(ALL, shares[0])]
        for count, (before, share) in enumerate(pairwise(shares), start=required + 1):
            steps.append(_step(matches(plan, layout, count), share - before))
        return _times(query, steps)
    if _terms_of(plan) <= room:
        return _times(query, [_step(_any_alternative(word, plan, layout), 1 / len(words)) for word in words])
    return query


def _complete(query: Query, plan: Plan, layout: Layout) -> Query:
    """Return the query with its score times 1 + `weights.complete` where the first place has all words."""
    if not plan.weights.complete or 0 not in layout.places_of(plan.searchable) or _room(plan, layout) < 0:
        return query
    first = replace(layout, places=layout.places[:1])
    searchable = (first.places[0].names or None) if plan.searchable is None else plan.searchable
    in_first = matches(replace(plan, searchable=searchable), first, len(deciding_words(plan)))
    return _times(query, [_step(in_first, 1 + plan.weights.complete)])


def _times(query: Query, steps: Sequence[Query]) -> Query:
    """Return the query with its score times the sum of the weights of the steps that hold; times 1 where none does."""
    return {"function_score": {"query": query, "functions": steps, "score_mode": "sum", "boost_mode": "multiply"}}


def _step(condition: Query, weight: float) -> Query:
    return {"filter": condition, "weight": weight}


def _room(plan: Plan, layout: Layout) -> int:
    """Return how many clauses are left beside those of scores, of the match set and of complete names."""
    scoring = _clauses(plan, layout)
    terms = _terms_of(plan)
    return _MAX_CLAUSES - (scoring if scoring <= _MAX_SCORING_CLAUSES else terms) - 2 * terms


def _terms_of(plan: Plan) -> int:
    return sum(len(alternative.terms) for word in plan.words for alternative in word.alternatives)


def _clauses(plan: Plan, layout: Layout) -> int:
    return _terms_of(plan) * len(layout.word_fields(plan.searchable))


def _word_score(number: int, word: Word, plan: Plan, layout: Layout, by_place: bool) -> Query:
    alternatives = [
        _alternative_score(f"{number}.{at}", alternative, plan, layout, by_place)
        for at, alternative in enumerate(word.alternatives)
    ]
    return {"dis_max": {"queries": alternatives}} if alternatives else NONE


def _alternative_score(name: str, alternative: Alternative, plan: Plan, layout: Layout, by_place: bool) -> Query:
    terms = [_term_score(term, is_prefix, plan, layout, by_place) for term, is_prefix in _terms(alternative)]
    return {"bool": {"must": terms, "boost": alternative.weight, "_name": name}}


def _term_score(term: str, is_prefix: bool, plan: Plan, layout: Layout, by_place: bool) -> Query:
    if not by_place:
        return _holds(term, is_prefix, plan, layout)
    weights = place_weights(plan.weights, len(layout.places))
    held = layout.word_fields(plan.searchable)
    if is_prefix:
        return _any([query for each in held for query in _completions(term, each, weights[each.place])])
    return _any([{"term": {each.stems: {"value": each.before + term, "boost": weights[each.place]}}} for each in held])


def _completions(beginning: str, held: WordField, weight: float) -> list[Query]:
    field, beginning = held.surfaces, held.before + beginning
    common = f"top_terms_blended_freqs_{_SCORED_COMPLETIONS}"
    return [
        {"prefix": {field: {"value": beginning, "boost": weight * _COMPLETION_FLOOR}}},
        {"prefix": {field: {"value": beginning, "boost": weight, "rewrite": common}}},
    ]


def _phrases(plan: Plan, layout: Layout) -> list[Query]:
    if 0 not in layout.places_of(plan.searchable) or not plan.weights.phrase:
        return []
    field, boost = fields.stems_field(0), plan.weights.phrase
    return [{"match_phrase": {field: {"query": " ".join(pair), "boost": boost}}} for pair in plan.phrases]


def _any(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": list(queries)}} if queries else NONE


def _all(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"must": list(queries)}} if queries else NONE
