"""What becomes of a query before an engine sees it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.fake_encoder import BagOfWordsEncoder
from tests.search.oracle_index import OracleIndex
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.rules import Pin, parse_rule
from tradewind.catalog.settings import parse_settings
from tradewind.catalog.synonyms import parse_synonym
from tradewind.search.answer import Reading
from tradewind.search.filters import EVERYTHING, And, FacetIs, HasPhrase, Not, NumberIs, Or
from tradewind.search.plan import Alternative, Plan
from tradewind.search.request import MAX_QUERY_CHARACTERS, SearchRequest
from tradewind.search.understanding.normalise import normalise
from tradewind.search.understanding.understand import understand

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RECORDS = [
    {"objectID": "1", "name": "Running shoes", "brand": "Acme", "price": 25},
    {"objectID": "2", "name": "Garden gloves", "brand": "Bloom & Co", "price": 9},
    {"objectID": "3", "name": "Tshirt", "brand": "New Balance", "price": 15},
    {"objectID": "4", "name": "Wireless headphones", "brand": "Acme", "price": 45},
    {"objectID": "5", "name": "Wireless mouse", "brand": "Acme", "price": 12},
]
SETTINGS = {
    "searchableAttributes": ["name", "brand"],
    "attributesForFaceting": ["brand", "filterOnly(secret)"],
    "customRanking": ["desc(sold)"],
    "tradewind": {"fields": {"price": "price", "stock": "stock"}},
}


def read(
    query: str,
    *,
    settings: Mapping[str, Any] | None = None,
    synonyms: Sequence[Mapping[str, Any]] = (),
    rules: Sequence[Mapping[str, Any]] = (),
    encoder: BagOfWordsEncoder | None = None,
    now: datetime = NOW,
    **request: Any,
) -> tuple[Plan, Reading]:
    definition = IndexDefinition(
        settings=parse_settings({**SETTINGS, **(settings or {})}),
        synonyms=tuple(parse_synonym({"objectID": str(number), **each}) for number, each in enumerate(synonyms)),
        rules=tuple(parse_rule({"objectID": f"r{number}", **each}) for number, each in enumerate(rules)),
    )
    index = OracleIndex(
        [StoredRecord(str(each["objectID"]), orjson.dumps(each)) for each in RECORDS], definition, encoder
    )
    plan, reading, _ = understand(
        SearchRequest(query=query, **request), index=index, definition=definition, encoder=encoder, now=now
    )
    return plan, reading


def ways(plan: Plan, place: int = 0) -> set[tuple[str, ...]]:
    """Return what may stand for a word; the beginning of a word ends in a star."""
    return {
        (*each.terms[:-1], each.terms[-1] + "*") if each.prefix else each.terms
        for each in plan.words[place].alternatives
    }


# Normalising.


def test_control_characters_become_spaces_and_compatibility_forms_one() -> None:
    assert normalise(" red\x00\tﬁne\u2028 shoes ") == "red fine shoes "
    assert normalise("\x00") == ""


def test_a_query_of_20_kb_is_cut() -> None:
    assert len(normalise("shoe " * 4000)) <= MAX_QUERY_CHARACTERS
    assert len(normalise("\ufdfa" * 4000)) <= MAX_QUERY_CHARACTERS  # one character that becomes 18
    plan, _ = read("shoe " * 4000)
    assert len(plan.words) <= 32


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_becomes_a_plan(query: str) -> None:
    plan, reading = read(query, advanced_syntax=True)
    assert all(word.alternatives for word in plan.words)
    assert reading.query == reading.query.strip()


# Words.


def test_the_empty_query_is_a_browse() -> None:
    plan, reading = read("  ", encoder=BagOfWordsEncoder())
    assert (plan.words, plan.vector, plan.filter) == ((), None, EVERYTHING)
    assert not reading.lexical_only
    assert plan.custom_ranking[0].attribute == "sold"
    assert plan.stock == "stock"


def test_words_are_stemmed_and_the_last_may_be_a_beginning() -> None:
    plan, _ = read("running shoe")
    assert ways(plan, 0) == {("run",)}
    assert ways(plan, 1) == {("shoe",), ("shoe*",)}
    assert plan.phrases == (("run", "shoe"),)


def test_a_space_at_the_end_completes_the_last_word() -> None:
    assert ways(read("shoe ")[0]) == {("shoe",)}
    assert ways(read("shoe", query_type="prefixNone")[0]) == {("shoe",)}
    assert ways(read("runn sho", query_type="prefixAll")[0], 0) >= {("runn*",)}


def test_stop_words_leave_unless_there_is_nothing_else() -> None:
    plan, reading = read("gloves for the garden ")
    assert [word.text for word in plan.words] == ["gloves", "garden"]
    assert reading.removed == ("for", "the")
    assert [word.text for word in read("for the ")[0].words] == ["for", "the"]
    assert len(read("gloves for ", remove_stop_words=False)[0].words) == 2


def test_a_common_word_of_the_shop_is_not_corrected() -> None:
    plan, reading = read("gloves ")
    assert ways(plan) == {("glove",)}
    assert reading.corrections == {}


def test_an_unknown_word_is_corrected_by_one_edit() -> None:
    plan, reading = read("glvoes ")  # a swap is one edit
    assert reading.corrections == {"glvoes": "gloves"}
    assert reading.query == "gloves"
    typo = next(each for each in plan.words[0].alternatives if each.kind == "typo")
    assert (typo.terms, typo.typos) == (("glove",), 1)


def test_two_edits_are_tried_from_eight_letters_on() -> None:
    assert read("hedphonss ")[1].corrections == {"hedphonss": "headphones"}
    assert read("gloxxs ")[1].corrections == {}  # two edits, six letters


@pytest.mark.parametrize("query", ["shoo5 ", "gar ", "glovesx ", "wirel"])
def test_numbers_short_words_exceptions_and_beginnings_stay(query: str) -> None:
    assert read(query, settings={"disableTypoToleranceOnWords": ["glovesx"]})[1].corrections == {}


def test_typo_tolerance_can_be_turned_off() -> None:
    assert read("glvoes ", typo_tolerance=False)[1].corrections == {}
    assert read("glvoes ", settings={"typoTolerance": False})[1].corrections == {}


def test_words_typed_as_one_are_split_and_parts_of_one_joined() -> None:
    plan, reading = read("runningshoes ")
    assert reading.corrections == {"runningshoes": "running shoes"}
    assert ("run", "shoe") in ways(plan)
    plan, _ = read("t shirt ")
    assert ("tshirt",) in ways(plan, 0)
    assert ("tshirt",) in ways(plan, 1)


def test_words_in_quotes_are_searched_as_they_stand() -> None:
    plan, reading = read('"glvoes for" garden', advanced_syntax=True)
    assert [word.text for word in plan.words] == ["glvoes", "for", "garden"]
    assert ways(plan, 0) == {("glvoe",)}
    assert reading.corrections == {}
    assert plan.phrases[0] == ("glvoe", "for")


def test_what_stands_in_quotes_has_to_stand_side_by_side_and_what_follows_a_minus_nowhere() -> None:
    plan, reading = read('gift "running shoes" -laces -"hiking boots"', advanced_syntax=True)
    assert [word.text for word in plan.words] == ["gift", "running", "shoes"]
    assert reading.query == 'gift "running shoes"'
    assert (reading.phrases, reading.excluded) == (("running shoes",), ("laces", "hiking boots"))
    assert plan.filter == And(
        (
            HasPhrase(("run", "shoe"), "en"),
            Not(HasPhrase(("lace",), "en")),
            Not(HasPhrase(("hike", "boot"), "en")),
        )
    )


def test_signs_say_nothing_unless_the_request_or_the_settings_let_them() -> None:
    assert read("gloves -garden")[0].filter == EVERYTHING
    assert read("gloves -garden", settings={"advancedSyntax": True})[0].filter != EVERYTHING
    assert read("gloves -garden", settings={"advancedSyntax": True}, advanced_syntax=False)[0].filter == EVERYTHING
    phrases_only = {"advancedSyntax": True, "advancedSyntaxFeatures": ["exactPhrase"]}
    plan, _ = read('"garden gloves" -wool', settings=phrases_only)
    assert plan.filter == HasPhrase(("garden", "glove"), "en")
    assert [word.text for word in plan.words] == ["garden", "gloves", "wool"]


def test_phrases_and_excluded_words_are_looked_for_where_words_may_match() -> None:
    plan, _ = read("gloves -garden", advanced_syntax=True, restrict_searchable=("name",))
    assert plan.filter == Not(HasPhrase(("garden",), "en", ("name",)))


def test_an_excluded_word_is_not_what_the_encoder_reads() -> None:
    encoder = BagOfWordsEncoder()
    plan, _ = read("wireless -mouse", advanced_syntax=True, encoder=encoder)
    assert plan.vector is not None
    assert plan.vector.tolist() == encoder.encode("wireless").tolist()
    assert read("-mouse", advanced_syntax=True, encoder=encoder)[0].vector is None  # all products but these


def test_a_price_in_quotes_is_no_price() -> None:
    plan, reading = read('"under 30" gloves under 20', advanced_syntax=True)
    assert reading.price_text == "under 20"
    assert [word.text for word in plan.words] == ["under", "30", "gloves"]


def test_optional_words_do_not_decide_unless_there_are_no_others() -> None:
    plan, _ = read("garden gloves ", optional_words=("Garden tools",))
    assert [(word.text, word.optional) for word in plan.words] == [("garden", True), ("gloves", False)]
    plan, _ = read("garden gloves ", settings={"optionalWords": ["garden", "gloves"]})
    assert [word.optional for word in plan.words] == [False, False]
    assert plan.weights.enough > 10**6  # any one of them will do


def test_lengths_of_words_with_typos_are_those_of_the_request() -> None:
    assert read("glvoes ", min_word_for_one_typo=6)[1].corrections == {"glvoes": "gloves"}
    assert read("glvoes ", min_word_for_one_typo=7)[1].corrections == {}
    assert read("haedphonse ", min_word_for_two_typos=11)[1].corrections == {}
    assert read("haedphonse ")[1].corrections == {"haedphonse": "headphones"}


# Synonyms.

TRAINERS = {"type": "synonym", "synonyms": ["trainers", "running shoes"]}


def test_a_synonym_of_several_words_is_an_alternative_of_several_terms() -> None:
    plan, reading = read("trainers ", synonyms=[TRAINERS])
    assert Alternative(terms=("run", "shoe"), kind="synonym", weight=0.9) in plan.words[0].alternatives
    assert reading.synonyms == ("trainers → running shoes",)


def test_a_phrase_that_has_a_synonym_is_found_by_it_word_by_word() -> None:
    plan, _ = read("red running shoes ", synonyms=[TRAINERS])
    assert ways(plan, 0) == {("red",)}
    assert ("trainer",) in ways(plan, 1)
    assert ("trainer",) in ways(plan, 2)
    # Both together earn it once: 0.9 / 2 each.
    assert plan.words[1].alternatives[-1].weight == pytest.approx(0.45)


def test_a_one_way_synonym_goes_one_way() -> None:
    one_way = {"type": "onewaysynonym", "input": "footwear", "synonyms": ["shoes"]}
    assert ("shoe",) in ways(read("footwear ", synonyms=[one_way])[0])
    assert ways(read("shoes ", synonyms=[one_way])[0]) == {("shoe",)}


def test_alternative_corrections_count_as_typos() -> None:
    plan, _ = read("kicks ", synonyms=[{"type": "altcorrection2", "word": "kicks", "corrections": ["shoes"]}])
    assert [each.typos for each in plan.words[0].alternatives if each.kind == "synonym"] == [2]


def test_a_placeholder_in_records_is_found_by_its_words() -> None:
    plan, _ = read("xl ", synonyms=[{"type": "placeholder", "placeholder": "<size>", "replacements": ["xl", "m"]}])
    assert ("size",) in ways(plan)


def test_synonyms_apply_to_the_corrected_word_and_can_be_turned_off() -> None:
    glove = {"type": "synonym", "synonyms": ["gloves", "mittens"]}
    assert ("mitten",) in ways(read("glvoes ", synonyms=[glove])[0])
    assert ways(read("gloves ", synonyms=[glove], enable_synonyms=False)[0]) == {("glove",)}


# Prices.


def test_a_price_phrase_filters_the_mapped_field_and_is_told() -> None:
    plan, reading = read("gloves under 30", filter=FacetIs("brand", "Acme"))
    assert plan.filter == And((FacetIs("brand", "Acme"), NumberIs("price", "<", 30.0)))
    assert [word.text for word in plan.words] == ["gloves"]
    assert (reading.price, reading.price_text) == (NumberIs("price", "<", 30.0), "under 30")
    assert reading.removed == ("under", "30")


def test_without_a_price_field_the_words_stay() -> None:
    plan, reading = read("gloves under 30", settings={"tradewind": {}})
    assert (plan.filter, reading.price) == (EVERYTHING, None)
    assert [word.text for word in plan.words] == ["gloves", "under", "30"]


# Meaning.


def test_the_corrected_query_is_encoded_without_its_price() -> None:
    encoder = BagOfWordsEncoder()
    plan, reading = read("glvoes under 30", encoder=encoder)
    assert plan.vector is not None
    assert plan.vector.tolist() == encoder.encode("gloves").tolist()
    assert not reading.lexical_only


def test_the_beginning_of_a_word_is_encoded_as_the_likeliest_word() -> None:
    encoder = BagOfWordsEncoder()
    plan, _ = read("wirel", encoder=encoder)
    assert plan.vector is not None
    assert plan.vector.tolist() == encoder.encode("wireless").tolist()


def test_without_vectors_search_is_by_words_and_says_so() -> None:
    plan, reading = read("gloves")
    assert plan.vector is None
    assert reading.lexical_only
    plan, reading = read("gloves", vector=False)
    assert not reading.lexical_only  # it was asked for


def test_by_meaning_alone_has_no_words_but_falls_back_to_them() -> None:
    plan, _ = read("gloves", lexical=False, encoder=BagOfWordsEncoder())
    assert plan.words == ()
    assert plan.vector is not None
    plan, reading = read("gloves", lexical=False)
    assert plan.words  # never a browse of everything
    assert reading.lexical_only


# Facets.


def test_a_star_counts_all_declared_facets_but_filter_only_ones() -> None:
    assert read("", facets=("*",))[0].facets == ("brand",)
    assert read("", facets=("brand", "secret", "price", "brand"))[0].facets == ("brand",)


# Rules.


def rule(pattern: str | None = None, anchoring: str = "contains", **parts: Any) -> dict[str, Any]:
    condition = {"anchoring": anchoring, **({} if pattern is None else {"pattern": pattern})}
    consequence = parts.pop("consequence", {"userData": "hit"})
    return {"conditions": [condition | parts.pop("condition", {})], "consequence": consequence, **parts}


@pytest.mark.parametrize(
    ("pattern", "anchoring", "query", "holds"),
    [
        ("garden gloves", "is", "Garden GLOVES", True),
        ("garden gloves", "is", "red garden gloves", False),
        ("garden gloves", "endsWith", "red garden gloves", True),
        ("garden gloves", "startsWith", "garden gloves red", True),
        ("garden gloves", "startsWith", "red garden gloves", False),
        ("garden gloves", "contains", "a garden gloves b", True),
        ("garden gloves", "contains", "garden red gloves", False),
        ("glove", "contains", "gloves", False),  # words, not letters
        ("", "is", "", True),
        ("", "is", "gloves", False),
        ("{facet:brand}", "is", "new balance", True),
        ("{facet:brand} shoes", "is", "acme shoes", True),
        ("{facet:brand} shoes", "is", "nobody shoes", False),
        ("{facet:brand}", "contains", "red bloom co gloves", True),
    ],
)
def test_a_pattern_holds_where_it_is_anchored(pattern: str, anchoring: str, query: str, holds: bool) -> None:
    assert read(query, rules=[rule(pattern, anchoring)])[1].rules == (("r0",) if holds else ())


def test_conditions_look_at_contexts_and_filters_too() -> None:
    mobile = [rule(condition={"context": "mobile"})]
    assert read("x", rules=mobile)[1].rules == ()
    assert read("x", rules=mobile, rule_contexts=("mobile",))[1].rules == ("r0",)
    filtered = [rule(condition={"filters": "brand:Acme"})]
    assert read("x", rules=filtered, filter=FacetIs("brand", "Bloom"))[1].rules == ()
    chosen = And((Or((FacetIs("brand", "Acme"),)), NumberIs("price", "<", 3)))
    assert read("x", rules=filtered, filter=chosen)[1].rules == ("r0",)


def test_alternatives_let_typos_and_synonyms_hold() -> None:
    glove = {"type": "synonym", "synonyms": ["gloves", "mittens"]}
    strict, loose = rule("gloves", "is"), rule("gloves", "is", condition={"alternatives": True})
    for query in ("glvoes", "mittens"):
        assert read(query, rules=[strict, loose], synonyms=[glove])[1].rules == ("r1",)


def test_rules_hold_within_their_time_and_while_enabled() -> None:
    start = int(NOW.timestamp())
    timed = rule("x", validity=[{"from": start, "until": start + 60}])
    assert read("x", rules=[timed], now=NOW)[1].rules == ("r0",)
    assert read("x", rules=[timed], now=NOW + timedelta(seconds=61))[1].rules == ()
    assert read("x", rules=[rule("x", enabled=False)])[1].rules == ()
    assert read("x", rules=[rule("x")], enable_rules=False)[1].rules == ()


def test_a_caught_facet_value_becomes_a_filter_and_leaves_the_query() -> None:
    consequence = {
        "params": {
            "automaticFacetFilters": ["brand"],
            "query": {"edits": [{"type": "remove", "delete": "{facet:brand}"}]},
        }
    }
    plan, reading = read("new balance shoes", rules=[rule("{facet:brand}", consequence=consequence)])
    assert plan.filter == FacetIs("brand", "New Balance")
    assert reading.query == "shoes"
    optional = {"params": {"automaticOptionalFacetFilters": [{"facet": "brand", "score": 5}]}}
    plan, _ = read("new balance shoes", rules=[rule("{facet:brand}", consequence=optional)])
    assert plan.optional_filters == (FacetIs("brand", "New Balance", 5),)


def test_rules_replace_and_edit_the_query() -> None:
    assert read("kicks", rules=[rule("kicks", consequence={"params": {"query": "shoes"}})])[1].query == "shoes"
    edits = [{"type": "replace", "delete": "kicks", "insert": "shoes"}, {"type": "remove", "delete": "cheap"}]
    edited = rule("kicks", consequence={"params": {"query": {"edits": edits}}})
    assert read("cheap red kicks", rules=[edited])[1].query == "red shoes"


def test_all_rules_that_hold_pin_hide_and_redirect_together() -> None:
    first = rule(
        "shoes",
        consequence={"promote": [{"objectIDs": ["1", "2"], "position": 0}], "userData": 1, "redirect": {"url": "/a"}},
    )
    second = rule(
        "shoes",
        consequence={
            "hide": [{"objectID": "2"}],
            "filterPromotes": True,
            "userData": 2,
            "params": {"renderingContent": {"redirect": {"url": "/b"}}},
        },
    )
    plan, reading = read("shoes", rules=[first, second])
    assert plan.pins == (Pin(("1",), 0),)  # what is hidden is not pinned
    assert (plan.hidden, plan.pins_are_filtered) == (frozenset({"2"}), True)
    assert (reading.user_data, reading.redirect) == ((1, 2), "/a")


def test_parameters_of_a_rule_are_the_requests_and_wrong_ones_change_nothing() -> None:
    parameters = {"maxValuesPerFacet": 3, "facets": ["brand"], "hitsPerPage": "many", "unknown": 1}
    plan, _ = read("shoes", rules=[rule("shoes", consequence={"params": parameters})], facets=())
    assert (plan.max_values_per_facet, plan.facets) == (3, ("brand",))
