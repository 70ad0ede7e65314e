"""Which words leave where no product has all of them."""

import pytest

from tests.search.oracle_index import OracleIndex
from tests.search.shop import RECORDS, SHOP, stored, the_words, word
from tradewind.catalog.settings import RemoveWords, Weights
from tradewind.search.filters import EVERYTHING, FacetIs, Filter
from tradewind.search.plan import Plan
from tradewind.search.relaxing import with_fewer_words

INDEX = OracleIndex(stored(RECORDS), SHOP)


def carried_out(query: str, how: RemoveWords | None, filter: Filter = EVERYTHING) -> tuple[list[str], set[str]]:
    plan = with_fewer_words(Plan(words=the_words(query), filter=filter, length=10), INDEX, how)
    return [each.text for each in plan.words], {hit.object_id for hit in INDEX.search(plan).hits}


@pytest.mark.parametrize(
    ("query", "how", "words", "found"),
    [
        ("running shoes", "lastWords", "running shoes", "ab"),  # a product has all: nothing leaves
        ("running shoes kayak", "lastWords", "running shoes", "ab"),
        ("running kayak shoes", "lastWords", "running", "ab"),
        ("kayak running shoes", "lastWords", "kayak running shoes", ""),  # not even the first word is there
        ("kayak running shoes", "firstWords", "running shoes", "ab"),
        ("red kayak laces", "firstWords", "laces", "c"),
        ("red running kayak paddle", "lastWords", "red running", "a"),
        ("wool kayak candle", "allOptional", "wool kayak candle", "de"),
        ("wool blanket", "allOptional", "wool blanket", "d"),
        ("running shoes kayak", "none", "running shoes kayak", ""),
        ("red shoes", "none", "red shoes", "ac"),
    ],
)
def test_words_leave_as_the_request_says(query: str, how: RemoveWords, words: str, found: str) -> None:
    assert carried_out(query, how) == (words.split(), set(found))


def test_the_filter_counts_where_words_leave() -> None:
    acme = FacetIs("brand", "Acme")
    assert carried_out("shoes laces", "lastWords") == (["shoes", "laces"], {"c"})
    assert carried_out("shoes laces", "lastWords", acme) == (["shoes"], {"a", "b"})


def test_without_a_wish_the_plan_stays_as_it_is() -> None:
    plan = Plan(words=the_words("running kayak"), weights=Weights(enough=7))
    assert with_fewer_words(plan, INDEX, None) is plan


def test_optional_words_stay() -> None:
    plan = Plan(words=(word("blue", optional=True), word("shoes"), word("kayak")))
    assert [each.text for each in with_fewer_words(plan, INDEX, "lastWords").words] == ["blue", "shoes"]
