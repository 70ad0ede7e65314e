"""Which parts of a text are marked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.highlighting import Highlighter, word_places
from tradewind.search.plan import Alternative, Word
from tradewind.search.text import stem, tokens


def typed(text: str, *, prefix: bool = False, also: tuple[str, ...] = (), language: str = "en") -> Word:
    alternatives = [Alternative(terms=(stem(text, language),))]
    alternatives += [Alternative(terms=(text,), kind="prefix", prefix=True)] if prefix else []
    alternatives += [Alternative(terms=(stem(each, language),), kind="typo", typos=1) for each in also]
    return Word(text=text, alternatives=tuple(alternatives))


def marker(*words: Word, language: str = "en") -> Highlighter:
    return Highlighter(words, language=language, pre="[", post="]")


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ((typed("shoes"),), "Red Shoe, red SHOES", "Red [Shoe], red [SHOES]"),
        ((typed("runs"),), "Running for runners", "[Running] for runners"),
        ((typed("sho", prefix=True),), "Shoes and a show", "[Sho]es and a [sho]w"),
        ((typed("brulee"),), "Crème brûlée – fin", "Crème [brûlée] – fin"),
        ((typed("cafe"),), "Cafe\u0301 bar", "[Cafe\u0301] bar"),
        ((typed("mens"),), "men’s or men's", "[men’s] or [men's]"),
        ((typed("glvoes", also=("gloves",)),), "Garden gloves", "Garden [gloves]"),
        ((typed("shoes"),), "<b>Shoes</b> & more", "<b>[Shoes]</b> & more"),
        ((typed("rush"),), "brush rush", "brush [rush]"),
        ((typed("die"),), "a dying fire", "a [dying] fire"),
        ((typed("shoe"),), "nothing here", "nothing here"),
        ((), "Shoes", "Shoes"),
        ((typed("shoes"),), "", ""),
    ],
)
def test_whole_words_are_marked_and_of_beginnings_what_was_typed(
    words: tuple[Word, ...], text: str, expected: str
) -> None:
    assert marker(*words).highlight(text).value == expected


def test_texts_without_spaces_are_marked_by_their_pairs() -> None:
    pairs = [typed(token.word, language="zh") for token in tokens("绿茶壶")]
    assert marker(*pairs, language="zh").highlight("小绿茶壶").value == "小[绿茶壶]"


def test_the_level_says_how_many_words_of_the_query_a_value_has() -> None:
    two = marker(typed("red"), typed("shoes"))
    full, partial, none = two.highlight("Red shoes"), two.highlight("Red hat"), two.highlight("Hat")
    assert (full.match, full.words, full.full) == ("full", ("red", "shoes"), True)
    assert (partial.match, partial.words, partial.full) == ("partial", ("red",), False)
    assert (none.match, none.words, none.full) == ("none", (), False)


def test_a_snippet_is_the_words_around_most_matches() -> None:
    text = "one shoe two three four five six red shoe seven eight nine"
    two = marker(typed("red"), typed("shoe"))
    # Both words stand within 4 words from "red" on; the 2 that are left over: 1 before, 1 behind.
    assert two.snippet(text, 4).value == "…six [red] [shoe] seven…"
    assert two.snippet(text, 4).match == "full"
    assert two.snippet("no match in this text", 3).value == "no match in…"
    assert two.snippet("a red hat", 3).value == "a [red] hat"
    assert two.snippet("red one two three", 2).value == "[red] one…"
    assert two.snippet("one two three (red)", 2).value == "…three ([red])"


_TEXTS = st.text(alphabet=st.sampled_from("abrush ’'é–™½ﬁ绿茶\u0301 ,<>ABT"), max_size=40) | st.text(max_size=40)


@settings(max_examples=200, deadline=None)
@given(_TEXTS, st.integers(1, 5))
def test_marks_taken_out_leave_the_text(text: str, words: int) -> None:
    high = Highlighter(
        [typed("rush"), typed("b", prefix=True), typed("ab")], language="en", pre="\ue000", post="\ue001"
    )
    value = high.highlight(text).value
    if "\ue000" not in text and "\ue001" not in text:
        assert value.replace("\ue000", "").replace("\ue001", "") == text
        assert value.count("\ue000") == value.count("\ue001") == len(high.marks(text))
        cut = high.snippet(text, words).value
        assert cut.strip("…").replace("\ue000", "").replace("\ue001", "") in text


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_the_quick_way_finds_the_same_words_as_the_slow_one(text: str) -> None:
    assert word_places(text) == [(token.start, token.end) for token in tokens(text)]
    words = [typed("rush"), typed("b", prefix=True), typed("ab")]
    quick, slow = marker(*words), marker(*words)
    slow._candidates = None
    assert quick.marks(text) == slow.marks(text)


_ENDINGS = ["", "s", "es", "ed", "ing", "ly", "ies", "y", "e", "er", "ness", "ation", "ational", "ful", "ably", "ying"]
_ROOTS = [
    "run",
    "hop",
    "happ",
    "relat",
    "sk",
    "d",
    "l",
    "t",
    "us",
    "go",
    "bak",
    "gentl",
    "earl",
    "luxuri",
    "knit",
    "reli",
]


def test_no_form_of_an_english_word_is_missed_by_the_quick_way() -> None:
    forms = [root + ending for root in _ROOTS for ending in _ENDINGS]
    text = " ".join(forms)
    for form in forms:
        quick, slow = marker(typed(form)), marker(typed(form))
        slow._candidates = None
        assert quick.marks(text) == slow.marks(text), form
