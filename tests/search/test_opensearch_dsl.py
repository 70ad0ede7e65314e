"""A plan as requests to OpenSearch: the whole query language as data, without a server."""

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from tests.search.shop import SETTINGS, prefix, the_words, word
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.rules import Pin
from tradewind.catalog.settings import FacetAttribute, IndexSettings, SearchableAttributes, SortKey, Weights
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
from tradewind.search.index import Standing
from tradewind.search.opensearch import decoding, queries, vocabulary
from tradewind.search.opensearch.conditions import ALL, NONE, condition
from tradewind.search.opensearch.documents import document, document_id
from tradewind.search.opensearch.head import head_of
from tradewind.search.opensearch.layout import escaped, layout_of, number_field
from tradewind.search.opensearch.mapping import IndexShape, create_body
from tradewind.search.opensearch.order import Relevance, sort_clauses
from tradewind.search.opensearch.pins import merged, page_parts, places
from tradewind.search.opensearch.queries import MatchSet
from tradewind.search.opensearch.version_facts import alias_of, all_versions, fingerprint, index_of
from tradewind.search.opensearch.words import matches, relevance
from tradewind.search.plan import Alternative, Plan, Word
from tradewind.search.request import Around

LAYOUT = layout_of(
    SETTINGS
)  # f0 brand, f1 colours, f2 price, f3 fresh, f4 categories.lvl0, f5 size, f6 _tags, f7 family
RECORDS = {"_source": ["body"], "docvalue_fields": ["id"]}
IDS = {"stored_fields": "_none_", "docvalue_fields": ["id"]}
BY_ID = {"id": {"order": "asc"}}
INFINITE = float("inf")


# Conditions.


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (FacetIs("brand", "Acme"), {"term": {"f0": "Acme"}}),
        (FacetIs("_tags", "gift"), {"term": {"f6": "gift"}}),
        (FacetIs("objectID", "7"), {"term": {"id": "7"}}),
        (FacetIs("name", "Candle"), NONE),
        (NumberIs("price", "<", 5), {"range": {"n.price": {"lt": 5}}}),
        (NumberIs("price", ">=", 5.5), {"range": {"n.price": {"gte": 5.5}}}),
        (NumberIs("price", "=", 5), {"term": {"n.price": 5}}),
        (NumberIs("price", "!=", 5), {"bool": {"must_not": [{"term": {"n.price": 5}}]}}),
        (NumberWithin("size.eu", 38, 40), {"range": {"n.size-2e-eu": {"gte": 38, "lte": 40}}}),
        (NumberWithin("price", 5, INFINITE), {"range": {"n.price": {"gte": 5}}}),
        (NumberWithin("price", -INFINITE, INFINITE), {"exists": {"field": "n.price"}}),
        (NumberIs("price", ">", INFINITE), NONE),
        (NumberIs("price", "<", INFINITE), {"exists": {"field": "n.price"}}),
        (NumberIs("price", "=", INFINITE), NONE),
        (Not(FacetIs("brand", "Acme")), {"bool": {"must_not": [{"term": {"f0": "Acme"}}]}}),
        (And(()), ALL),
        (Or(()), NONE),
        (And((FacetIs("brand", "A"),)), {"bool": {"filter": [{"term": {"f0": "A"}}]}}),
        (Or((FacetIs("brand", "A"), And(()))), {"bool": {"should": [{"term": {"f0": "A"}}, ALL]}}),
        (
            GeoBox(north=52, west=170, south=0, east=-70),
            {
                "geo_bounding_box": {
                    "geo": {"top_left": {"lat": 52, "lon": 170}, "bottom_right": {"lat": 0, "lon": -70}}
                }
            },
        ),
        (GeoBox(north=0, west=0, south=10, east=1), NONE),
        (
            GeoPolygon(((0, 0), (0, 2), (2, 1))),
            {
                "geo_polygon": {
                    "geo": {"points": [{"lat": 0, "lon": 0}, {"lat": 0, "lon": 2}, {"lat": 2, "lon": 1}]},
                }
            },
        ),
        (HasPhrase(("red",), "en"), {"term": {"w": "red"}}),
        (
            HasPhrase(("red", "shoe"), "en"),
            {"bool": {"should": [{"match_phrase": {"w0": "red shoe"}}, {"match_phrase": {"w1": "red shoe"}}]}},
        ),
        (
            HasPhrase(("red", "shoe"), "en", ("alias", "description")),
            {
                "bool": {
                    "should": [{"match_phrase": {"aw": "alias/red alias/shoe"}}, {"match_phrase": {"w1": "red shoe"}}]
                }
            },
        ),
        (HasPhrase(("red",), "en", ("brand",)), NONE),  # not searched
    ],
)
def test_a_filter_is_a_query(filter: Filter, expected: Any) -> None:
    assert condition(filter, LAYOUT) == expected


