"""Words that the index does not know, and the known words they may stand for."""

from dataclasses import dataclass
from itertools import pairwise

from tradewind.catalog.settings import IndexSettings
from tradewind.search.index import KnownWord, Vocabulary
from tradewind.search.text import stem

MAX_CORRECTIONS = 3
# Typists seldom miss the first letter: a candidate that changes it needs so many times the products.
FIRST_LETTER = 5
# How much likelier a slip is than a certain wrong letter in a certain place (candidates are weighed by their errors as
# Kernighan, Church and Gale 1990 do): two letters swapped or one doubled; a letter left out.
SLIP, LEFT_OUT = 5, 3
_LONE_LETTERS = "tevxu"  # t-shirt, e-book, v-neck, x-ray, u-lock: the only single letters that a word is split after


@dataclass(frozen=True, slots=True)
class Spelling:
    """What an unknown word may stand for, best first: known words, or two words that were typed as one."""

    words: tuple[KnownWord, ...] = ()
    split: tuple[str, str] | None = None


KNOWN = Spelling()


def respelled(word: str, *, vocabulary: Vocabulary, settings: IndexSettings) -> Spelling:
    """Return corrections of a folded word, none for a word that the index knows.

    Words of less than `min_word_for_one_typo` letters, with a digit, or on the list of words without typos stay; one
    letter less will do where a letter was left out of a word of so many letters. One edit is tried first, two only for
    words of `min_word_for_two_typos` letters where one edit finds nothing.
    """
    if len(word) + 1 < settings.min_word_for_one_typo or not word.isalpha() or word in settings.no_typo_words:
        return KNOWN
    language = settings.language
    root = stem(word, language)
    if vocabulary.products_with(word) or vocabulary.products_with(root):
        return KNOWN
    near = list(vocabulary.near(word, 1))
    if any(stem(each.word, language) == root for each in near):
        return KNOWN  # another form of a known word: its stem matches as it is
    if len(word) < settings.min_word_for_one_typo:
        longer = [each for each in near if len(each.word) > len(word) and each.word[0] == word[0]]
        return Spelling(tuple(_best(word, longer)))
    split = _split(word, vocabulary)
    if not near and not split and len(word) >= settings.min_word_for_two_typos:
        near = list(vocabulary.near(word, 2))
    return Spelling(tuple(_best(word, near)), split)


def _best(word: str, near: list[KnownWord]) -> list[KnownWord]:
    """Return the likeliest corrections: fewest edits, then products, where the first letter counts."""
    near = [each for each in near if len(each.word) > 2]
    if not near:
        return []
    edits = min(each.edits for each in near)
    weighed = sorted(
        (-each.products * (FIRST_LETTER if each.word[0] == word[0] else 1) * _ease(word, each.word), each.word, each)
        for each in near
        if each.edits == edits
    )
    return [each for _, _, each in weighed[:MAX_CORRECTIONS]]


def _ease(typed: str, meant: str) -> int:
    """Return how easily a word is mistyped so, beside typing a wrong letter."""
    if len(meant) > len(typed):
        return LEFT_OUT
    swapped = len(meant) == len(typed) and sorted(meant) == sorted(typed)
    doubled = any(
        one == other and typed[:at] + typed[at + 1 :] == meant for at, (one, other) in enumerate(pairwise(typed))
    )
    return SLIP if swapped or doubled else 1


def _split(word: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Return the two known words that were typed as one, those whose rarer one is most frequent."""
    best, most = None, 0
    for at in range(1, len(word) - 1):
        left, right = word[:at], word[at:]
        if at == 1 and left not in _LONE_LETTERS:
            continue
        count = vocabulary.products_with(left)
        count = min(count, vocabulary.products_with(right)) if count > most else 0
        if count > most and len(right) > 2:
            best, most = (left, right), count
    return best
