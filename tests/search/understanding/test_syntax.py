"""Quotes and minuses in queries."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.text import words
from tradewind.search.understanding.syntax import read_syntax

BOTH = ("exactPhrase", "excludeWords")


@pytest.mark.parametrize(
    ("query", "text", "phrases", "excluded"),
    [
        ("search -engine", "search", [], ["engine"]),
        ("search-engine", "search-engine", [], []),  # in the middle of a word
        ("-search", "", [], ["search"]),
        ("-search engine", "engine", [], ["search"]),
        ("search - engine", "search - engine", [], []),
        ("search -- engine --x", "search -- engine --x", [], []),
        ('"search engine"', '"search engine"', ["search engine"], []),
        ('"-engine"', '"-engine"', ["-engine"], []),  # no sign in quotes
        ('red "sofa bed" -wool blue', 'red "sofa bed" blue', ["sofa bed"], ["wool"]),
        ('sofa -"sofa bed" red', "sofa red", [], ["sofa bed"]),
        ('"sofa" "bed"', '"sofa" "bed"', ["sofa", "bed"], []),
        ('red "sofa be', 'red "sofa be', [], []),  # somebody is typing
        ('red ""', 'red ""', [], []),
        ('red "?!" -!', 'red "?!" -!', [], []),
        ("shirt -t-shirt", "shirt", [], ["t-shirt"]),
        ("", "", [], []),
    ],
)
def test_signs_at_the_beginning_of_words(query: str, text: str, phrases: list[str], excluded: list[str]) -> None:
    read = read_syntax(query, BOTH)
    assert (read.text, list(read.phrases), list(read.excluded)) == (text, phrases, excluded)


def test_without_features_a_query_stays_as_it_is() -> None:
    assert read_syntax('a "b c" -d', ()).text == 'a "b c" -d'
    assert read_syntax('a "b c" -d', ("excludeWords",)).phrases == ()
    assert read_syntax('a "b c" -d', ("exactPhrase",)).excluded == ()


@settings(max_examples=200)
@given(st.text(alphabet='ab -"', max_size=20))
def test_every_word_is_searched_or_excluded_once(query: str) -> None:
    read = read_syntax(query, BOTH)
    kept = words(read.text) + [word for each in read.excluded for word in words(each)]
    assert sorted(kept) == sorted(words(query))