def test_a_radius_is_widened_by_the_ratio_of_the_two_radii_of_the_earth() -> None:
    made = condition(GeoCircle(51.5, -0.1, 6_371_000), LAYOUT)
    assert made == {"geo_distance": {"distance": "6371008.771400m", "geo": {"lat": 51.5, "lon": -0.1}}}


def test_a_number_that_the_settings_leave_out_matches_nothing() -> None:
    layout = layout_of(replace(SETTINGS, numeric=("price",)))
    assert condition(NumberIs("stock", ">", 0), layout) == NONE
    assert condition(NumberIs("stock", "!=", 0), layout) == {"bool": {"must_not": [NONE]}}


# Words.


def test_a_word_matches_by_its_stem_in_the_field_of_all_places() -> None:
    assert matches(Plan(words=the_words("red shoes")), LAYOUT, 2) == {
        "bool": {"should": [{"term": {"w": "red"}}, {"term": {"w": "shoe"}}], "minimum_should_match": 2}
    }


def test_a_beginning_matches_words_as_they_stand() -> None:
    assert matches(Plan(words=(prefix("sho", "running"),)), LAYOUT, 1) == {
        "bool": {
            "should": [{"bool": {"must": [{"term": {"w": "run"}}, {"prefix": {"p": "sho"}}]}}],
            "minimum_should_match": 1,
        }
    }


def test_a_word_with_several_alternatives_matches_by_any() -> None:
    sofa = Word(text="sofa", alternatives=(Alternative(terms=("sofa",)), Alternative(terms=("love", "seat"))))
    assert matches(Plan(words=(sofa, word("red", optional=True))), LAYOUT, 1) == {
        "bool": {
            "should": [
                {
                    "bool": {
                        "should": [
                            {"term": {"w": "sofa"}},
                            {"bool": {"must": [{"term": {"w": "love"}}, {"term": {"w": "seat"}}]}},
                        ]
                    }
                }
            ],
            "minimum_should_match": 1,
        }
    }


def test_restricted_words_match_in_the_fields_of_those_places() -> None:
    plan = Plan(words=(*the_words("red"), prefix("sh")), searchable=("description",))
    assert matches(plan, LAYOUT, 2)["bool"]["should"] == [{"term": {"w1": "red"}}, {"prefix": {"p1": "sh"}}]
    assert matches(replace(plan, searchable=("brand",)), LAYOUT, 2)["bool"]["should"] == [NONE, NONE]


def test_a_plan_without_deciding_words_matches_nothing_by_words() -> None:
    assert matches(Plan(), LAYOUT, 0) == NONE
    assert matches(Plan(words=(word("red", optional=True),)), LAYOUT, 0) == NONE


def test_the_score_is_the_best_alternative_of_each_word_summed_over_places_by_weight() -> None:
    plan = Plan(
        words=(
            Word(text="red", alternatives=(Alternative(terms=("red",)), Alternative(terms=("crimson",), weight=0.5))),
            word("new", optional=True),
        ),
        phrases=(("red", "shoe"),),
        weights=Weights(attributes=(4.0,), phrase=2.0, complete=0.0),
    )

    def term(stem: str) -> dict[str, Any]:
        return {
            "bool": {
                "should": [
                    {"term": {"w0": {"value": stem, "boost": 4.0}}},
                    {"term": {"w1": {"value": stem, "boost": 1.5}}},  # 3 / 2: weights that are not set fall by half
                ]
            }
        }

    red = {
        "dis_max": {
            "queries": [
                {"bool": {"must": [term("red")], "boost": 1.0, "_name": "0.0"}},
                {"bool": {"must": [term("crimson")], "boost": 0.5, "_name": "0.1"}},
            ]
        }
    }
    new = {"dis_max": {"queries": [{"bool": {"must": [term("new")], "boost": 1.0, "_name": "1.0"}}]}}
    assert relevance(plan, LAYOUT, 1) == {
        "bool": {
            "must": [{"bool": {"should": [red], "minimum_should_match": 1}}],
            "should": [new, {"match_phrase": {"w0": {"query": "red shoe", "boost": 2.0}}}],
        }
    }


