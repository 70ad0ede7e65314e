"""A slow, obvious index: every clause of tradewind/search/plan.py as a loop over Python objects.

The engines are compared with it. It shares with them what a text's words are and which texts are searched, no more.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord, values_at
from tradewind.catalog.settings import SearchableAttributes, SortKey
from tradewind.search.encoder import TextEncoder
from tradewind.search.filter_matching import distance, meets, numbers_at, points_of
from tradewind.search.filters import EVERYTHING, And, FacetIs, Filter, Not, NumberIs, NumberWithin, Or
from tradewind.search.index import FacetValue, KnownWord, Standing
from tradewind.search.plan import Alternative, FacetStats, Hit, Outcome, Plan, Word
from tradewind.search.product_texts import (
    attribute_texts,
    encoded_text,
    facet_text,
    place_texts,
    place_weights,
    searched_places,
)
from tradewind.search.request import Around
from tradewind.search.text import folded, stem, tokens

K1, B = 1.2, 0.75
DEFAULT_FLOOR = 0.4
CANDIDATES = 2000


@dataclass(frozen=True, eq=False)
class _Product:
    object_id: str
    body: bytes
    record: Mapping[str, Any]
    places: tuple[tuple[str, ...], ...]  # folded words of each searchable place, in order
    language: str

    @cached_property
    def stems(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(stem(word, self.language) for word in place) for place in self.places)


class OracleVocabulary:
    """Words counted and compared one by one."""

    def __init__(self, products: Iterable[_Product]) -> None:
        self._products = list(products)
        self._counts = Counter(word for each in self._products for word in {w for place in each.places for w in place})

    def products_with(self, word: str) -> int:
        return self._counts[word]

    def near(self, word: str, edits: int) -> Sequence[KnownWord]:
        found = [
            KnownWord(known, apart, count)
            for known, count in self._counts.items()
            if 1 <= (apart := edit_distance(word, known)) <= edits
        ]
        return sorted(found, key=lambda each: (each.edits, -each.products, each.word))

    def beginning(self, prefix: str, limit: int) -> Sequence[KnownWord]:
        found = [KnownWord(known, 0, count) for known, count in self._counts.items() if known.startswith(prefix)]
        return sorted(found, key=lambda each: (-each.products, each.word))[:limit]

    def standing(self, stems: tuple[str, ...], beside: tuple[str, ...]) -> Sequence[Standing]:
        return [self._standing(each, [other for other in beside if other != each]) for each in stems]

    def _standing(self, wanted: str, others: Sequence[str]) -> Standing:
        anywhere = sum(any(wanted in place for place in each.stems) for each in self._products)
        named = [each.stems[0] for each in self._products if wanted in each.stems[0]]
        return Standing(anywhere, len(named), sum(other in name for name in named for other in others))


def edit_distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance, as the recurrence has it."""
    table = {(i, -1): i + 1 for i in range(-1, len(one))} | {(-1, j): j + 1 for j in range(-1, len(other))}
    for i, left in enumerate(one):
        for j, right in enumerate(other):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (left != right))
            if i and j and left == other[j - 1] and one[i - 1] == right:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(one) - 1, len(other) - 1]


