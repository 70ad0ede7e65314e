"""Settings, synonyms and rules from the JSON that Algolia's clients send."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tradewind.catalog.rules import Condition, FacetFromPattern, Pin, parse_rule
from tradewind.catalog.settings import (
    FacetAttribute,
    Fields,
    IndexSettings,
    SearchableAttributes,
    SortKey,
    Weights,
    parse_settings,
)
from tradewind.catalog.synonyms import Synonym, parse_synonym
from tradewind.errors import InputError
from tradewind.search.filters import And, FacetIs, Not, NumberIs


def test_no_settings_are_the_defaults() -> None:
    assert parse_settings({}) == IndexSettings()
    nothing = {"searchableAttributes": None, "hitsPerPage": None, "distinct": None, "tradewind": None}
    assert parse_settings(nothing) == IndexSettings(raw=nothing)


def test_settings_are_read_as_algolia_writes_them() -> None:
    made = parse_settings(
        {
            "searchableAttributes": ["name,alternative_name", "unordered(description)", "ordered(brand)"],
            "attributesForFaceting": ["brand", "searchable(color)", "filterOnly(id)", "afterDistinct(searchable(x.y))"],
            "numericAttributesForFiltering": ["price", "equalOnly(stock)"],
            "customRanking": ["desc(popularity)", "asc(price)"],
            "ranking": ["desc(price)", "typo", "geo", "asc(ignored)"],
            "replicas": ["by_price", "virtual(by_date)"],
            "distinct": True,
            "attributeForDistinct": "group",
            "attributesToSnippet": ["description:20", "name"],
            "attributesToRetrieve": ["*"],
            "unretrievableAttributes": ["cost"],
            "typoTolerance": "strict",
            "minWordSizefor1Typo": 3,
            "disableTypoToleranceOnWords": ["Café"],
            "removeStopWords": ["en"],
            "queryLanguages": ["de"],
            "paginationLimitedTo": 50,
            "somethingNew": {"kept": True},
            "tradewind": {"fields": {"price": "price"}, "weights": {"phrase": 2, "fusion": "weighted"}},
        }
    )
    assert made.searchable == (
        SearchableAttributes(("name", "alternative_name")),
        SearchableAttributes(("description",), ordered=False),
        SearchableAttributes(("brand",)),
    )
    assert made.facets == (
        FacetAttribute("brand"),
        FacetAttribute("color", searchable=True),
        FacetAttribute("id", filter_only=True),
        FacetAttribute("x.y", searchable=True),
    )
    assert made.numeric == ("price", "stock")
    assert made.custom_ranking == (SortKey("popularity", "desc"), SortKey("price", "asc"))
    assert made.sort == (SortKey("price", "desc"),)
    assert made.replicas == ("by_price", "by_date")
    assert (made.distinct, made.distinct_attribute) == (1, "group")
    assert made.snippets == {"description": 20, "name": 10}
    assert made.retrieve is None
    assert made.unretrievable == {"cost"}
    assert (made.typo_tolerance, made.min_word_for_one_typo, made.no_typo_words) == (True, 3, frozenset({"cafe"}))
    assert (made.remove_stop_words, made.language, made.pagination_limit) == (True, "de", 50)
    assert made.raw["somethingNew"] == {"kept": True}
    assert made.fields == Fields(price="price")
    assert made.weights == Weights(phrase=2.0, fusion="weighted")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"searchableAttributes": "unordered(a"}, 'searchableAttributes "unordered(a"'),
        ({"searchableAttributes": [1]}, "searchableAttributes [1]: must be a list of texts"),
        ({"customRanking": ["price"]}, 'customRanking "price": must be asc(attribute) or desc(attribute)'),
        ({"hitsPerPage": 1001}, "hitsPerPage 1001: must be a whole number from 1 to 1000"),
        ({"hitsPerPage": True}, "hitsPerPage true"),
        ({"queryType": "prefix"}, 'queryType "prefix": must be one of prefixLast, prefixAll, prefixNone'),
        ({"typoTolerance": "maybe"}, 'typoTolerance "maybe"'),
        ({"distinct": 9}, "distinct 9"),
        ({"attributesToSnippet": ["description:x"]}, 'attributesToSnippet "description:x"'),
        ({"tradewind": []}, "tradewind []: must be an object"),
        ({"tradewind": {"fields": {"prise": "price"}}}, 'tradewind.fields.prise "price": known are name, description'),
        ({"tradewind": {"weights": {"vector": 2}}}, "tradewind.weights.vector 2: must be a number from 0 to 1"),
        ({"tradewind": {"weights": {"alpha": 2}}}, "tradewind.weights.alpha 2: known are attributes"),
        ({"tradewind": {"weights": {"fusion": []}}}, "tradewind.weights.fusion []: must be rrf or weighted"),
        ({"tradewind": {"language": "english"}}, 'language "english"'),
    ],
)
def test_a_wrong_setting_is_refused_by_field_value_and_way_out(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_settings(raw)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"objectID": "s", "type": "synonym", "synonyms": ["a", "b c"]},
            Synonym(object_id="s", kind="synonym", words=("a", "b c")),
        ),
        (
            {"objectID": "s", "type": "oneWaySynonym", "input": "tv", "synonyms": ["television set"]},
            Synonym(object_id="s", kind="onewaysynonym", words=("television set",), input="tv"),
        ),
        (
            {"objectID": "s", "type": "altCorrection2", "word": "jean", "corrections": ["trousers"]},
            Synonym(object_id="s", kind="altcorrection2", words=("trousers",), input="jean"),
        ),
        (
            {"objectID": "s", "type": "placeholder", "placeholder": "<size>", "replacements": ["m", "l"]},
            Synonym(object_id="s", kind="placeholder", words=("m", "l"), input="<size>"),
        ),
    ],
)
def test_synonyms_of_every_kind_are_read(raw: dict[str, Any], expected: Synonym) -> None:
    assert parse_synonym(raw) == expected


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"type": "synonym", "synonyms": ["a"]}, "objectID"),
        ({"objectID": "s", "type": "antonym", "synonyms": ["a"]}, "type"),
        ({"objectID": "s", "type": "synonym", "synonyms": []}, "synonyms"),
        ({"objectID": "s", "type": "synonym", "synonyms": ["a", " "]}, "synonyms"),
        ({"objectID": "s", "type": "onewaysynonym", "synonyms": ["a"]}, "input"),
        ({"objectID": "s", "type": "altcorrection1", "word": "a"}, "corrections"),
    ],
)
def test_a_synonym_that_lacks_something_is_refused_by_its_name(raw: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_synonym(raw)
    assert refused.value.field == field


def test_a_rule_is_read_with_all_its_parts() -> None:
    raw = {
        "objectID": "r",
        "conditions": [
            {"pattern": "{facet:brand} sale", "anchoring": "contains", "alternatives": True},
            {"context": "mobile", "filters": "brand:Acme"},
        ],
        "consequence": {
            "params": {
                "query": {"remove": ["sale"], "edits": [{"type": "replace", "delete": "tv", "insert": "television"}]},
                "filters": "price < 30",
                "optionalFilters": ["brand:Acme<score=2>"],
                "automaticFacetFilters": ["brand", {"facet": "color", "disjunctive": True, "negative": True}],
                "automaticOptionalFacetFilters": [{"facet": "size", "score": 3}],
                "hitsPerPage": 5,
                "renderingContent": {"redirect": {"url": "https://shop.example.com/sale"}},
            },
            "promote": [{"objectID": "1", "position": 0}, {"objectIDs": ["2", "3"], "position": 4}],
            "hide": [{"objectID": "9"}],
            "filterPromotes": True,
            "userData": {"banner": "x"},
        },
        "validity": [{"from": 0, "until": 86400}],
        "description": "kept",
    }
    rule = parse_rule(raw)
    assert rule.conditions == (
        Condition(pattern="{facet:brand} sale", anchoring="contains", alternatives=True),
        Condition(context="mobile", filters=FacetIs("brand", "Acme")),
    )
    made = rule.consequence
    assert made.edits == (("sale", None), ("tv", "television"))
    assert made.query is None
    assert made.filter == NumberIs("price", "<", 30.0)
    assert made.optional_filters == (FacetIs("brand", "Acme", 2),)
    assert made.automatic_facets == (
        FacetFromPattern("brand"),
        FacetFromPattern("color", disjunctive=True, negative=True),
        FacetFromPattern("size", score=3, optional=True),
    )
    assert made.pins == (Pin(("1",), 0), Pin(("2", "3"), 4))
    assert (made.hidden, made.pins_are_filtered, made.user_data) == (frozenset({"9"}), True, {"banner": "x"})
    assert made.redirect == "https://shop.example.com/sale"
    assert made.parameters["hitsPerPage"] == 5
    assert rule.validity == ((datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)),)
    assert rule.enabled
    assert rule.raw is raw


def test_the_older_forms_of_rules_are_read_too() -> None:
    rule = parse_rule(
        {"objectID": "r", "condition": {"pattern": "x", "anchoring": "is"}, "consequence": {"redirect": "/x"}}
    )
    assert rule.conditions == (Condition(pattern="x"),)
    assert rule.consequence.redirect == "/x"
    both = parse_rule({"objectID": "r", "consequence": {"params": {"filters": "a:b", "facetFilters": ["c:-d"]}}})
    assert both.consequence.filter == And((FacetIs("a", "b"), Not(FacetIs("c", "d"))))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"objectID": ""}, "objectID"),
        ({"conditions": [{"pattern": "x", "anchoring": "near"}]}, "conditions.anchoring"),
        ({"conditions": {"pattern": "x"}}, "conditions"),
        ({"conditions": [{"filters": "a:"}]}, "conditions.filters"),
        ({"consequence": {"promote": [{"position": 1}]}}, "consequence.promote"),
        ({"consequence": {"promote": [{"objectID": "1", "position": -1}]}}, "consequence.promote.position"),
        ({"consequence": {"hide": [{}]}}, "consequence.hide"),
        ({"consequence": {"params": {"filters": "NOT (a:b)"}}}, "filters"),
        ({"consequence": {"params": {"query": 5}}}, "consequence.params.query"),
        ({"consequence": {"params": {"query": {"edits": [{"type": "add"}]}}}}, "consequence.params.query.edits"),
        ({"validity": [{"from": "today"}]}, "validity.from"),
        ({"enabled": "yes"}, "enabled"),
    ],
)
def test_a_wrong_rule_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_rule({"objectID": "r"} | change)
    assert refused.value.field == field


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_WORDS = (
    "searchableAttributes attributesForFaceting ranking customRanking distinct typoTolerance hitsPerPage "
    "removeStopWords attributesToSnippet tradewind queryType replicas indexLanguages objectID type synonyms conditions "
    "consequence validity condition enabled"
)
_KEYS = st.sampled_from(_WORDS.split())


def read_or_refused(parse: Callable[[dict[str, Any]], Any], raw: dict[str, Any]) -> Any:
    try:
        return parse(raw)
    except InputError as refused:
        return refused


@examples(max_examples=200)
@given(st.dictionaries(_KEYS, _JSON, max_size=5))
def test_any_json_is_read_and_kept_or_refused_by_field(raw: dict[str, Any]) -> None:
    for parse in (parse_settings, parse_synonym, parse_rule):
        made = read_or_refused(parse, raw)
        if isinstance(made, InputError):
            assert made.field
            assert made.way_out
        elif isinstance(made, Synonym):
            assert made.object_id == str(raw["objectID"])
        else:
            assert made.raw == raw