def test_the_score_counts_by_the_share_of_words_that_match_and_more_where_the_first_place_has_all() -> None:
    plan = Plan(words=the_words("red lamp stand"), weights=Weights(phrase=0.0))
    alone = replace(plan, weights=Weights(phrase=0.0, coverage=0.0, complete=0.0))
    made = relevance(plan, LAYOUT, 2)["function_score"]
    assert (made["score_mode"], made["boost_mode"]) == ("sum", "multiply")
    (complete,) = made["functions"]
    in_name = [{"term": {"w0": stem}} for stem in ("red", "lamp", "stand")]
    assert complete == {"filter": {"bool": {"should": in_name, "minimum_should_match": 3}}, "weight": 1.5}
    covered = made["query"]["function_score"]
    assert covered["query"] == relevance(alone, LAYOUT, 2)
    # Two of three words: (2 / 3) ** 2 = 4 / 9; the third brings it to 1.
    assert [step["weight"] for step in covered["functions"]] == [pytest.approx(4 / 9), pytest.approx(5 / 9)]
    assert [step["filter"] for step in covered["functions"]] == [ALL, matches(plan, LAYOUT, 3)]
    assert relevance(replace(plan, weights=Weights(complete=0.0)), LAYOUT, 3)["bool"]  # all have all words: no factor


def test_the_share_is_counted_word_by_word_where_steps_would_take_too_many_clauses() -> None:
    plan = Plan(words=tuple(word(f"w{number}") for number in range(40)), weights=Weights(complete=0.0))
    covered = relevance(plan, LAYOUT, 1)["function_score"]
    assert [step["weight"] for step in covered["functions"]] == [1 / 40] * 40
    assert covered["functions"][3]["filter"] == {"term": {"w": "w3"}}


def test_the_common_completions_of_a_beginning_score_by_how_rare_they_are() -> None:
    plan = Plan(words=(prefix("sh"),), searchable=("name", "alias"), weights=Weights(complete=0.0))
    scored = relevance(plan, LAYOUT, 1)
    (of_word,) = scored["bool"]["must"][0]["bool"]["should"]
    (in_name,) = of_word["dis_max"]["queries"][0]["bool"]["must"]
    assert in_name == {
        "bool": {
            "should": [
                {"prefix": {"p0": {"value": "sh", "boost": pytest.approx(0.3)}}},  # 3 x .1
                {"prefix": {"p0": {"value": "sh", "boost": 3.0, "rewrite": "top_terms_blended_freqs_30"}}},
            ]
        }
    }


def test_a_query_of_very_many_words_keeps_within_the_clauses_that_opensearch_takes() -> None:
    plan = Plan(words=tuple(word(f"w{number}") for number in range(400)))  # x 2 places is more than 700
    assert _clauses(relevance(plan, LAYOUT, 1)) == 400
    assert _clauses(matches(plan, LAYOUT, 400)) == 400


def _clauses(query: Any) -> int:
    if isinstance(query, list):
        return sum(map(_clauses, query))
    if not isinstance(query, dict):
        return 0
    return sum((key in ("term", "prefix", "match_phrase")) or _clauses(value) for key, value in query.items())


# The match set.


def test_one_word_needs_no_counting() -> None:
    assert queries.counting(Plan(words=the_words("red")), LAYOUT) is None
    assert queries.counting(Plan(words=(word("red"), word("new", optional=True))), LAYOUT) is None


def test_products_are_counted_by_how_many_words_they_match_without_the_filter() -> None:
    plan = Plan(words=the_words("red long shoes"), filter=FacetIs("brand", "Acme"))
    asked = queries.counting(plan, LAYOUT)
    assert asked == {
        "size": 0,
        "query": ALL,
        "aggs": {"matching": {"filters": {"filters": {str(n): matches(plan, LAYOUT, n) for n in (2, 3)}}}},
        "track_total_hits": False,
    }