class OracleIndex:
    """Implements `CatalogIndex`."""

    engine = "oracle"

    def __init__(
        self,
        records: Iterable[StoredRecord],
        definition: IndexDefinition,
        encoder: TextEncoder | None = None,
        version: str = "oracle-1",
        without_vector: Collection[str] = (),
    ) -> None:
        """`without_vector`: the products whose vectors are still to be computed."""
        self.definition, self.version = definition, version
        self.encoder = encoder.name if encoder else None
        self._products = {each.object_id: self._product(each) for each in records}
        self._vectors = {}
        if encoder:
            texts = [self.text_of(each) for each in self._products]
            vectors = dict(zip(self._products, encoder.encode_many(texts), strict=True))
            self._vectors = {each: vector for each, vector in vectors.items() if each not in without_vector}
        self.vocabulary = OracleVocabulary(self._products.values())

    def _product(self, stored: StoredRecord) -> _Product:
        record = orjson.loads(stored.body)
        settings = self.definition.settings
        places = tuple(
            tuple(token.word for text in place_texts(record, place) for token in tokens(text))
            for place in searched_places(settings)
        )
        return _Product(stored.object_id, stored.body, record, places, settings.language)

    def text_of(self, object_id: str) -> str:
        """Return the text of a product that is encoded."""
        return encoded_text(self._products[object_id].record, self.definition.settings)

    @property
    def unencoded(self) -> int:
        return len(self._products) - len(self._vectors)

    @property
    def records(self) -> int:
        return len(self._products)

    def get(self, object_ids: Sequence[str]) -> Sequence[bytes | None]:
        return [self._products[each].body if each in self._products else None for each in object_ids]

    def scan(
        self, *, filter: Filter = EVERYTHING, after: str | None = None, limit: int = 1000
    ) -> Sequence[tuple[str, bytes]]:
        found = [
            (each.object_id, each.body)
            for each in sorted(self._products.values(), key=lambda each: each.object_id)
            if (after is None or each.object_id > after) and self._meets(filter, each)
        ]
        return found[:limit]

    def facet_values(self, plan: Plan, attribute: str, *, containing: str, limit: int) -> Sequence[FacetValue]:
        counts = Counter(
            value
            for each in self._match_set(plan)
            for value in self._facet_texts(each, attribute)
            if not containing or any(token.word.startswith(folded(containing)) for token in tokens(value))
        )
        ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        return [FacetValue(value, count) for value, count in ordered[:limit]]

    def search(self, plan: Plan) -> Outcome:
        scores = _Scores(self, plan)
        matched = self._match_set(plan, scores)
        ordered = self._ordered(plan, matched, scores)
        kept = self._distinct(plan, ordered)
        groups = len(self._group_keys(plan, ordered)) if self._is_grouped(plan) else len(ordered)
        return Outcome(
            hits=tuple(self._hit(plan, each, scores) for each in kept[plan.offset : plan.offset + plan.length]),
            count=groups,
            facets={name: self._counts(plan, name, matched) for name in plan.facets},
            stats={name: made for name in plan.facets if (made := self._stats(name, matched))},
            required=scores.required if plan.words else 0,
            lexical_count=sum(scores.is_lexical(each) for each in matched) if plan.words else 0,
            semantic_count=sum(not scores.is_lexical(each) and each.object_id in scores.candidates for each in matched),
            floor=scores.floor if plan.vector is not None else None,
        )

    # (a) to (c) of the match set

    def _match_set(self, plan: Plan, scores: "_Scores | None" = None) -> list[_Product]:
        scores = scores or _Scores(self, plan)
        pinned = {object_id for pin in plan.pins for object_id in pin.object_ids}
        return [
            each
            for each in self._products.values()
            if (scores.matches(each) and self._meets(plan.filter, each) and each.object_id not in plan.hidden)
            or (each.object_id in pinned and (not plan.pins_are_filtered or self._meets(plan.filter, each)))
        ]

    def _meets(self, filter: Filter, product: _Product) -> bool:
        places = searched_places(self.definition.settings)
        return meets(self._filterable(filter), {**product.record, "objectID": product.object_id}, places)

    def _filterable(self, filter: Filter) -> Filter:
        """Return the filter with conditions on what is not filterable as what holds for none."""
        settings = self.definition.settings
        names = {each.name for each in settings.facets} | {"objectID", "_tags", settings.distinct_attribute}
        match filter:
            case FacetIs() if filter.attribute not in names:
                return Or(())
            case NumberIs() | NumberWithin() if (
                settings.numeric is not None and filter.attribute not in settings.numeric
            ):
                return Not(Or(())) if isinstance(filter, NumberIs) and filter.operator == "!=" else Or(())
            case Not():
                return Not(self._filterable(filter.part))
            case And():
                return And(tuple(map(self._filterable, filter.parts)))
            case Or():
                return Or(tuple(map(self._filterable, filter.parts)))
            case _:
                return filter

    # the order

    def _ordered(self, plan: Plan, matched: list[_Product], scores: "_Scores") -> list[_Product]:
        scores.fuse([each for each in matched if self._meets(plan.filter, each) and each.object_id not in plan.hidden])
        pins = {object_id for pin in plan.pins for object_id in pin.object_ids}
        free = sorted(
            (each for each in matched if each.object_id not in pins), key=lambda each: self._key(plan, each, scores)
        )
        found = {each.object_id: each for each in matched if each.object_id in pins}
        places = []
        for pin in plan.pins:
            for step, object_id in enumerate(pin.object_ids):
                if object_id in found:
                    places.append((pin.position + step, found.pop(object_id)))
        for position, each in sorted(places, key=lambda place: place[0]):
            free.insert(position, each)
        return free

    def _key(self, plan: Plan, product: _Product, scores: "_Scores") -> tuple[Any, ...]:
        searched = bool(plan.words) or plan.vector is not None
        sort = tuple(_sort_value(product.record, key) for key in plan.sort)
        far: tuple[Any, ...] = ()
        if plan.around and not plan.sort:
            metres = self._distance(plan, product)
            far = ((metres is None, _step_of(metres, plan.around) if metres is not None else 0.0),)
        custom = tuple(_sort_value(product.record, key) for key in plan.custom_ranking)
        return (
            *sort,
            *far,
            _is_out_of_stock(product.record, plan.stock),
            -self._preference(plan, product),
            *(scores.tier(product) if searched else ()),
            *custom,
            product.object_id,
        )

    def _distance(self, plan: Plan, product: _Product) -> float | None:
        if plan.around is None:
            return None
        centre = (plan.around.latitude, plan.around.longitude)
        return min((distance(centre, point) for point in points_of(product.record)), default=None)

    def _preference(self, plan: Plan, product: _Product) -> int:
        worths = []
        for each in plan.optional_filters:
            wanted = each.part if isinstance(each, Not) else each
            assert isinstance(wanted, FacetIs)
            holds = self._meets(wanted, product)
            worths.append((-wanted.score if isinstance(each, Not) else wanted.score) if holds else 0)
        return (sum(worths) if plan.sum_filter_scores else max(worths)) if worths else 0

    def _is_grouped(self, plan: Plan) -> bool:
        return plan.distinct > 0 and plan.distinct_attribute is not None

    def _group(self, plan: Plan, product: _Product) -> str:
        values = [facet_text(value) for value in values_at(product.record, plan.distinct_attribute or "")]
        return f"group {values[0]}" if values else f"alone {product.object_id}"

    def _group_keys(self, plan: Plan, products: list[_Product]) -> set[str]:
        return {self._group(plan, each) for each in products}

    def _distinct(self, plan: Plan, ordered: list[_Product]) -> list[_Product]:
        if not self._is_grouped(plan):
            return ordered
        seen: Counter[str] = Counter()
        kept = []
        for each in ordered:
            group = self._group(plan, each)
            seen[group] += 1
            if seen[group] <= plan.distinct:
                kept.append(each)
        return kept

    # what is shown

    def _hit(self, plan: Plan, product: _Product, scores: "_Scores") -> Hit:
        metres = self._distance(plan, product)
        return Hit(
            object_id=product.object_id,
            record=product.body,
            score=scores.relevance(product),
            lexical_rank=scores.lexical_rank.get(product.object_id),
            lexical_score=scores.words_score(product),
            vector_rank=scores.vector_rank.get(product.object_id),
            similarity=scores.similarity.get(product.object_id),
            matched_words=sum(scores.best(word, product) is not None for word in plan.words),
            typos=sum(best.typos for word in plan.words if (best := scores.best(word, product))),
            filter_score=self._preference(plan, product),
            pinned=any(product.object_id in pin.object_ids for pin in plan.pins),
            distance=None if metres is None else round(metres),
        )

    def _facet_texts(self, product: _Product, attribute: str) -> list[str]:
        return list(dict.fromkeys(facet_text(value) for value in values_at(product.record, attribute)))

    def _counts(self, plan: Plan, name: str, matched: list[_Product]) -> dict[str, int]:
        counts = Counter(value for each in matched for value in self._facet_texts(each, name))
        by_value = sorted(counts.items())
        if plan.sort_facet_values_by == "count":
            by_value.sort(key=lambda each: -each[1])
        return dict(by_value[: plan.max_values_per_facet])

    def _stats(self, name: str, matched: list[_Product]) -> FacetStats | None:
        numbers = [number for each in matched for number in numbers_at(each.record, name)]
        if not numbers:
            return None
        total = math.fsum(numbers)
        return FacetStats(min(numbers), max(numbers), total / len(numbers), total)


