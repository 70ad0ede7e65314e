"""Folding, words with their places, stems, stop words."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.text import MAX_WORD_CHARACTERS, Token, folded, stem, stop_words, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50ft Garden-Hose", ["50ft", "garden", "hose"]),
        ("Men's and MEN’S", ["mens", "and", "mens"]),
        ("rock 'n' roll's", ["rock", "n", "rolls"]),
        ("Crème Brûlée", ["creme", "brulee"]),
        ("LEGO® Nike™", ["lego", "nike"]),  # signs are no part of the word before them
        ("ﬁne ＦＵＬＬ ①", ["fine", "full", "1"]),
        ("2½ inch", ["2½", "inch"]),  # not 21/2
        ("Straße Łódź Ørsted Æther", ["strasse", "lodz", "orsted", "aether"]),
        ("чёрный йод", ["черный", "йод"]),
        ("绿茶壶 茶", ["绿茶", "茶壶", "茶"]),
        ("iPhone手机壳", ["iphone", "手机", "机壳"]),
        ("ｶﾞﾗｽ", ["ガラ", "ラス"]),
        ("한국어", ["한국", "국어"]),
        ("กาแฟ", ["กา", "าแ", "แฟ"]),
        ("soft\u00adhyphen", ["softhyphen"]),
        ("", []),
        (" -- !? ", []),
        ("x" * 100, ["x" * MAX_WORD_CHARACTERS]),
    ],
)
def test_texts_fall_into_words(text: str, expected: list[str]) -> None:
    assert [token.word for token in tokens(text)] == expected == words(text)


def test_places_are_those_of_the_text_as_it_stands() -> None:
    assert list(tokens("ﬁne Straße")) == [Token("fine", 0, 3), Token("strasse", 4, 10)]
    assert list(tokens("e\u0301te\u0301!")) == [Token("ete", 0, 5)]  # accents that are characters of their own
    assert list(tokens("x手机壳")) == [Token("x", 0, 1), Token("手机", 1, 3), Token("机壳", 2, 4)]
    assert list(tokens("men’s")) == [Token("mens", 0, 5)]


def test_composed_and_decomposed_texts_have_the_same_words() -> None:
    for text in ("Crème brûlée", "한국어 제품", "ガラス", "Ängström"):
        assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


def test_folding_drops_case_accents_and_compatibility_forms() -> None:
    assert folded("ÉCLAIR ﬁ ＡＢ Straße") == "eclair fi ab strasse"


def test_stems_are_those_of_the_language() -> None:
    assert [stem(word, "en") for word in ("running", "shoes", "candles", "50ft")] == ["run", "shoe", "candl", "50ft"]
    assert stem("chaussures", "fr") == "chaussur"
    assert stem("running", "en-GB") == "run"
    assert stem("running", "xx") == "running"  # no stemmer, the word stays


def test_stop_words_are_folded_and_leave_what_means_something() -> None:
    assert {"the", "for", "a", "something"} <= stop_words("en")
    assert not {"no", "not", "without", "under", "large", "red"} & stop_words("en")
    assert all(
        word == folded(word) for language in ("de", "es", "fr", "it", "nl", "pt") for word in stop_words(language)
    )
    assert stop_words("xx") == frozenset()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_tokens_lie_in_the_text_in_order_and_are_found_again_in_what_they_cover(text: str) -> None:
    found = tokens(text)
    assert [token.word for token in found] == words(text)
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
        assert token.word
    assert all(one.start <= other.start and one.end <= other.end for one, other in pairwise(found))
    for token in found:
        assert token.word in words(text[token.start : token.end])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_capitals_make_no_difference_to_ascii_words(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()
    assert words(plain) == words(plain.upper()) == words(plain + "\u00a0")  # and the way for other scripts agrees