@pytest.mark.parametrize(("all_three", "two", "enough", "expected"), [(5, 9, 5, 3), (4, 9, 5, 2), (4, 4, 5, 1)])
def test_words_are_relaxed_while_fewer_than_enough_match(all_three: int, two: int, enough: int, expected: int) -> None:
    answer = {"aggregations": {"matching": {"buckets": {"3": {"doc_count": all_three}, "2": {"doc_count": two}}}}}
    assert decoding.required_words(answer, 3, enough) == expected


def test_one_word_is_required_where_there_is_one_and_none_where_there_is_none() -> None:
    assert decoding.required_words(None, 1, 50) == 1
    assert decoding.required_words(None, 0, 50) == 0


def test_the_nearest_are_asked_for_without_any_filter() -> None:
    asked = queries.nearest(np.array([0.25, -0.5], np.float32))
    assert asked == {
        "size": 2000,
        "query": {"knn": {"v": {"vector": [0.25, -0.5], "k": 2000}}},
        "track_total_hits": False,
        **IDS,
    }


def test_scores_of_inner_products_are_read_as_cosines() -> None:
    hits = [{"fields": {"id": [name]}, "_score": score} for name, score in (("a", 1.75), ("b", 1.0), ("c", 0.8))]
    found = decoding.match_set(1, {"hits": {"hits": hits}}, Weights(similarity_floor=0.0), calibrated=0.4)
    assert found.near == {"a": 0.75, "b": 0.0, "c": pytest.approx(-0.25)}  # 1 - 1 / .8
    assert found.candidates == ["a", "b"]


def test_the_match_set_is_words_or_meaning_under_the_filter_and_not_hidden() -> None:
    plan = Plan(words=the_words("red"), filter=FacetIs("brand", "Acme"), hidden=frozenset({"z", "y"}))
    found = MatchSet(1, {"b": 0.9, "a": 0.2}, ["b"])
    assert queries.match_set(plan, LAYOUT, found) == {
        "bool": {
            "filter": [
                {"bool": {"should": [matches(plan, LAYOUT, 1), {"terms": {"id": ["b"]}}]}},
                {"term": {"f0": "Acme"}},
            ],
            "must_not": [{"terms": {"id": ["y", "z"]}}],
        }
    }


def test_a_plan_without_words_and_vector_matches_every_product() -> None:
    assert queries.match_set(Plan(), LAYOUT, MatchSet()) == {"bool": {"filter": [ALL]}}
    only_meaning = Plan(vector=np.zeros(384, np.float32))
    assert queries.match_set(only_meaning, LAYOUT, MatchSet()) == {"bool": {"filter": [NONE]}}


def test_a_radius_is_a_condition() -> None:
    plan = Plan(around=Around(51.5, -0.1, radius=1000))
    (_, within) = queries.match_set(plan, LAYOUT, MatchSet())["bool"]["filter"]
    assert within == condition(GeoCircle(51.5, -0.1, 1000), LAYOUT)


def test_facets_and_counts_cover_the_match_set_with_the_pinned_products() -> None:
    plan = Plan(
        words=the_words("red"), pins=(Pin(("p",), 0),), pins_are_filtered=True, facets=("brand", "unknown"),
        filter=FacetIs("brand", "Acme"), max_values_per_facet=7,
    )  # fmt: skip
    found = MatchSet(1, {"b": 0.9}, ["b"])
    pinned = {"bool": {"filter": [{"terms": {"id": ["p"]}}, {"term": {"f0": "Acme"}}]}}
    words = matches(plan, LAYOUT, 1)
    assert queries.over_match_set(plan, LAYOUT, found) == {
        "size": 0,
        "query": {"bool": {"should": [queries.match_set(plan, LAYOUT, found), pinned]}},
        "track_total_hits": True,
        "aggs": {
            "lexical": {"filter": words},
            "semantic": {"filter": {"bool": {"filter": [{"terms": {"id": ["b"]}}], "must_not": [words]}}},
            "facet0": {"terms": {"field": "f0", "size": 7, "order": [{"_count": "desc"}, {"_key": "asc"}]}},
            "stats0": {"stats": {"field": "n.brand"}},
        },
    }


def test_facets_in_the_order_of_values() -> None:
    asked = queries.over_match_set(Plan(facets=("brand",), sort_facet_values_by="alpha"), LAYOUT, MatchSet())
    assert asked["aggs"]["facet0"]["terms"]["order"] == [{"_key": "asc"}]