class _Scores:
    """Which products a plan's words and vector match, and how well."""

    def __init__(self, index: OracleIndex, plan: Plan) -> None:
        self._plan = plan
        self._products = list(index._products.values())
        settings = index.definition.settings
        places = searched_places(settings)
        self._weights = place_weights(plan.weights, len(places))
        self._searched = [number for number, place in enumerate(places) if _is_searched(place, plan.searchable)]
        self._held = {each.object_id: each.places for each in self._products}
        if plan.searchable is not None:
            self._held = {each.object_id: _restricted(each, places, plan.searchable) for each in self._products}
        self._language = settings.language
        self._phrase_place = self._searched[0] if self._searched else None
        self._frequency: dict[tuple[Alternative, int, int], tuple[float, float]] = {}
        self.similarity: dict[str, float] = {}
        self.lexical_rank: dict[str, int] = {}
        self.vector_rank: dict[str, int] = {}
        self._fused: dict[str, float] = {}
        if plan.vector is not None:
            self.similarity = {each: float(vector @ plan.vector) for each, vector in index._vectors.items()}
        self._unknown = index._products.keys() - index._vectors.keys() if index._vectors else set()
        self.floor = self._floor()
        near = [each for each, cosine in self.similarity.items() if cosine >= self.floor]
        self.candidates = frozenset(sorted(near, key=lambda each: -self.similarity[each])[:CANDIDATES])
        self.required = self._required()

    def _floor(self) -> float:
        """As set; else that of all queries, lower where the best is far: .55 of it, never below .2."""
        if self._plan.weights.similarity_floor is not None:
            return self._plan.weights.similarity_floor
        return min(DEFAULT_FLOOR, max(0.2, 0.55 * max(self.similarity.values(), default=-1.0)))

    def _required(self) -> int:
        """All words first, one less while fewer than `enough` products match, never below one."""
        required = len(self._deciding())
        while (
            required > 1 and sum(self._matched(each) >= required for each in self._products) < self._plan.weights.enough
        ):
            required -= 1
        return required

    def _deciding(self) -> list[Word]:
        return [word for word in self._plan.words if not word.optional]

    def _matched(self, product: _Product) -> int:
        return sum(self.best(word, product) is not None for word in self._deciding())

    def is_lexical(self, product: _Product) -> bool:
        if not self._deciding():  # optional words do not decide; without others each of them will do
            return any(self.best(word, product) is not None for word in self._plan.words)
        return self._matched(product) >= self.required

    def matches(self, product: _Product) -> bool:
        if not self._plan.words and self._plan.vector is None:
            return True
        return (bool(self._plan.words) and self.is_lexical(product)) or product.object_id in self.candidates

    def best(self, word: Word, product: _Product) -> Alternative | None:
        """Return the alternative with the highest score of those that the product has; None: it has none."""
        held = [each for each in word.alternatives if self._has(each, product)]
        return max(held, key=lambda each: self._score(each, product), default=None)

    def _has(self, alternative: Alternative, product: _Product) -> bool:
        return all(
            any(self._count(term, is_prefix, product, place) for place in self._searched)
            for term, is_prefix in _terms(alternative)
        )

    def _count(self, term: str, is_prefix: bool, product: _Product, place: int) -> int:
        held = self._held[product.object_id][place]
        if is_prefix:
            return sum(word.startswith(term) for word in held)
        return [stem(word, self._language) for word in held].count(term)

    def words_score(self, product: _Product) -> float:
        total = 0.0
        for word in self._plan.words:
            best = self.best(word, product)
            total += self._score(best, product) if best else 0.0
        total += self._phrases(product)
        weights, deciding = self._plan.weights, self._deciding()
        if deciding:
            total *= (self._matched(product) / len(deciding)) ** weights.coverage
        if deciding and 0 in self._searched and all(self._is_in_first(word, product) for word in deciding):
            total *= 1 + weights.complete
        return total

    def _is_in_first(self, word: Word, product: _Product) -> bool:
        return any(
            all(self._count(term, is_prefix, product, 0) for term, is_prefix in _terms(alternative))
            for alternative in word.alternatives
        )

    def _score(self, alternative: Alternative, product: _Product) -> float:
        terms = _terms(alternative)
        return alternative.weight * sum(
            self._weights[place] * self._bm25(term, is_prefix, product, place)
            for term, is_prefix in terms
            for place in self._searched
        )

    def _bm25(self, term: str, is_prefix: bool, product: _Product, place: int) -> float:
        """Robertson and Zaragoza 2009, with the idf of Lucene, which is never negative."""
        tf = self._count(term, is_prefix, product, place)
        if not tf:
            return 0.0
        holding = sum(self._count(term, is_prefix, each, place) > 0 for each in self._products)
        idf = math.log(1 + (len(self._products) - holding + 0.5) / (holding + 0.5))
        average = sum(len(each.places[place]) for each in self._products) / len(self._products)
        length = len(product.places[place]) / average
        return idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length))

    def _phrases(self, product: _Product) -> float:
        if self._phrase_place is None or self._phrase_place != 0:
            return 0.0
        stems = product.stems[0]
        pairs = list(pairwise(stems))
        return self._plan.weights.phrase * sum(pair in pairs for pair in self._plan.phrases)

    def fuse(self, eligible: list[_Product]) -> None:
        """Fuse the heads of both lists; `eligible` are the products under the filter."""
        weights = self._plan.weights
        by_words = [each for each in eligible if self._plan.words and self.is_lexical(each)]
        by_words.sort(key=lambda each: (-round(self.words_score(each), 6), each.object_id))
        near = [each for each in eligible if each.object_id in self.candidates]
        near.sort(key=lambda each: (-round(self.similarity[each.object_id], 6), each.object_id))
        self.lexical_rank = {each.object_id: rank for rank, each in enumerate(by_words[: weights.depth], 1)}
        self.vector_rank = {each.object_id: rank for rank, each in enumerate(near[: weights.depth], 1)}
        if self._plan.vector is None or not self._plan.words:
            return
        scores = {each.object_id: self.words_score(each) for each in by_words[: weights.depth]}
        cosines = {each.object_id: self.similarity[each.object_id] for each in near[: weights.depth]}
        for object_id in {**self.lexical_rank, **self.vector_rank}:
            if weights.fusion == "weighted":
                self._fused[object_id] = (
                    (1 - weights.vector) * scores.get(object_id, 0) / max(scores.values(), default=1)
                )
                best = max(cosines.values(), default=0)
                self._fused[object_id] += weights.vector * max(cosines.get(object_id, 0), 0) / best if best > 0 else 0
                if object_id in self._unknown:  # its words' part again, as much as meaning weighs
                    self._fused[object_id] = scores[object_id] / max(scores.values())
            else:
                ranks = [ranks[object_id] for ranks in (self.lexical_rank, self.vector_rank) if object_id in ranks]
                if object_id in self._unknown:
                    ranks *= 2
                self._fused[object_id] = math.fsum(1 / (weights.rrf_k + rank) for rank in ranks)

    def tier(self, product: _Product) -> tuple[float, ...]:
        """Return a key: the fused head, then by the words' score, then by cosine; to 4 decimals."""
        if product.object_id in self._fused:
            return (0, -round(self._fused[product.object_id], 4))
        if self._plan.words and self.is_lexical(product):
            return (1, -round(self.words_score(product), 4))
        return (2, -round(self.similarity.get(product.object_id, 0.0), 4))

    def relevance(self, product: _Product) -> float:
        if product.object_id in self._fused:
            return self._fused[product.object_id]
        if self._plan.words and self.is_lexical(product):
            return self.words_score(product)
        return self.similarity.get(product.object_id, 0.0)


