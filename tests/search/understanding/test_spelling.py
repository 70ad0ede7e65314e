"""Which known word a mistyped one stands for."""

from collections.abc import Mapping, Sequence

import pytest

from tests.search.oracle_index import OracleIndex
from tests.search.shop import stored
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import parse_settings
from tradewind.search.text import stem
from tradewind.search.understanding.spelling import ALONE, Context, Spelling, respelled

TEXTS = {"searchableAttributes": ["name", "description"]}


def corrections(word: str, products: Mapping[str, int], **settings: object) -> list[str]:
    """Return the corrections of a word in a shop where so many products have each of the names."""
    names = [each for each, count in products.items() for _ in range(count)]
    return words_of(spelled(word, [{"name": name} for name in names], settings=settings))


def spelled(
    word: str,
    records: Sequence[Mapping[str, str]],
    context: Context = ALONE,
    settings: Mapping[str, object] | None = None,
) -> Spelling:
    parsed = parse_settings({**TEXTS, **(settings or {})})
    numbered = [{"objectID": str(number), **each} for number, each in enumerate(records)]
    vocabulary = OracleIndex(stored(numbered), IndexDefinition(settings=parsed)).vocabulary
    return respelled(word, vocabulary=vocabulary, settings=parsed, context=context)


def words_of(spelling: Spelling) -> list[str]:
    return [each.word for each in spelling.words]


def beside(*words: str) -> Context:
    return Context(beside=tuple(stem(each, "en") for each in words))


class English:
    """An encoder's word list."""

    def knows(self, word: str) -> bool:
        return word == "cold"


# Words that nothing has.


def test_a_slip_counts_five_times_a_wrong_letter() -> None:
    assert corrections("salt", {"slat": 1, "silt": 4}) == ["slat", "silt"]  # a swap: 5 x 1 > 4
    assert corrections("salt", {"slat": 1, "silt": 6}) == ["silt", "slat"]  # 5 x 1 < 6
    assert corrections("lampp", {"lamp": 1, "lamps": 4}) == ["lamp", "lamps"]  # doubled: 5 x 1 > 4


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


def test_a_word_of_names_counts_51_times_one_of_descriptions_alone() -> None:
    aqua = {"name": "aqua"}
    areas = [{"name": "mat", "description": "area"}] * 52
    assert words_of(spelled("aqea", [aqua, *areas[:50]])) == ["aqua", "area"]  # 1 + 50 > 50
    assert words_of(spelled("aqea", [aqua, *areas])) == ["area", "aqua"]  # 51 < 52


def test_a_word_beside_another_of_the_query_counts_1551_times() -> None:
    badges = [{"name": "badge holder"}]
    bags = [{"name": "bag"}] * 30  # of 51 each
    assert words_of(spelled("bage", [*badges, *bags])) == ["bag", "badge"]  # 3 x 51 < 30 x 51: badge, a letter left out
    assert words_of(spelled("bage", [*badges, *bags], beside("holder"))) == ["badge", "bag"]  # 3 x 1551 > 30 x 51


def test_stop_words_are_the_last_resort() -> None:
    assert corrections("whem", {"when": 90, "whey": 1}) == ["whey"]
    assert corrections("whem", {"when": 90}) == ["when"]


# Words that are there, and may be mistyped all the same.


def test_a_known_word_is_corrected_where_a_neighbour_has_a_hundred_times_its_support() -> None:
    # alone: 1 product + 50 in the name + 25 = 76, x 100 = 7600; coffee: 51 x 3 for a letter left out x 5 for its first
    assert 51 * 3 * 5 * 9 < 7600 < 51 * 3 * 5 * 10
    assert corrections("cofee", {"cofee": 1, "coffee": 9}) == []
    assert corrections("cofee", {"cofee": 1, "coffee": 10}) == ["coffee"]


def test_what_stands_beside_a_known_word_tells_whether_it_is_meant() -> None:
    shop = [{"name": "toe cap"}, {"name": "toe ring"}, *[{"name": "tote bag"}] * 9]
    assert words_of(spelled("toe", shop, beside("bag"))) == ["tote"]
    assert words_of(spelled("toe", shop, beside("ring"))) == []
    assert words_of(spelled("toe", shop)) == []


def test_a_word_of_many_products_is_not_doubted() -> None:
    toes = [{"name": "toe"}]
    totes = [{"name": "tote bag"}] * 100
    assert words_of(spelled("toe", [*toes * 97, *totes], beside("bag"))) == ["tote"]  # 97 x 51 + 25 < 5000
    assert words_of(spelled("toe", [*toes * 98, *totes], beside("bag"))) == []  # 98 x 51 + 25 > 5000


def test_a_word_that_the_encoder_has_learnt_needs_more_evidence_than_one_product() -> None:
    shop = [{"name": "gold lamp"}] * 60
    learnt = Context(dictionary=English())
    assert words_of(spelled("cold", shop)) == ["gold"]
    assert words_of(spelled("cold", shop, learnt)) == []  # 60 x 51 = 3060 < 100 x 1025
    both = Context(dictionary=English(), beside=("lamp",))
    assert words_of(spelled("cold", shop, both)) == []  # 60 x 1551 = 93,060 < 102,500
    assert words_of(spelled("cold", shop + shop, both)) == ["gold"]


def test_the_beginning_of_a_word_needs_more_evidence_than_a_whole_unknown_word() -> None:
    shop = [{"name": "dessert fork"}, *[{"name": "yellow dress"}] * 9]
    typing = Context(beginning=True, beside=("yellow",))
    assert words_of(spelled("dess", shop, typing)) == ["dress"]  # 9 x 1551 x 15 > 100 x 76
    assert words_of(spelled("dess", shop[:5], Context(beginning=True))) == []  # 4 x 51 x 15 = 3060 < 7600
    assert words_of(spelled("dess", shop[:5])) == ["dress"]


def test_another_form_of_a_known_word_is_no_correction() -> None:
    assert corrections("lampss", {"lamps": 3, "lamp": 50}) == ["lamps"]
    assert corrections("lamps", {"lamp": 900}) == []