def test_groups_are_counted_one_by_one_in_parts() -> None:
    plan = Plan(distinct=1, distinct_attribute="family")
    composite = {"size": 10_000, "sources": [{"group": {"terms": {"field": "group"}}}]}
    assert queries.over_match_set(plan, LAYOUT, MatchSet())["aggs"] == {"groups": {"composite": composite}}
    more = queries.more_groups(plan, LAYOUT, MatchSet(), "=f1")
    assert more["aggs"] == {"groups": {"composite": {**composite, "after": {"group": "=f1"}}}}


# The order.


def sources(clauses: list[dict[str, Any]]) -> list[str]:
    """Return the fields of sort keys, "script" and its direction for scripts."""
    return [f"script {each['_script']['order']}" if "_script" in each else next(iter(each)) for each in clauses]


def test_sort_keys_decide_one_after_the_other() -> None:
    plan = Plan(
        sort=(SortKey("price", "asc"),),
        stock="stock",
        optional_filters=(FacetIs("brand", "Acme", 2),),
        custom_ranking=(SortKey("popularity", "desc"),),
    )
    clauses = sort_clauses(plan, LAYOUT, Relevance())
    assert sources(clauses) == [
        "n.price", "b.price", "script asc", "script desc", "script desc", "n.popularity", "b.popularity", "id",
    ]  # fmt: skip
    assert clauses[0] == {"n.price": {"order": "asc", "missing": "_last", "unmapped_type": "double"}}
    assert clauses[2]["_script"]["script"]["params"] == {"fields": ["n.stock", "b.stock"]}


def test_distance_decides_where_nothing_is_sorted_by() -> None:
    around = Around(51.5, -0.1, precision=100)
    near = sort_clauses(Plan(around=around), LAYOUT, None)
    assert sources(near) == ["script asc", "id"]
    params = near[0]["_script"]["script"]["params"]
    assert (params["lat"], params["lon"], params["steps"], params["radius"]) == (51.5, -0.1, [[0, 100]], 6_371_000.0)
    assert sources(sort_clauses(Plan(around=around, sort=(SortKey("price", "asc"),)), LAYOUT, None)) == [
        "n.price",
        "b.price",
        "id",
    ]


def test_optional_filters_are_scores_with_signs() -> None:
    plan = Plan(
        optional_filters=(
            Not(FacetIs("brand", "Acme", 3)),
            Or((FacetIs("fresh", "true"), FacetIs("size", "10", 2))),
            FacetIs("name", "x"),
        ),
        sum_filter_scores=True,
    )
    script = sort_clauses(plan, LAYOUT, None)[0]["_script"]["script"]
    assert script["params"] == {
        "preferences": [
            {"sign": -1, "any": [{"field": "f0", "value": "Acme", "score": 3}]},
            {
                "sign": 1,
                "any": [
                    {"field": "f3", "value": "true", "score": 1},
                    {"field": "f5", "value": "10", "score": 2},
                ],
            },
        ],
        "sum": True,
    }


def test_relevance_is_the_head_then_the_words_score_then_the_cosine_to_four_decimals() -> None:
    clauses = sort_clauses(Plan(words=the_words("red")), LAYOUT, Relevance({"a": 1.0}, {"a": 0.9, "b": -0.5}))
    params = clauses[0]["_script"]["script"]["params"]
    assert params["head"] == {"a": 2**45 + 10_000 * 32_768}
    assert params["cosines"] == {"b": 5_000}  # (-.5 + 1) x 10,000; that of the head decides nothing
    assert 2**45 > 1_000 * 10_000 * 32_768  # a words' score of a thousand stays below the head
    assert 2 * (2**45) < 2**53  # and all of it within what a double holds exactly


def test_the_page_leaves_out_the_pinned_products_and_keeps_one_of_each_group() -> None:
    plan = Plan(distinct=1, distinct_attribute="family", hidden=frozenset("h"))
    asked = queries.page(plan, LAYOUT, MatchSet(), head={}, without=queries.of_groups(["=f1"]), start=40, length=20)
    assert asked == {
        "from": 40,
        "size": 20,
        "query": {"bool": {"filter": [ALL], "must_not": [{"terms": {"id": ["h"]}}, {"terms": {"group": ["=f1"]}}]}},
        "sort": [BY_ID],
        "track_scores": False,
        "track_total_hits": False,
        **RECORDS,
        "collapse": {"field": "group"},
    }