def _terms(alternative: Alternative) -> list[tuple[str, bool]]:
    last = len(alternative.terms) - 1
    return [(term, alternative.prefix and at == last) for at, term in enumerate(alternative.terms)]


def _step_of(metres: float, around: Around) -> float:
    """Return the distance from which on others are as far as this one."""
    start, same = max(each for each in around.steps if each[0] <= metres)
    return start + (metres - start) // same * same


def _restricted(
    product: _Product, places: Sequence[SearchableAttributes], asked: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the folded words of each place that stand in the attributes asked for."""
    return tuple(
        tuple(
            token.word
            for name in asked
            if not place.names or name in place.names
            for text in attribute_texts(product.record, name)
            for token in tokens(text)
        )
        for place in places
    )


def _is_searched(place: SearchableAttributes, asked: tuple[str, ...] | None) -> bool:
    return asked is None or not place.names or any(name in asked for name in place.names)


def _sort_value(record: Mapping[str, Any], key: SortKey) -> tuple[bool, float]:
    """Return a key that puts products without a number last either way."""
    numbers = list(numbers_at(record, key.attribute)) or [
        float(value) for value in values_at(record, key.attribute) if isinstance(value, bool)
    ]
    if not numbers:
        return (True, 0.0)
    return (False, min(numbers) if key.direction == "asc" else -max(numbers))


def _is_out_of_stock(record: Mapping[str, Any], attribute: str | None) -> bool:
    values = list(values_at(record, attribute)) if attribute else []
    return bool(values) and all(value is False or (isinstance(value, int | float) and value <= 0) for value in values)
