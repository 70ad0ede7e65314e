"""How an answer is told on a terminal."""

from datetime import UTC, datetime
from typing import Any

import orjson

from tests.search.oracle_index import OracleIndex
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.rules import parse_rule
from tradewind.catalog.settings import parse_settings
from tradewind.cli.search_table import as_object, condition_text, explanation, table, why
from tradewind.search.answer import SearchAnswer
from tradewind.search.answering import answer
from tradewind.search.filter_text import parse_filters
from tradewind.search.plan import Hit
from tradewind.search.request import SearchRequest

RECORDS: list[dict[str, Any]] = [
    {"objectID": "1", "title": "Garden gloves", "price": 9.5, "currency": "GBP"},
    {"objectID": "2", "title": "Garden spade", "price": 35, "currency": "GBP"},
    {"objectID": "3"},
]
SETTINGS = parse_settings(
    {
        "searchableAttributes": ["title"],
        "tradewind": {"fields": {"name": "title", "price": "price", "currency": "currency"}},
    }
)
PIN = parse_rule(
    {
        "objectID": "pin-3",
        "conditions": [{"pattern": "gloves", "anchoring": "contains"}],
        "consequence": {"promote": [{"objectID": "3", "position": 0}], "redirect": {"url": "/gloves"}},
    }
)


def ask(query: str, **definition: Any) -> SearchAnswer:
    made = IndexDefinition(settings=SETTINGS, **definition)
    index = OracleIndex([StoredRecord(str(each["objectID"]), orjson.dumps(each)) for each in RECORDS], made)
    return answer(
        SearchRequest(query=query),
        name="products",
        index=index,
        definition=made,
        encoder=None,
        now=datetime(2026, 5, 1, tzinfo=UTC),
        query_id="0" * 32,
    )


def test_the_table_has_rank_product_price_and_why() -> None:
    assert list(table(ask("gardn under 30"), SETTINGS)) == [
        "1 product, price < 30, searched for garden (not gardn), by words alone (no encoder or no vectors)",
        "rank  product        price     why",
        "----  -------------  --------  ---------",
        "   1  Garden gloves  9.50 GBP  lexical 1",
    ]


def test_a_rule_is_a_reason_and_its_redirect_is_told() -> None:
    lines = list(table(ask("gloves", rules=(PIN,)), SETTINGS))
    assert lines[1] == "a rule leads the shopper to /gloves"
    assert lines[4].split() == ["1", "3", "rule"]  # no name, no price: what is missing is not invented
    assert lines[5].endswith("lexical 1")


def test_nothing_found_is_one_line() -> None:
    assert list(table(ask("zzzz "), SETTINGS)) == ["0 products, by words alone (no encoder or no vectors)"]


def test_the_explanation_tells_what_was_read_and_every_part() -> None:
    told = "\n".join(explanation(ask("gardn gloves under 30", rules=(PIN,))))
    assert "read as     garden gloves" in told
    assert "corrected   gardn → garden" in told
    assert "price       under 30: price < 30" in told
    assert "rules       pin-3" in told
    assert "words       at least 1 must match (relaxed: too few products have all)" in told
    assert "by meaning" in told


def test_the_json_is_complete() -> None:
    made = as_object(ask("gloves"), SETTINGS)
    assert (made["count"], made["hits"][0]["why"], made["hits"][0]["price"]) == (1, "lexical 1", "9.50 GBP")
    assert made["hits"][0]["record"] == RECORDS[0]
    orjson.dumps(made)


def test_the_reasons_of_a_hit() -> None:
    def hit(**parts: Any) -> Hit:
        return Hit(object_id="1", record=b"{}", **parts)

    assert why(hit()) == "browse"
    assert why(hit(pinned=True)) == "rule"
    assert why(hit(matched_words=2, lexical_rank=3, vector_rank=1, similarity=0.5)) == "lexical 3, vector 1"
    assert why(hit(similarity=0.5)) == "vector"
    assert why(hit(matched_words=1)) == "lexical"


def test_conditions_are_told_as_people_write_them() -> None:
    told = condition_text(parse_filters("(brand:Acme OR NOT brand:Bloom) AND price:1 TO 2.5"))
    assert told == "(brand:Acme or not brand:Bloom) and price 1 to 2.5"