def test_a_page_of_words_scores_them_without_needing_them() -> None:
    plan = Plan(words=the_words("red"))
    asked = queries.page(plan, LAYOUT, MatchSet(1), head={}, without=None, start=0, length=20)
    assert asked["query"]["bool"]["should"] == [relevance(plan, LAYOUT, 1)]
    assert asked["query"]["bool"]["minimum_should_match"] == 0
    assert asked["track_scores"] is True


def test_two_of_a_group_need_a_walk_without_collapsing() -> None:
    plan = Plan(distinct=2, distinct_attribute="family", offset=3)
    page = queries.page(plan, LAYOUT, MatchSet(), head={}, without=None, start=3, length=20)
    assert "collapse" not in page
    assert queries.group_members(page, 1000, 500) == {
        "query": {"bool": {"filter": [ALL]}},
        "sort": [BY_ID],
        "track_total_hits": False,
        "stored_fields": "_none_",
        "docvalue_fields": ["id", "group"],
        "from": 1000,
        "size": 500,
    }


def test_both_lists_are_fused_by_the_reciprocals_of_their_ranks() -> None:
    plan = Plan(words=the_words("red"), vector=np.zeros(384, np.float32), weights=Weights(fusion="rrf"))
    head = head_of(plan, [("a", 9.0), ("b", 8.0)], [("b", 0.9)])
    assert head.fused == {"a": pytest.approx(1 / 61 / (2 / 61)), "b": pytest.approx((1 / 62 + 1 / 61) / (2 / 61))}
    assert (head.word_ranks, head.meaning_ranks) == ({"a": 1, "b": 2}, {"b": 1})
    weighted = head_of(replace(plan, weights=Weights(fusion="weighted", vector=0.6)), [("a", 9.0)], [("b", 0.9)])
    assert weighted.fused == {"a": pytest.approx(0.4), "b": pytest.approx(0.6)}


def test_one_list_alone_is_not_fused() -> None:
    assert head_of(Plan(words=the_words("red")), [("a", 9.0)], []).fused == {}
    assert head_of(Plan(vector=np.zeros(384, np.float32)), [], [("a", 0.9)]).fused == {}


def test_the_best_by_words_are_ranked_by_four_decimals_and_then_by_what_the_shop_prefers() -> None:
    plan = Plan(words=the_words("red"), custom_ranking=(SortKey("popularity", "desc"),), weights=Weights(depth=7))
    asked = queries.best_by_words(plan, LAYOUT, MatchSet(1))
    assert asked is not None
    assert (asked["size"], asked["track_scores"]) == (7, True)
    assert sources(asked["sort"]) == ["script desc", "n.popularity", "b.popularity", "id"]
    assert queries.best_by_words(Plan(), LAYOUT, MatchSet()) is None


def test_whether_a_product_has_a_vector_is_asked_for_by_name_and_adds_nothing_to_its_score() -> None:
    plan = Plan(words=the_words("shoes"))
    plain = queries.best_by_words(plan, LAYOUT, MatchSet(1))
    told = queries.best_by_words(plan, LAYOUT, MatchSet(1), tells_vectors=True)
    assert plain is not None
    assert told is not None
    assert "should" not in plain["query"]["bool"]
    assert told["query"]["bool"].pop("should") == [{"exists": {"field": "v", "boost": 0.0, "_name": "vector"}}]
    assert told["query"]["bool"].pop("minimum_should_match") == 0
    assert told == plain
    hits = [
        {"fields": {"id": ["1"]}, "matched_queries": ["0.0", "vector"]},
        {"fields": {"id": ["2"]}, "matched_queries": ["0.0"]},
        {"fields": {"id": ["3"]}},
    ]
    assert decoding.without_vector({"hits": {"hits": hits}}) == {"2", "3"}


def test_the_best_by_meaning_are_the_near_ones_of_the_match_set() -> None:
    plan = Plan(words=the_words("red"), vector=np.zeros(384, np.float32))
    asked = queries.best_by_meaning(plan, LAYOUT, MatchSet(1, {"b": 0.9, "a": 0.2}, ["b"]))
    assert asked is not None
    assert asked["query"]["bool"]["filter"][-1] == {"terms": {"id": ["a", "b"]}}
    assert asked["sort"][0]["_script"]["script"]["params"] == {"cosines": {"b": 9_000, "a": 2_000}}
    assert queries.best_by_meaning(plan, LAYOUT, MatchSet(1)) is None


# Pins.


