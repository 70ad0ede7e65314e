"""From text to words: folding, tokens with their places, stems, stop words, per language.

Both engines index what this module says, so that they match alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text. `text[start:end]` is the word as it stands there."""

    word: str  # folded: lower case, without accents, compatibility forms unified
    start: int
    end: int


def tokens(text: str) -> Sequence[Token]:
    """Return the words of a text in order.

    Runs of letters and digits; "50ft" is one word; apostrophes inside a word are dropped ("men's" -> "mens").
    CJK and Thai have no spaces: each run yields its overlapping pairs of characters (a lone character yields itself).
    """
    raise NotImplementedError


def stem(word: str, language: str) -> str:
    """Return the stem of a folded word (Snowball; words of a language without a stemmer stay)."""
    raise NotImplementedError


def stop_words(language: str) -> frozenset[str]:
    """Return folded words that carry no meaning in a query; empty for an unknown language."""
    raise NotImplementedError


def folded(text: str) -> str:
    """Return a text lower-cased, without accents, with compatibility forms unified; length may differ."""
    raise NotImplementedError
