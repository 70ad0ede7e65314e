"""The embedded engine against the slow index: match sets, facets and sorted orders of random small shops."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.fake_encoder import BagOfWordsEncoder
from tests.search.oracle_index import OracleIndex, edit_distance
from tests.search.shop import SHOP, prefix, stored, word
from tests.search.test_embedded import as_among_many_rows, built
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import SortKey, Weights
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.spelling import is_one_edit
from tradewind.search.filters import And, FacetIs, Filter, HasPhrase, Not, NumberIs, NumberWithin, Or
from tradewind.search.fusion import reciprocal_rank_fusion, weighted_fusion
from tradewind.search.plan import Alternative, Plan, Word

NAMES = ("red shoe", "red shoes running", "blue shoe lace", "candle", "candles red", "warm blanket", "blue blanket")
NUMBERS = st.sampled_from([0, 1, 2.5, 7, -3])
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(), NUMBERS, st.booleans(), st.sampled_from(["red", "blue"]), st.lists(NUMBERS, max_size=3)
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(NAMES)},
        optional={
            "description": st.sampled_from(NAMES),
            "alias": st.lists(st.sampled_from(NAMES), max_size=2),
            "brand": st.sampled_from(["Acme", "Bolt"]),
            "colours": st.lists(st.sampled_from(["red", "blue", "7"]), max_size=3),
            "price": VALUES,
            "size": VALUES,
            "categories": st.fixed_dictionaries({"lvl0": VALUES}),
            "categories.lvl0": VALUES,
            "family": st.sampled_from(["x", "y"]),
        },
    ),
    max_size=12,
)
ATTRIBUTES = st.sampled_from(["brand", "colours", "price", "size", "categories.lvl0", "family", "name", "nothing"])
OPERATORS = st.sampled_from(["<", "<=", "=", "!=", ">", ">="])
FILTERS: st.SearchStrategy[Filter] = st.recursive(
    st.one_of(
        st.builds(FacetIs, ATTRIBUTES, st.sampled_from(["Acme", "red", "7", "true", "2.5", "x"])),
        st.builds(NumberIs, ATTRIBUTES, OPERATORS, NUMBERS),
        st.builds(NumberWithin, ATTRIBUTES, NUMBERS, NUMBERS),
        st.builds(
            HasPhrase,
            st.lists(st.sampled_from(["red", "shoe", "run", "blue", "lace"]), min_size=1, max_size=3).map(tuple),
            st.just("en"),
            st.sampled_from([None, ("name",), ("description", "alias"), ("brand",)]),
        ),
    ),
    lambda parts: st.one_of(
        st.builds(Not, parts),
        st.builds(And, st.lists(parts, max_size=3).map(tuple)),
        st.builds(Or, st.lists(parts, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)
SYNONYM = Word(text="shoe", alternatives=(Alternative(terms=("candl",)), Alternative(terms=("red", "shoe"))))
WORDS = st.lists(
    st.sampled_from(
        [word("red"), word("shoes"), word("blanket"), word("kayak"), prefix("c"), prefix("shoes"), SYNONYM]
    ),
    max_size=3,
).map(tuple)
KEYS = st.lists(st.builds(SortKey, st.sampled_from(["price", "size"]), st.sampled_from(["asc", "desc"])), max_size=2)


@settings(max_examples=150, deadline=None)
@given(
    RECORDS,
    RECORDS,
    WORDS,
    FILTERS,
    KEYS,
    st.integers(0, 6),
    st.sampled_from([None, "red shoe", "blanket"]),
    st.sampled_from([SHOP, replace(SHOP, settings=replace(SHOP.settings, searchable=()))]),
    st.sampled_from([None, ("name",), ("alias", "description"), ("brand", "categories.lvl0")]),
    st.booleans(),
)
def test_match_sets_facets_and_orders_are_those_of_the_slow_index(
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    words: tuple[Word, ...],
    filter: Filter,
    keys: list[SortKey],
    enough: int,
    meaning: str | None,
    shop: IndexDefinition,
    searchable: tuple[str, ...] | None,
    is_large: bool,
) -> None:
    encoder = BagOfWordsEncoder()
    old = [{**record, "objectID": f"{n:02}"} for n, record in enumerate(before)]
    new = [{**record, "objectID": f"{n * 2:02}"} for n, record in enumerate(after)]
    plan = Plan(
        words=words,
        vector=None if meaning is None else encoder.encode(meaning),
        filter=filter,
        searchable=searchable,
        facets=("brand", "colours", "price", "size", "categories.lvl0"),
        sort=tuple(keys),
        weights=Weights(enough=enough, similarity_floor=0.45),
        length=100,
    )
    with TemporaryDirectory() as folder:
        base = built(Path(folder), old, shop, encoder)
        with pytest.MonkeyPatch.context() as patched:
            if is_large:
                as_among_many_rows(patched)
            ours = EmbeddedIndex(built(Path(folder), new, shop, encoder, base=base), shop).search(plan)
        current = {record["objectID"]: record for record in [*old, *new]}
        slow = OracleIndex(stored(list(current.values())), shop, encoder).search(plan)
        assert {hit.object_id for hit in ours.hits} == {hit.object_id for hit in slow.hits}
        assert (ours.count, ours.required) == (slow.count, slow.required)
        assert {name: list(counts.items()) for name, counts in ours.facets.items()} == {
            name: list(counts.items()) for name, counts in slow.facets.items()
        }
        assert ours.stats.keys() == slow.stats.keys()
        assert (ours.lexical_count, ours.semantic_count) == (slow.lexical_count, slow.semantic_count)
        if not words and meaning is None:
            assert [hit.object_id for hit in ours.hits] == [hit.object_id for hit in slow.hits]


@settings(max_examples=40, deadline=None)
@given(RECORDS, WORDS)
def test_the_head_is_fused_as_the_shared_function_does(records: list[dict[str, Any]], words: tuple[Word, ...]) -> None:
    encoder = BagOfWordsEncoder()
    shop = [{**record, "objectID": f"{n:02}"} for n, record in enumerate(records)]
    weights = Weights(similarity_floor=0.1, fusion="rrf")
    plan = Plan(words=words, vector=encoder.encode("red shoe"), weights=weights, length=100)
    with TemporaryDirectory() as folder:
        hits = EmbeddedIndex(built(Path(folder), shop, SHOP, encoder), SHOP).search(plan).hits
        plan = replace(plan, weights=replace(weights, fusion="weighted", vector=0.7))
        weighed = EmbeddedIndex(built(Path(folder), shop, SHOP, encoder), SHOP).search(plan).hits
    if words:
        scores = {hit.object_id: hit.lexical_score for hit in weighed if hit.lexical_rank}
        cosines = {hit.object_id: hit.similarity or 0.0 for hit in weighed if hit.vector_rank}
        expected = weighted_fusion([scores, cosines], [0.3, 0.7])
        assert {hit.object_id: hit.score for hit in weighed if hit.object_id in expected} == pytest.approx(expected)
        by_words = [hit.object_id for hit in sorted(hits, key=lambda hit: hit.lexical_rank or 0) if hit.lexical_rank]
        by_meaning = [hit.object_id for hit in sorted(hits, key=lambda hit: hit.vector_rank or 0) if hit.vector_rank]
        fused = reciprocal_rank_fusion([by_words, by_meaning])
        best = 2 / 61  # first in both
        assert all(abs(hit.score - fused[hit.object_id] / best) < 1e-12 for hit in hits if hit.object_id in fused)


@settings(max_examples=60, deadline=None)
@given(RECORDS, RECORDS, WORDS, st.sampled_from(["rrf", "weighted"]))
def test_products_without_a_vector_are_fused_as_the_shared_function_does(
    encoded: list[dict[str, Any]], later: list[dict[str, Any]], words: tuple[Word, ...], fusion: str
) -> None:
    encoder = BagOfWordsEncoder()
    held = [{"name": "red shoe", "objectID": "first"}]
    held += [{**record, "objectID": f"{n:02}"} for n, record in enumerate(encoded)]
    waiting = [{**record, "objectID": f"x{n:02}"} for n, record in enumerate(later)]
    weights = Weights(similarity_floor=0.1, fusion=fusion, vector=0.7)  # type: ignore[arg-type]
    plan = Plan(words=words, vector=encoder.encode("red shoe"), weights=weights, length=100)
    with TemporaryDirectory() as folder:
        base = built(Path(folder), held, SHOP, encoder)
        partly = built(Path(folder), waiting, SHOP, encoder, base=base, encode_for=lambda: False)
        hits = EmbeddedIndex(partly, SHOP).search(plan).hits
        slow = OracleIndex(stored([*held, *waiting]), SHOP, encoder)
    known = {slow.text_of(each["objectID"]) for each in held}  # a text that has a vector gives it to others
    unknown = {each["objectID"] for each in waiting if slow.text_of(each["objectID"]) not in known}
    assert partly.manifest.unencoded == len(unknown)
    if not words:
        return
    scores = {hit.object_id: hit.lexical_score for hit in hits if hit.lexical_rank}
    cosines = {hit.object_id: hit.similarity or 0.0 for hit in hits if hit.vector_rank}
    assert not unknown & cosines.keys()
    if fusion == "weighted":
        expected = weighted_fusion([scores, cosines], [0.3, 0.7], unknown=unknown)
    else:
        rankings = [
            [hit.object_id for hit in sorted(hits, key=lambda hit: hit.lexical_rank or 0) if hit.lexical_rank],
            [hit.object_id for hit in sorted(hits, key=lambda hit: hit.vector_rank or 0) if hit.vector_rank],
        ]
        expected = {each: 61 / 2 * part for each, part in reciprocal_rank_fusion(rankings, unknown=unknown).items()}
    assert {hit.object_id: hit.score for hit in hits if hit.object_id in expected} == pytest.approx(expected)


STEMS = st.lists(st.sampled_from(["red", "shoe", "run", "blue", "candl", "blanket", "kayak"]), max_size=4, unique=True)


@settings(max_examples=40)
@given(records=RECORDS, more=RECORDS, stems=STEMS, beside=STEMS, gone=st.sets(st.integers(0, 11)))
def test_stems_stand_as_in_the_slow_index(
    records: list[dict[str, Any]], more: list[dict[str, Any]], stems: list[str], beside: list[str], gone: set[int]
) -> None:
    first = [{"objectID": f"{number:02}", **each} for number, each in enumerate(records)]
    second = [{"objectID": f"x{number:02}", **each} for number, each in enumerate(more)]
    deletes = [f"{number:02}" for number in gone if number < len(records)]
    kept = [each for each in first if each["objectID"] not in deletes]
    slow = OracleIndex(stored(kept + second), SHOP).vocabulary
    with TemporaryDirectory() as folder:
        base = built(Path(folder), first, SHOP)
        fast = EmbeddedIndex(built(Path(folder), second, SHOP, base=base, deletes=deletes)).vocabulary
        assert list(fast.standing(tuple(stems), tuple(beside))) == slow.standing(tuple(stems), tuple(beside))


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_one_edit_is_told_as_by_the_distance(word: str, other: str) -> None:
    assert is_one_edit(word, other) == (edit_distance(word, other) == 1)