def test_pins_stand_at_their_places_and_others_around_them() -> None:
    placed = places([Pin(("x", "y"), 1), Pin(("z",), 1)], {"x", "y", "z"}, others=10)
    assert placed == {1: "x", 2: "z", 3: "y"}  # of two for one place the later moves on
    parts = page_parts(placed, 2, 3)
    assert (parts.pinned, parts.start, parts.length) == ({0: "z", 1: "y"}, 1, 1)  # one other product comes before
    assert merged(parts, ["b"]) == ["z", "y", "b"]


def test_pins_that_are_not_shown_take_no_place_and_late_ones_close_up() -> None:
    assert places([Pin(("gone", "x"), 0), Pin(("y",), 9)], {"x", "y"}, others=1) == {0: "x", 2: "y"}
    assert merged(page_parts({0: "x", 2: "y"}, 0, 20), ["a"]) == ["x", "a", "y"]


# Documents and mapping.


def test_a_document_has_words_texts_and_numbers_of_the_record() -> None:
    record = {
        "objectID": "a", "name": "Red Shoes", "alias": ["Trainers"], "brand": "Acme", "price": 50, "family": "f",
        "fresh": True, "size": [1, 2.5], "offer": {"eu.de": 3}, "_geoloc": {"lat": 51.5, "lng": -0.1}, "_tags": ["new"],
    }  # fmt: skip
    body = orjson.dumps(record)
    assert document(StoredRecord("a", body), LAYOUT, None) == {
        "id": "a",
        "body": body.decode(),
        "group": "=f",
        "w": "red shoe trainer",
        "w0": ["red shoe", "trainer"],
        "w1": [],
        "p": ["red", "shoes", "trainers"],
        "p0": ["red", "shoes", "trainers"],
        "p1": [],
        "aw": ["name/red name/shoe", "alias/trainer"],  # of the place that two attributes share
        "ap": ["alias/trainers", "name/red", "name/shoes"],
        "f0": ["Acme"],
        "f2": ["50"],
        "f3": ["true"],
        "f5": ["1", "2.5"],
        "f6": ["new"],
        "f7": ["f"],
        "n": {"price": [50.0], "size": [1.0, 2.5], "offer-2e-eu-2e-de": [3.0]},
        "b": {"fresh": [1]},
        "geo": [{"lat": 51.5, "lon": -0.1}],
    }


def test_a_product_without_a_value_is_a_group_of_its_own() -> None:
    one, other = (document(StoredRecord(name, orjson.dumps({"objectID": name})), LAYOUT, None) for name in "ab")
    assert (one["group"], other["group"]) == ("#a", "#b")


def test_numbers_and_places_that_opensearch_refuses_are_left_out() -> None:
    body = b'{"objectID": "a", "huge": 1e999, "_geoloc": [{"lat": 91, "lng": 0}, {"lat": 90, "lng": 180}]}'
    made = document(StoredRecord("a", body.replace(b"1e999", b"1e300")), LAYOUT, None)
    assert made["n"] == {"huge": [1e300]}
    assert made["geo"] == [{"lat": 90.0, "lon": 180.0}]


def test_paths_become_fields_that_never_collide() -> None:
    names = ["a.b", "a-b", "a_b", "a b", "a-2e-b", ""]
    assert len({escaped(name) for name in names}) == len(names)
    assert number_field("price.eur") == "n.price-2e-eur"


def test_an_id_that_is_too_long_is_hashed() -> None:
    assert document_id("sku-1") == "sku-1"
    long = document_id("é" * 300)  # 600 bytes
    assert long.startswith("sha256:")
    assert len(long) < 512


def test_the_body_of_an_index_names_a_field_for_each_place_and_facet() -> None:
    settings = IndexSettings(searchable=(SearchableAttributes(("name",)),), facets=(FacetAttribute("brand"),))
    body = create_body(layout_of(settings), IndexShape(shards=2, replicas=1), {"format": 1})
    assert body["settings"]["index"] == {
        "knn": True,
        "max_result_window": 1_000_000,
        "mapping.total_fields.limit": 2_000,
        "number_of_shards": 2,
        "number_of_replicas": 1,
        "refresh_interval": "-1",
    }
    mapping = body["mappings"]
    assert set(mapping["properties"]) == {
        *("id", "body", "w", "p", "aw", "ap", "n", "b", "geo", "group", "v", "w0", "p0", "f0", "f1")
    }
    assert mapping["properties"]["v"] == {
        "type": "knn_vector",
        "dimension": 384,
        "method": {
            "name": "hnsw",
            "engine": "lucene",
            "space_type": "innerproduct",
            "parameters": {"m": 16, "ef_construction": 128},
        },
    }
    assert mapping["properties"]["body"] == {"type": "object", "enabled": False}
    assert (mapping["dynamic"], mapping["_source"], mapping["_meta"]) == (
        "strict",
        {"includes": ["body"]},
        {"format": 1},
    )


