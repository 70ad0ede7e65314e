"""Which known word an unknown one stands for."""

import pytest

from tests.search.oracle_index import OracleIndex
from tests.search.shop import stored
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import parse_settings
from tradewind.search.understanding.spelling import respelled


def corrections(word: str, products: dict[str, int], **settings: object) -> list[str]:
    """Return the corrections of a word in a shop where each word of `products` is in so many products."""
    names = [each for each, count in products.items() for _ in range(count)]
    records = [{"objectID": str(number), "name": name} for number, name in enumerate(names)]
    parsed = parse_settings({"searchableAttributes": ["name"], **settings})
    vocabulary = OracleIndex(stored(records), IndexDefinition(settings=parsed)).vocabulary
    return [each.word for each in respelled(word, vocabulary=vocabulary, settings=parsed).words]


def test_a_slip_counts_five_times_a_wrong_letter() -> None:
    assert corrections("salt", {"slat": 1, "silt": 4}) == ["slat", "silt"]  # a swap: 5 x 1 > 4
    assert corrections("salt", {"slat": 1, "silt": 6}) == ["silt", "slat"]  # 5 x 1 < 6
    assert corrections("lampp", {"lamp": 1, "lamps": 4}) == ["lamp", "lamps"]  # doubled


def test_a_letter_left_out_counts_three_times_a_wrong_one() -> None:
    assert corrections("lmps", {"lamps": 1, "lops": 2}) == ["lamps", "lops"]
    assert corrections("lmps", {"lamps": 1, "lops": 4}) == ["lops", "lamps"]


@pytest.mark.parametrize(
    ("typed", "expected"), [("lmp", ["lamp"]), ("lap", ["lamp"]), ("lip", []), ("amp", []), ("lm", [])]
)
def test_three_letters_are_corrected_only_where_one_of_four_was_left_out_behind_the_first(
    typed: str, expected: list[str]
) -> None:
    assert corrections(typed, {"lamp": 2, "lid": 3}) == expected


def test_a_word_with_a_letter_left_out_is_as_long_as_the_settings_want() -> None:
    assert corrections("lmp", {"lamp": 2}, minWordSizefor1Typo=5) == []
