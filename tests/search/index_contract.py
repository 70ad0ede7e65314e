"""What every engine must do: plan.py and filters.py of tradewind/search clause by clause, on products whose answer is
plain.

Subclasses give `make_index`. Scores are an engine's own; match sets, counts and orders by what is no score are not.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from tests.search.fake_encoder import BagOfWordsEncoder
from tests.search.shop import EXACTLY, RECORDS, SETTINGS, SHOP, Record, prefix, stored, the_words, word
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.rules import Pin
from tradewind.catalog.settings import IndexSettings, SearchableAttributes, SortKey, Weights
from tradewind.search.encoder import TextEncoder
from tradewind.search.filters import (
    And,
    FacetIs,
    Filter,
    GeoBox,
    GeoCircle,
    GeoPolygon,
    HasPhrase,
    Not,
    NumberIs,
    NumberWithin,
    Or,
)
from tradewind.search.index import CatalogIndex, FacetValue, Standing
from tradewind.search.plan import Alternative, FacetStats, Outcome, Plan, Word
from tradewind.search.request import Around
from tradewind.search.text import stem
from tradewind.search.text import words as split

LONDON = Around(51.5074, -0.1278)
MEANINGS = {"cosy": "warmth", "blanket": "warmth", "warm": "warmth"}


def phrase(text: str, *attributes: str) -> HasPhrase:
    return HasPhrase(tuple(stem(each, "en") for each in split(text)), "en", attributes or None)


def ids(outcome: Outcome) -> list[str]:
    return [hit.object_id for hit in outcome.hits]


def found(index: CatalogIndex, **plan: object) -> set[str]:
    """Return the match set, after checking that the count and one long page agree."""
    outcome = index.search(Plan(length=1000, **plan))  # type: ignore[arg-type]
    assert outcome.count == len(ids(outcome)) == len(set(ids(outcome)))
    return set(ids(outcome))


class CatalogIndexContract:
    """Subclass it and implement `make_index`."""

    def make_index(
        self, records: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder | None = None
    ) -> CatalogIndex:
        raise NotImplementedError

    def make_index_with_later(
        self, records: Sequence[Record], later: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder
    ) -> CatalogIndex:
        """Return an index in which the records of `later` have no vector yet."""
        raise NotImplementedError

    @pytest.fixture
    def index(self) -> CatalogIndex:
        return self.make_index(RECORDS, SHOP)

    # Words.

    def test_an_empty_plan_matches_every_product(self, index: CatalogIndex) -> None:
        assert found(index) == {"a", "b", "c", "d", "e", "f"}

    def test_an_empty_index_answers_with_nothing(self) -> None:
        index = self.make_index([], SHOP)
        outcome = index.search(Plan(words=the_words("shoes"), facets=("brand",), filter=FacetIs("brand", "Acme")))
        assert (outcome.hits, outcome.count, dict(outcome.facets)) == ((), 0, {"brand": {}})
        assert (index.records, index.unencoded, list(index.scan())) == (0, 0, [])

    def test_a_word_matches_by_its_stem_in_any_place(self, index: CatalogIndex) -> None:
        assert found(index, words=the_words("shoe")) == {"a", "b", "c"}
        assert found(index, words=the_words("runs")) == {"a", "b"}

    def test_words_match_without_case_and_accents(self, index: CatalogIndex) -> None:
        assert found(index, words=the_words("creme brulee")) == {"f"}

    def test_all_words_must_match_where_enough_products_do(self, index: CatalogIndex) -> None:
        outcome = index.search(Plan(words=the_words("red shoes"), weights=Weights(enough=2)))
        assert (set(ids(outcome)), outcome.required, outcome.lexical_count) == ({"a", "c"}, 2, 2)

    def test_words_are_relaxed_while_fewer_than_enough_match(self, index: CatalogIndex) -> None:
        outcome = index.search(Plan(words=the_words("red shoes"), weights=Weights(enough=3)))
        assert (set(ids(outcome)), outcome.required) == ({"a", "b", "c"}, 1)

    def test_words_are_relaxed_one_by_one_and_never_below_one(self, index: CatalogIndex) -> None:
        plan = Plan(words=the_words("red running shoes kayak"), weights=Weights(enough=1))
        assert (set(ids(index.search(plan))), index.search(plan).required) == ({"a"}, 3)
        none = index.search(Plan(words=the_words("kayak paddle")))
        assert (none.hits, none.required) == ((), 1)

    def test_relaxing_does_not_look_at_the_filter(self, index: CatalogIndex) -> None:
        plan = Plan(words=the_words("red shoes"), weights=Weights(enough=2), filter=FacetIs("brand", "Bolt"))
        assert (ids(index.search(plan)), index.search(plan).required) == (["c"], 2)

    def test_an_optional_word_decides_nothing_and_scores(self, index: CatalogIndex) -> None:
        words = (word("running"), word("blue", optional=True))
        outcome = index.search(Plan(words=words, weights=EXACTLY))
        assert ids(outcome) == ["b", "a"]
        assert [hit.matched_words for hit in outcome.hits] == [2, 1]

    def test_the_product_that_matches_a_word_in_the_heavier_place_comes_first(self, index: CatalogIndex) -> None:
        assert ids(index.search(Plan(words=the_words("red"))))[0] == "a"
        light_name = Weights(attributes=(0.1, 9.0))
        assert ids(index.search(Plan(words=the_words("red"), weights=light_name)))[0] == "c"

    def test_words_match_only_in_the_places_of_the_searchable_attributes_asked_for(self, index: CatalogIndex) -> None:
        assert found(index, words=the_words("red"), searchable=("description",)) == {"c"}
        assert found(index, words=the_words("red"), searchable=("name",)) == {"a"}
        assert found(index, words=(prefix("strong"),), searchable=("name",)) == set()

    def test_attributes_of_one_place_are_searched_alike(self, index: CatalogIndex) -> None:
        assert found(index, words=the_words("shoestrings")) == {"c"}

    def test_without_searchable_attributes_every_text_is_searched(self) -> None:
        index = self.make_index(RECORDS, IndexDefinition())
        assert found(index, words=the_words("crofter")) == {"d", "e"}
        assert found(index, words=the_words("accessories")) == {"c"}

    def test_words_match_in_single_attributes_of_an_index_that_searches_every_text(self) -> None:
        records = [{**record, "depth": {"of": ["red", {"blue": "green"}]}} for record in RECORDS[3:]]
        index = self.make_index([*RECORDS[:3], *records], IndexDefinition())
        red, shoe = the_words("red"), the_words("shoes")
        assert found(index, words=red) == {"a", "c", "d", "e", "f"}
        assert found(index, words=red, searchable=("description",)) == {"c"}
        assert found(index, words=red, searchable=("name", "colours")) == {"a", "c"}
        assert found(index, words=shoe, searchable=("categories",)) == {"a", "b"}
        assert found(index, words=shoe, searchable=("categories.lvl0",)) == {"a", "b"}
        assert found(index, words=red, searchable=("depth.of",)) == {"d", "e", "f"}
        assert found(index, words=red, searchable=("nothing",)) == set()
        assert found(index, words=(prefix("shoest"),), searchable=("alias",)) == {"c"}
        assert found(index, words=(prefix("shoe"),), searchable=("alias", "name")) == {"a", "b", "c"}
        assert found(index, words=(prefix("lac", "shoe"),), searchable=("name",)) == {"c"}
        assert found(index, words=(prefix("lac", "shoe"),), searchable=("alias",)) == set()
        assert found(index, filter=phrase("running shoes", "name")) == {"a", "b"}
        assert found(index, filter=phrase("running shoes", "description")) == set()
        assert found(index, filter=phrase("running shoes")) == {"a", "b"}

    def test_words_match_in_one_attribute_of_a_place_of_several(self, index: CatalogIndex) -> None:
        assert found(index, words=the_words("shoestrings"), searchable=("alias",)) == {"c"}
        assert found(index, words=the_words("shoestrings"), searchable=("name",)) == set()
        assert found(index, words=the_words("shoestrings"), searchable=("alias", "name")) == {"c"}
        assert found(index, words=the_words("red"), searchable=("alias", "description")) == {"c"}
        assert found(index, words=the_words("red running"), searchable=("name",), weights=EXACTLY) == {"a"}

    def test_a_beginning_matches_words_that_begin_so_and_not_their_stem(self, index: CatalogIndex) -> None:
        assert found(index, words=(prefix("shoe"),)) == {"a", "b", "c"}
        assert found(index, words=(prefix("shoes"),)) == {"a", "b", "c"}  # shoes, shoestrings
        assert found(index, words=(prefix("shoest"),)) == {"c"}
        assert found(index, words=(prefix("lac"),)) == {"c"}
        assert found(index, words=(prefix("x"),)) == set()

    def test_a_word_matches_by_any_of_its_alternatives(self, index: CatalogIndex) -> None:
        wool_or_candle = Word(text="wool", alternatives=(Alternative(terms=("wool",)), Alternative(terms=("candl",))))
        assert found(index, words=(wool_or_candle,)) == {"d", "e"}

    def test_an_alternative_of_several_terms_needs_all_of_them(self, index: CatalogIndex) -> None:
        sneaker = Word(
            text="sneaker",
            alternatives=(Alternative(terms=("sneaker",)), Alternative(terms=("run", "shoe"), kind="synonym")),
        )
        assert found(index, words=(sneaker,)) == {"a", "b"}
        assert found(index, words=(prefix("lac", "shoe"),)) == {"c"}
        assert found(index, words=(prefix("lac", "running"),)) == set()

    def test_an_alternative_of_less_weight_scores_less(self, index: CatalogIndex) -> None:
        colour = Word(
            text="red",
            alternatives=(Alternative(terms=("blue",)), Alternative(terms=("red",), kind="synonym", weight=0.1)),
        )
        assert ids(index.search(Plan(words=(colour,))))[0] == "b"

    def test_typos_are_those_of_the_best_alternative(self, index: CatalogIndex) -> None:
        misspelt = Word(
            text="candel",
            alternatives=(
                Alternative(terms=("candl",), kind="typo", typos=1, weight=0.8),
                Alternative(terms=("wool",), kind="typo", typos=2, weight=0.6),
            ),
        )
        hits = {hit.object_id: hit.typos for hit in index.search(Plan(words=(misspelt,))).hits}
        assert hits == {"e": 1, "d": 2}

    def test_neighbours_of_the_query_that_are_neighbours_in_the_first_place_lift_a_product(self) -> None:
        records = [
            {"objectID": "1", "name": "dress shirt white"},
            {"objectID": "2", "name": "shirt dress white"},
        ]
        index = self.make_index(records, SHOP)
        for first, second, best in (("dress", "shirt", "1"), ("shirt", "dress", "2")):
            plan = Plan(words=the_words(f"{first} {second}"), phrases=((first, second),))
            assert ids(index.search(plan))[0] == best

    def test_a_product_with_more_of_the_words_comes_before_one_that_repeats_a_rare_one(self) -> None:
        records = [
            {"objectID": "1", "name": "lamp", "description": "zebra zebra zebra zebra zebra zebra"},
            {"objectID": "2", "name": "lamp", "description": "a stand for reading beside zebra"},
            *({"objectID": f"other {n}", "name": "rug", "description": "for reading"} for n in range(9)),
        ]
        index = self.make_index(records, SHOP)
        words = the_words("zebra reading stand")
        # Of three words the second product has all: its score counts fully, the first one's (1 / 3) ** 2 = 1 / 9 of it.
        for coverage in (0.0, 2.0):
            outcome = index.search(Plan(words=words, weights=Weights(coverage=coverage, complete=0.0, enough=99)))
            scores = {hit.object_id: hit.lexical_score for hit in outcome.hits}
            assert outcome.required == 1
            if not coverage:
                whole = scores
        assert scores["2"] == pytest.approx(whole["2"], rel=1e-3)
        assert scores["1"] == pytest.approx(whole["1"] / 9, rel=1e-3)
        assert scores["other 0"] == pytest.approx(whole["other 0"] / 9, rel=1e-3)

    def test_a_product_whose_first_attribute_has_all_words_is_lifted(self) -> None:
        records = [
            {"objectID": "1", "name": "red lamp", "description": "a stand"},
            {"objectID": "2", "name": "lamp", "description": "red stand"},
        ]
        index = self.make_index(records, SHOP)
        words = (
            word("red"),
            Word(text="light", alternatives=(Alternative(terms=("light",)), *word("lamp").alternatives)),
        )
        plain, lifted = (
            {
                hit.object_id: hit.lexical_score
                for hit in index.search(Plan(words=words, weights=Weights(complete=complete))).hits
            }
            for complete in (0.0, 0.5)
        )
        assert lifted["1"] == pytest.approx(1.5 * plain["1"], rel=1e-3)
        assert lifted["2"] == pytest.approx(plain["2"], rel=1e-3)
        elsewhere = Plan(words=words, searchable=("description",), weights=Weights(complete=0.5, enough=9))
        beside = replace(elsewhere, weights=Weights(complete=0.0, enough=9))
        assert index.search(elsewhere).hits[0].lexical_score == pytest.approx(
            index.search(beside).hits[0].lexical_score
        )

    # Meaning.

    def test_products_match_by_meaning_without_sharing_a_word(self) -> None:
        encoder = BagOfWordsEncoder(MEANINGS)
        index = self.make_index(RECORDS, SHOP, encoder)
        plan = Plan(
            words=the_words("cosy"), vector=encoder.encode("cosy"), weights=Weights(similarity_floor=0.3), length=10
        )
        outcome = index.search(plan)
        assert ids(outcome) == ["d"]
        assert (outcome.lexical_count, outcome.semantic_count, outcome.floor) == (0, 1, 0.3)
        hit = outcome.hits[0]
        assert (hit.vector_rank, hit.lexical_rank, hit.matched_words) == (1, None, 0)
        cosine = float(encoder.encode("Wool blanket. Warm for a sofa") @ encoder.encode("cosy"))
        assert hit.similarity == pytest.approx(cosine, abs=0.02)

    def test_no_product_below_the_floor_matches_by_meaning(self) -> None:
        encoder = BagOfWordsEncoder(MEANINGS)
        index = self.make_index(RECORDS, SHOP, encoder)
        assert found(index, vector=encoder.encode("cosy"), weights=Weights(similarity_floor=0.9)) == set()

    def test_where_even_the_nearest_is_far_the_floor_is_a_part_of_its_similarity_whatever_the_filter(self) -> None:
        encoder = BagOfWordsEncoder()
        index = self.make_index(RECORDS, SHOP, encoder)
        blanket = encoder.encode("Wool blanket. Warm for a sofa")
        far, near = encoder.encode("wool blanket merino sheep"), encoder.encode("warm sofa merino")
        assert 0.2 < float(blanket @ far) < 0.36  # .55 x .36 = .2, the lowest floor
        best = float(blanket @ near)
        assert 0.2 < 0.55 * best < 0.25  # below .25, the lowest that an index is calibrated to
        for filter, kept in ((FacetIs("brand", "Crofter"), {"d"}), (FacetIs("brand", "Acme"), set())):
            assert index.search(Plan(vector=far, filter=filter)).floor == pytest.approx(0.2)
            assert index.search(Plan(vector=near, filter=filter)).floor == pytest.approx(0.55 * best, abs=0.01)
            assert found(index, vector=far, filter=filter) == found(index, vector=near, filter=filter) == kept

    def test_the_match_set_by_words_and_meaning_is_the_union(self) -> None:
        encoder = BagOfWordsEncoder(MEANINGS)
        index = self.make_index(RECORDS, SHOP, encoder)
        plan = {"words": the_words("candle"), "weights": Weights(similarity_floor=0.3)}
        assert found(index, vector=encoder.encode("cosy"), **plan) == {"d", "e"}
        assert found(index, vector=encoder.encode("cosy"), filter=FacetIs("brand", "Acme"), **plan) == set()
        assert found(index, vector=encoder.encode("cosy"), hidden=frozenset("d"), **plan) == {"e"}

    def test_a_product_that_both_lists_have_beats_one_that_one_list_has(self) -> None:
        encoder = BagOfWordsEncoder({"sofa": "couch"})
        records = [
            {"objectID": "1", "name": "sofa"},
            {"objectID": "2", "name": "couch"},
            {"objectID": "3", "name": "lamp"},
        ]
        index = self.make_index(records, SHOP, encoder)
        weights = Weights(similarity_floor=0.5)
        for fusion in ("rrf", "weighted"):
            plan = Plan(
                words=the_words("couch"), vector=encoder.encode("couch"), weights=replace(weights, fusion=fusion)
            )
            assert ids(index.search(plan)) == ["2", "1"]

    def test_the_encoder_is_named_and_an_index_without_one_searches_by_words(self) -> None:
        encoder = BagOfWordsEncoder()
        with_vectors = self.make_index(RECORDS, SHOP, encoder)
        assert (with_vectors.encoder, with_vectors.unencoded) == (encoder.name, 0)
        without = self.make_index(RECORDS, SHOP)
        assert (without.encoder, without.unencoded) == (None, len(RECORDS))
        plan = Plan(words=the_words("candle"), vector=encoder.encode("cosy"))
        assert ids(without.search(plan)) == ["e"]

    def test_a_product_whose_vector_is_still_to_come_means_as_much_as_its_words_match(self) -> None:
        encoder = BagOfWordsEncoder({"vase": "jar", "pot": "jar"})
        records = [{"objectID": f"{n:02}", "name": f"Pot number{n}", "brand": "Acme"} for n in range(30)]
        records.append({"objectID": "v", "name": "Pot", "description": "Not a vase but a pot", "brand": "Acme"})
        later = [{"objectID": "x", "name": "Vase", "brand": "Bolt"}, {"objectID": "y", "name": "Rug", "brand": "Bolt"}]
        partly = self.make_index_with_later(records, later, SHOP, encoder)
        wholly = self.make_index([*records, *later], SHOP, encoder)
        assert (partly.unencoded, wholly.unencoded) == (2, 0)
        for fusion in ("weighted", "rrf"):
            weights = Weights(similarity_floor=0.3, fusion=fusion)
            plan = Plan(
                words=the_words("vase"), vector=encoder.encode("vase"), facets=("brand",), weights=weights, length=50
            )
            outcome = partly.search(plan)
            first = outcome.hits[0]
            # The only name that has the word; 31 pots mean the same. First by words, and so taken to be by meaning.
            assert (first.object_id, first.lexical_rank, first.vector_rank, first.similarity) == ("x", 1, None, None)
            if fusion == "weighted":
                assert first.score == pytest.approx(1.0, rel=1e-6)  # .4 x 1 + .6 x 1
            assert outcome.count == 32
            assert outcome.facets == {"brand": {"Acme": 31, "Bolt": 1}}
            # Once all have vectors: the same products and facets, and nothing is taken for granted any more.
            complete = wholly.search(plan)
            assert set(ids(complete)) == set(ids(outcome))
            assert complete.facets == outcome.facets
            assert next(hit for hit in complete.hits if hit.object_id == "x").vector_rank is not None
            # Those that have a vector stand among each other as they do without the two.
            assert [each for each in ids(outcome) if each != "x"] == [each for each in ids(complete) if each != "x"]

    # Filters.

    @pytest.mark.parametrize(
        ("filter", "expected"),
        [
            (FacetIs("brand", "Acme"), "ab"),
            (FacetIs("brand", "acme"), ""),  # case matters
            (FacetIs("colours", "red"), "ac"),  # any value of an array
            (FacetIs("categories.lvl0", "Shoes"), "ab"),
            (FacetIs("fresh", "true"), "a"),
            (FacetIs("fresh", "false"), "b"),
            (FacetIs("price", "60.5"), "b"),
            (FacetIs("price", "50"), "a"),
            (FacetIs("_tags", "gift"), "e"),
            (FacetIs("family", "nobody"), ""),
            (FacetIs("name", "Candle"), ""),  # not an attribute for faceting
            (FacetIs("nothing", "x"), ""),
            (Not(FacetIs("nothing", "x")), "abcdef"),
            (Not(FacetIs("colours", "red")), "bdef"),
            (NumberIs("price", "<", 25), "ce"),
            (NumberIs("price", "<=", 25), "cef"),
            (NumberIs("price", "=", 60.5), "b"),
            (NumberIs("price", "!=", 60.5), "acdef"),
            (NumberIs("price", ">", 60.5), "d"),
            (NumberIs("price", ">=", 60.5), "bd"),
            (NumberIs("size", "=", 20), "e"),
            (NumberIs("size", "!=", 20), "abcdf"),
            (NumberIs("size", ">", 15), "e"),
            (NumberIs("brand", ">", 0), ""),
            (NumberIs("stock", ">", 0), "ac"),
            (Not(NumberIs("stock", ">", 0)), "bdef"),
            (NumberWithin("price", 8, 50), "aef"),
            (NumberWithin("size", 11, 19), ""),
            (And(()), "abcdef"),
            (Or(()), ""),
            (And((FacetIs("brand", "Acme"), FacetIs("colours", "red"))), "a"),
            (Or((FacetIs("brand", "Bolt"), NumberIs("price", ">", 60.5))), "cd"),
            (Not(Or((FacetIs("brand", "Acme"), FacetIs("brand", "Bolt")))), "def"),
            (GeoCircle(51.5074, -0.1278, 100_000), "ad"),  # Oxford is 83 km away
            (GeoCircle(51.5074, -0.1278, 50_000), "a"),
            (GeoBox(north=52, west=-2, south=48, east=3), "abd"),
            (GeoBox(north=52, west=170, south=0, east=-70), "d"),  # over the date line as far as New York
            (GeoPolygon(((50.0, -3.0), (50.0, 3.0), (56.0, 0.0))), "ad"),  # a triangle over the south of England
            (GeoPolygon(((52.0, -1.0), (52.0, 3.0), (47.0, 3.0), (47.0, 1.0), (51.0, -1.0))), "ab"),  # London, Paris
            (GeoPolygon(((52.0, -1.0), (47.0, 3.0), (52.0, 3.0), (47.0, -1.0))), "b"),  # crossed: London is between
            (GeoPolygon(((40.0, -75.0), (41.0, -75.0), (41.0, -73.0), (40.0, -73.0))), "d"),  # either way round
            (GeoPolygon(((40.0, -75.0), (40.0, -73.0), (41.0, -73.0), (41.0, -75.0))), "d"),
            (phrase("shoe"), "abc"),
            (phrase("running shoes"), "ab"),
            (phrase("shoes running"), ""),  # the order counts
            (phrase("red shoes"), ""),  # not side by side
            (phrase("light for long runs"), "a"),
            (phrase("laces shoestrings"), ""),  # the end of one attribute and the beginning of another of its place
            (phrase("kayak"), ""),
            (phrase("red kayak"), ""),
            (phrase("red", "description"), "c"),
            (phrase("red", "name"), "a"),
            (phrase("shoestrings", "alias"), "c"),
            (phrase("laces", "alias"), ""),  # it stands in the other attribute of that place
            (phrase("running shoes", "name"), "ab"),
            (phrase("running shoes", "alias", "description"), ""),
            (phrase("short runs", "alias", "description"), "b"),
            (phrase("crofter", "brand"), ""),  # not searched
            (Not(phrase("red")), "bdef"),
            (And((Not(phrase("red")), phrase("running shoes"), NumberIs("price", ">", 1))), "b"),
            (Or((phrase("long runs"), phrase("shoe laces"))), "ac"),
        ],
    )
    def test_a_filter_leaves_the_products_that_meet_it(
        self, index: CatalogIndex, filter: Filter, expected: str
    ) -> None:
        assert found(index, filter=filter) == set(expected)

    def test_only_numbers_that_the_settings_name_can_be_filtered_by(self) -> None:
        index = self.make_index(RECORDS, IndexDefinition(settings=replace(SETTINGS, numeric=("price",))))
        assert found(index, filter=NumberIs("price", "=", 5)) == {"c"}
        assert found(index, filter=NumberIs("stock", ">", 0)) == set()

    def test_hidden_products_are_left_out(self, index: CatalogIndex) -> None:
        assert found(index, hidden=frozenset({"a", "f", "unknown"})) == {"b", "c", "d", "e"}

    # Facets.

    def test_facets_count_the_match_set_most_first_and_then_by_value(self, index: CatalogIndex) -> None:
        outcome = index.search(Plan(facets=("brand", "colours", "fresh", "price", "categories.lvl0"), length=0))
        assert list(outcome.facets["brand"].items()) == [("Acme", 2), ("Crofter", 2), ("Bolt", 1)]
        assert list(outcome.facets["colours"].items()) == [("red", 2), ("blue", 1), ("white", 1)]
        assert list(outcome.facets["fresh"].items()) == [("false", 1), ("true", 1)]
        assert dict(outcome.facets["price"]) == {"50": 1, "60.5": 1, "5": 1, "80": 1, "8": 1, "25": 1}
        assert dict(outcome.facets["categories.lvl0"]) == {"Shoes": 2, "Accessories": 1, "Home": 1}
        assert (outcome.hits, outcome.count) == ((), 6)

    def test_facets_count_under_words_and_filter(self, index: CatalogIndex) -> None:
        outcome = index.search(Plan(words=the_words("shoes"), filter=NumberIs("price", "<", 55), facets=("brand",)))
        assert dict(outcome.facets["brand"]) == {"Acme": 1, "Bolt": 1}

    def test_facets_can_be_in_the_order_of_values_and_are_cut(self, index: CatalogIndex) -> None:
        plan = Plan(facets=("brand",), sort_facet_values_by="alpha", max_values_per_facet=2)
        assert list(index.search(plan).facets["brand"].items()) == [("Acme", 2), ("Bolt", 1)]

    def test_a_facet_that_no_product_has_is_empty(self, index: CatalogIndex) -> None:
        assert dict(index.search(Plan(words=the_words("candle"), facets=("colours",))).facets["colours"]) == {}

    def test_figures_of_a_numeric_facet_cover_the_match_set(self, index: CatalogIndex) -> None:
        stats = index.search(Plan(filter=FacetIs("brand", "Acme"), facets=("price", "brand"))).stats
        assert dict(stats) == {"price": FacetStats(min=50, max=60.5, avg=(50 + 60.5) / 2, sum=110.5)}

    def test_the_count_of_a_facet_value_is_the_hits_under_it(self, index: CatalogIndex) -> None:
        base = Plan(words=the_words("red shoes"), weights=Weights(enough=3), facets=("brand", "colours"))
        for attribute, counts in index.search(base).facets.items():
            for value, count in counts.items():
                assert index.search(replace(base, filter=FacetIs(attribute, value))).count == count

    def test_facet_values_are_searched_by_the_beginning_of_a_word(self, index: CatalogIndex) -> None:
        def searched(containing: str, limit: int = 10) -> Sequence[FacetValue]:
            return list(index.facet_values(Plan(), "brand", containing=containing, limit=limit))

        assert searched("c") == [FacetValue("Crofter", 2)]
        assert searched("") == [FacetValue("Acme", 2), FacetValue("Crofter", 2), FacetValue("Bolt", 1)]
        assert searched("", 1) == [FacetValue("Acme", 2)]
        assert searched("rofter") == []
        under = index.facet_values(Plan(filter=NumberIs("price", "<", 10)), "brand", containing="c", limit=10)
        assert list(under) == [FacetValue("Crofter", 1)]

    # Order.

    def test_browsing_is_in_the_order_of_custom_ranking_and_then_of_ids(self, index: CatalogIndex) -> None:
        outcome = index.search(Plan(custom_ranking=(SortKey("popularity", "desc"),)))
        assert ids(outcome) == ["b", "c", "a", "f", "d", "e"]  # 9 9 5 2 1 and none

    def test_products_without_a_number_are_last_either_way(self, index: CatalogIndex) -> None:
        assert ids(index.search(Plan(sort=(SortKey("popularity", "asc"),)))) == ["d", "f", "a", "b", "c", "e"]
        assert ids(index.search(Plan(sort=(SortKey("popularity", "desc"),)))) == ["b", "c", "a", "f", "d", "e"]

    def test_sort_keys_decide_one_after_the_other_and_before_relevance(self, index: CatalogIndex) -> None:
        keys = (SortKey("popularity", "desc"), SortKey("price", "asc"))
        assert ids(index.search(Plan(sort=keys, words=the_words("red shoes"), weights=Weights(enough=9)))) == [
            "c",  # 9, 5
            "b",  # 9, 60.5
            "a",
        ]

    def test_relevance_decides_before_custom_ranking(self, index: CatalogIndex) -> None:
        plan = Plan(words=the_words("red running shoes"), custom_ranking=(SortKey("price", "asc"),))
        assert ids(index.search(plan))[0] == "a"

    def test_custom_ranking_decides_between_products_of_equal_relevance(self) -> None:
        records = [{"objectID": str(n), "name": "Lamp", "popularity": n} for n in range(5)]
        index = self.make_index(records, SHOP)
        plan = Plan(words=the_words("lamp"), custom_ranking=(SortKey("popularity", "desc"),))
        assert ids(index.search(plan)) == ["4", "3", "2", "1", "0"]
        assert ids(index.search(Plan(words=the_words("lamp")))) == ["0", "1", "2", "3", "4"]

    def test_what_is_out_of_stock_comes_last(self, index: CatalogIndex) -> None:
        plan = Plan(custom_ranking=(SortKey("popularity", "desc"),), stock="stock")
        assert ids(index.search(plan)) == ["c", "a", "f", "d", "e", "b"]  # b has 0, others some or no figure
        assert ids(index.search(replace(plan, stock="fresh")))[-1] == "b"  # false

    def test_optional_filters_lift_and_lower(self, index: CatalogIndex) -> None:
        plan = Plan(optional_filters=(FacetIs("brand", "Crofter", 2), FacetIs("colours", "red")), length=4)
        assert ids(index.search(plan)) == ["d", "e", "a", "c"]
        assert [hit.filter_score for hit in index.search(plan).hits] == [2, 2, 1, 1]
        lowered = index.search(Plan(optional_filters=(Not(FacetIs("brand", "Acme")),)))
        assert ids(lowered) == ["c", "d", "e", "f", "a", "b"]

    def test_scores_of_optional_filters_are_summed_or_the_highest_counts(self, index: CatalogIndex) -> None:
        filters = (FacetIs("brand", "Acme", 2), FacetIs("colours", "red", 3), FacetIs("fresh", "true"))
        highest = index.search(Plan(optional_filters=filters, length=3))
        assert [(hit.object_id, hit.filter_score) for hit in highest.hits] == [("a", 3), ("c", 3), ("b", 2)]
        summed = index.search(Plan(optional_filters=filters, sum_filter_scores=True, length=3))
        assert [(hit.object_id, hit.filter_score) for hit in summed.hits] == [("a", 6), ("c", 3), ("b", 2)]

    def test_the_nearest_products_come_first_around_a_point(self, index: CatalogIndex) -> None:
        outcome = index.search(Plan(around=LONDON))
        assert ids(outcome)[:3] == ["a", "d", "b"]
        far = {hit.object_id: hit.distance for hit in outcome.hits}
        assert far["a"] == 0
        assert far["b"] == pytest.approx(343_556, abs=100)  # London to Paris on a sphere of 6,371 km
        assert far["e"] is None

    def test_distances_within_the_precision_are_equal(self, index: CatalogIndex) -> None:
        coarse = replace(LONDON, precision=1_000_000)
        plan = Plan(around=coarse, custom_ranking=(SortKey("popularity", "desc"),), filter=NumberIs("price", ">", 40))
        assert ids(index.search(plan)) == ["b", "a", "d"]

    def test_ranges_of_distances_have_metres_of_their_own(self, index: CatalogIndex) -> None:
        # Oxford is 83 km away, Paris 344 km: from 50 km on, 300 km are as far as 83.
        preferred = {"custom_ranking": (SortKey("popularity", "desc"),), "filter": NumberIs("price", ">", 40)}
        wide = replace(LONDON, ranges=((0, 10), (50_000, 300_000)))
        assert ids(index.search(Plan(around=wide, **preferred))) == ["a", "b", "d"]  # type: ignore[arg-type]
        narrow = replace(LONDON, ranges=((0, 10), (50_000, 200_000)))  # 50 to 250 km, 250 to 450 km
        assert ids(index.search(Plan(around=narrow, **preferred))) == ["a", "d", "b"]  # type: ignore[arg-type]

    def test_a_sort_is_stronger_than_the_distance(self, index: CatalogIndex) -> None:
        plan = Plan(around=LONDON, sort=(SortKey("price", "desc"),), length=2)
        assert ids(index.search(plan)) == ["d", "b"]

    # Pins.

    def test_pinned_products_stand_at_their_places_and_count(self, index: CatalogIndex) -> None:
        plan = Plan(words=the_words("shoes"), sort=(SortKey("price", "asc"),), facets=("brand",))
        assert ids(index.search(plan)) == ["c", "a", "b"]
        pinned = index.search(replace(plan, pins=(Pin(("e", "b"), 1),)))
        assert ids(pinned) == ["c", "e", "b", "a"]
        assert [hit.pinned for hit in pinned.hits] == [False, True, True, False]
        assert (pinned.count, dict(pinned.facets["brand"])) == (4, {"Acme": 2, "Bolt": 1, "Crofter": 1})

    def test_a_place_behind_the_end_is_the_end(self, index: CatalogIndex) -> None:
        plan = Plan(words=the_words("candle"), pins=(Pin(("d",), 7), Pin(("unknown",), 0)))
        assert ids(index.search(plan)) == ["e", "d"]

    def test_pins_meet_the_filter_only_where_that_is_asked_for(self, index: CatalogIndex) -> None:
        plan = Plan(filter=FacetIs("brand", "Acme"), pins=(Pin(("d",), 0),))
        assert ids(index.search(plan)) == ["d", "a", "b"]
        assert ids(index.search(replace(plan, pins_are_filtered=True))) == ["a", "b"]

    def test_pages_hold_pins_at_their_places(self, index: CatalogIndex) -> None:
        plan = Plan(pins=(Pin(("f",), 1), Pin(("a",), 4)))
        whole = ids(index.search(plan))
        assert whole == ["b", "f", "c", "d", "a", "e"]
        assert [ids(index.search(replace(plan, offset=at, length=2))) for at in (0, 2, 4)] == [
            whole[0:2],
            whole[2:4],
            whole[4:6],
        ]

    # Pages, groups.

    def test_pages_partition_the_answer(self, index: CatalogIndex) -> None:
        encoder = BagOfWordsEncoder(MEANINGS)
        with_vectors = self.make_index(RECORDS, SHOP, encoder)
        plans = (
            Plan(),
            Plan(sort=(SortKey("price", "desc"),)),
            Plan(words=the_words("red shoes"), weights=Weights(enough=9)),
            Plan(words=the_words("red cosy"), vector=encoder.encode("cosy"), weights=Weights(similarity_floor=-1)),
        )
        for plan in plans:
            whole = ids(with_vectors.search(replace(plan, length=1000)))
            for size in (1, 2, 3):
                pages = [
                    ids(with_vectors.search(replace(plan, offset=at, length=size)))
                    for at in range(0, len(whole) + size, size)
                ]
                assert [each for page in pages for each in page] == whole
                assert pages[-1] == []

    def test_the_best_of_each_group_stands_for_it(self, index: CatalogIndex) -> None:
        plan = Plan(
            sort=(SortKey("price", "desc"),), distinct=1, distinct_attribute="family", facets=("brand",), length=10
        )
        outcome = index.search(plan)
        assert ids(outcome) == ["d", "b", "f", "e", "c"]  # a is of the group of b; the others are groups of their own
        assert outcome.count == 5
        assert dict(outcome.facets["brand"]) == {"Acme": 2, "Bolt": 1, "Crofter": 2}  # products, never groups

    def test_two_of_each_group_are_kept_where_two_are_asked_for(self) -> None:
        records = [{"objectID": f"{n}", "name": "Lamp", "family": f"f{n % 2}", "price": n} for n in range(6)]
        index = self.make_index(records, SHOP)
        plan = Plan(sort=(SortKey("price", "asc"),), distinct=2, distinct_attribute="family", length=10)
        outcome = index.search(plan)
        assert (ids(outcome), outcome.count) == (["0", "1", "2", "3"], 2)  # groups are counted, products are shown

    # Records.

    def test_records_come_back_byte_for_byte(self) -> None:
        index = self.make_index(RECORDS, SHOP)
        bodies = {record.object_id: record.body for record in stored(RECORDS)}
        assert list(index.get(["c", "nobody", "a"])) == [bodies["c"], None, bodies["a"]]
        assert {hit.object_id: hit.record for hit in index.search(Plan()).hits} == bodies

    def test_scanning_walks_all_records_in_the_order_of_ids(self, index: CatalogIndex) -> None:
        walked: list[str] = []
        while page := index.scan(after=walked[-1] if walked else None, limit=4):
            walked += [object_id for object_id, _ in page]
        assert walked == ["a", "b", "c", "d", "e", "f"]
        cheap = index.scan(filter=NumberIs("price", "<", 10))
        assert [object_id for object_id, _ in cheap] == ["c", "e"]
        assert [object_id for object_id, _ in index.scan(after="bb")] == ["c", "d", "e", "f"]

    def test_object_ids_of_any_script_are_found_again(self) -> None:
        names = ["10", "9", "Ä", "a b", "日本", "z/..", "🧦"]
        index = self.make_index([{"objectID": name, "name": "Sock"} for name in names], SHOP)
        assert [object_id for object_id, _ in index.scan()] == sorted(names)
        assert ids(index.search(Plan(words=the_words("sock")))) == sorted(names)
        assert all(index.get(names))

    # Vocabulary.

    def test_the_vocabulary_counts_products_of_a_word_as_it_stands(self, index: CatalogIndex) -> None:
        words = index.vocabulary
        assert [words.products_with(each) for each in ("shoes", "shoe", "brulee", "run", "kayak")] == [2, 1, 1, 0, 0]

    def test_near_words_are_those_within_the_edits_nearest_first(self, index: CatalogIndex) -> None:
        near = [(each.word, each.edits, each.products) for each in index.vocabulary.near("shoe", 1)]
        assert near == [("shoes", 1, 2)]  # "shoe" itself is no edit away
        assert [each.word for each in index.vocabulary.near("runnign", 1)] == ["running"]  # letters swapped
        assert [(each.word, each.edits) for each in index.vocabulary.near("blankt", 2)] == [("blanket", 1)]
        assert [(each.word, each.edits) for each in index.vocabulary.near("candel", 2)] == [("candle", 1)]
        assert [(each.word, each.edits) for each in index.vocabulary.near("kichen", 2)] == [("kitchen", 1)]
        assert list(index.vocabulary.near("zzzzzz", 2)) == []

    def test_beginnings_are_completed_by_the_most_common_words_first(self, index: CatalogIndex) -> None:
        assert [(each.word, each.products) for each in index.vocabulary.beginning("s", 10)] == [
            ("shoes", 2),
            ("shoe", 1),
            ("shoestrings", 1),
            ("short", 1),
            ("sofa", 1),
            ("strong", 1),
        ]
        assert [each.word for each in index.vocabulary.beginning("sh", 1)] == ["shoes"]

    def test_stems_are_counted_everywhere_in_the_first_place_and_beside_others_there(self, index: CatalogIndex) -> None:
        standing = index.vocabulary.standing(("shoe", "red", "run", "kayak"), ("run", "red", "kayak"))
        # shoes of a, b and c: running ones are a and b, red ones a (c is red in its description alone)
        assert standing[0] == Standing(products=3, in_first=3, beside=3)
        assert standing[1] == Standing(products=2, in_first=1, beside=1)
        assert standing[2] == Standing(products=2, in_first=2, beside=1)  # none is beside itself
        assert standing[3] == Standing()
        assert list(index.vocabulary.standing(("shoe",), ())) == [Standing(products=3, in_first=3)]

    # Languages.

    def test_texts_without_spaces_are_found_by_their_pairs(self) -> None:
        records = [
            {"objectID": "1", "name": "绿茶壶"},
            {"objectID": "2", "name": "红茶"},
            {"objectID": "3", "name": "กาแฟ"},
        ]
        index = self.make_index(records, SHOP)
        assert found(index, words=the_words("茶壶")) == {"1"}
        assert found(index, words=the_words("กาแฟ"), weights=EXACTLY) == {"3"}

    def test_words_are_stemmed_in_the_language_of_the_settings(self) -> None:
        settings = IndexSettings(searchable=(SearchableAttributes(("name",)),), language="fr")
        index = self.make_index([{"objectID": "1", "name": "chaussures légères"}], IndexDefinition(settings=settings))
        shoe = Word(text="chaussure", alternatives=(Alternative(terms=("chaussur",)),))
        assert found(index, words=(shoe,)) == {"1"}

    # Much.

    def test_the_order_is_exact_far_behind_the_head(self) -> None:
        prices = [n * 7919 % 1000 for n in range(1000)]  # each once
        index = self.make_index(
            [{"objectID": f"{n:04}", "name": "Lamp", "price": price} for n, price in enumerate(prices)], SHOP
        )
        cheapest_first = [f"{n:04}" for n in sorted(range(1000), key=prices.__getitem__)]
        plan = Plan(words=the_words("lamp"), sort=(SortKey("price", "asc"),), offset=700, length=50)
        outcome = index.search(plan)
        assert (ids(outcome), outcome.count) == (cheapest_first[700:750], 1000)
        browse = Plan(custom_ranking=(SortKey("price", "asc"),), offset=300, length=20)
        assert ids(index.search(browse)) == cheapest_first[300:320]

    def test_counts_add_up_over_many_products(self) -> None:
        records = [
            {"objectID": f"{n:03}", "name": "Lamp", "colours": [f"c{n % 7}", f"c{n % 5}"], "price": math.sqrt(n)}
            for n in range(500)
        ]
        index = self.make_index(records, SHOP)
        outcome = index.search(Plan(filter=NumberIs("price", ">", 10), facets=("colours",)))
        expected = Counter(colour for n in range(101, 500) for colour in {f"c{n % 7}", f"c{n % 5}"})
        assert dict(outcome.facets["colours"]) == dict(expected)
        assert outcome.count == 399

    def test_the_answer_does_not_depend_on_the_order_in_which_records_came(self) -> None:
        plan = Plan(words=the_words("red shoes"), facets=("brand",), weights=Weights(enough=9))
        some = [list(order) for order in permutations(RECORDS[:3])]
        answers = [self.make_index(order, SHOP).search(plan) for order in some]
        assert all(ids(answer) == ids(answers[0]) for answer in answers)
        assert all(answer.facets == answers[0].facets for answer in answers)