def test_a_collection_spreads_and_refreshes_its_indexes_itself() -> None:
    body = create_body(layout_of(SETTINGS), IndexShape(vectors="faiss", refresh=False), {})
    assert set(body["settings"]["index"]) == {"knn", "max_result_window", "mapping.total_fields.limit"}
    assert body["mappings"]["properties"]["v"]["method"]["engine"] == "faiss"


def test_only_what_changes_the_fields_changes_the_fingerprint() -> None:
    same = replace(SETTINGS, custom_ranking=(SortKey("price", "asc"),), hits_per_page=5, numeric=("price",))
    assert fingerprint(layout_of(same)) == fingerprint(LAYOUT)
    for other in (
        replace(SETTINGS, searchable=()),
        replace(SETTINGS, facets=()),
        replace(SETTINGS, distinct_attribute=None),
        replace(SETTINGS, language="fr"),
    ):
        assert fingerprint(layout_of(other)) != fingerprint(LAYOUT)


def test_names_of_indexes_are_names_that_opensearch_takes_and_never_collide() -> None:
    names = ["products", "Products", "products_price_asc", "a b", "a/b", "日本", "x" * 256]
    aliases = [alias_of("dev", name) for name in names]
    assert len(set(aliases)) == len(names)
    assert all(alias == alias.lower() and len(alias.encode()) < 200 and alias.isascii() for alias in aliases)
    assert index_of("tradewind-dev-products", "20261121t1.5-1F") == "tradewind-dev-products.v20261121t1-5-1f"
    assert all_versions("dev") == "tradewind-dev-*.v*"


# Words of the index.


def test_near_words_are_asked_for_with_swaps_and_read_with_their_edits() -> None:
    asked = vocabulary.near("chari", 2)["suggest"]["near"]
    assert (asked["text"], asked["term"]["max_edits"], asked["term"]["prefix_length"]) == ("chari", 2, 0)
    options = [
        {"text": "charm", "freq": 9},
        {"text": "chair", "freq": 1},
        {"text": "cheap", "freq": 5},
        {"text": "chart", "freq": 2},
    ]
    near = vocabulary.near_in({"suggest": {"near": [{"options": options}]}}, "chari", 1)
    # a swap, or a letter replaced; "cheap" is farther away
    assert [(each.word, each.edits) for each in near] == [("charm", 1), ("chart", 1), ("chair", 1)]


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("chair", "chair", 0), ("chari", "chair", 1), ("chir", "chair", 1), ("chaair", "chair", 1), ("ca", "abc", 3)],
)
def test_edits_are_those_of_the_optimal_string_alignment(one: str, other: str, edits: int) -> None:
    assert vocabulary.edits_between(one, other) == edits


def test_a_beginning_is_taken_literally() -> None:
    assert vocabulary.beginning("a.b", 5)["aggs"]["words"]["terms"]["include"] == r"a\.b.*"


def test_standings_are_asked_for_in_one_search_and_read_in_the_order_of_the_stems() -> None:
    asked = vocabulary.standing(("shoe", "red"), ("red", "run"))
    counted = asked["aggs"]["standing"]["filters"]["filters"]
    assert counted[:2] == [{"term": {"w": "shoe"}}, {"term": {"w0": "shoe"}}]
    assert counted[2] == {"bool": {"filter": [{"term": {"w0": "shoe"}}, {"term": {"w0": "red"}}]}}
    buckets = [{"doc_count": count} for count in (9, 5, 2, 1, 7, 4, 3)]  # red is not beside itself
    answer = {"aggregations": {"standing": {"buckets": buckets}}}
    assert len(counted) == len(buckets)
    assert vocabulary.standing_in(answer, ("shoe", "red"), ("red", "run")) == (Standing(9, 5, 2 + 1), Standing(7, 4, 3))
