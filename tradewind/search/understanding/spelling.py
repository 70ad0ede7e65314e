"""Words that are probably mistyped, and the known words that they may stand for.

A noisy channel (Kernighan, Church and Gale 1990; for words that are known by accident Mays, Damerau and Mercer 1991):
of the words nearby that one wins whose support in the index, times how easily it is mistyped so, is highest. Where the
word as it was typed has support too, another has to win by far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tradewind.catalog.settings import IndexSettings
from tradewind.search.encoder import WordList
from tradewind.search.index import KnownWord, Standing, Vocabulary
from tradewind.search.text import stem, stop_words

MAX_CORRECTIONS = 3
# Typists seldom miss the first letter: a candidate that changes it needs so many times the support.
FIRST_LETTER = 5
# How much likelier a slip is than a certain wrong letter in a certain place: two letters swapped or one doubled; a
# letter left out.
SLIP, LEFT_OUT = 5, 3
# A word's support is its products. One that has it in its first place counts so many more, since queries are worded as
# names are ("area" is in descriptions, "aqua" in names); and so many again with another word of the query beside it.
IN_FIRST, BESIDE = 50, 1500
# A word that has support itself stands for another one only where that has so many times as much.
DOUBT = 100
KNOWN_AT_ALL = 25  # support of a word that is there, at least
DICTIONARY = 1000  # and of one that the encoder has learnt: "cold" in a shop that has only "gold"
SURE = 5000  # support from which on a word is not doubted at all,
WELL_KNOWN = 500  # as one of so many products, of which nothing more is asked: most words of most queries
_COMPARED = 16  # candidates whose support is asked for
_COMPLETIONS = 5
_LONE_LETTERS = "tevxu"  # t-shirt, e-book, v-neck, x-ray, u-lock: the only single letters that a word is split after


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a word may stand for, best first: known words, or two words that were typed as one."""

    words: tuple[KnownWord, ...] = ()
    split: tuple[str, str] | None = None


KNOWN = Spelling()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of the place where a word stands."""

    beside: tuple[str, ...] = ()  # stems of the query's other words
    beginning: bool = False  # somebody may still be typing it
    dictionary: WordList | None = None


ALONE = Context()


def may_be_mistyped(word: str, products: int, settings: IndexSettings) -> bool:
    """Return whether a word in so many products may be a mistyped one, before anything else is known of it.

    Words of less than `min_word_for_one_typo` letters, with a digit, or on the list of words without typos are none,
    nor are stop words; one letter less will do, since a letter may be left out of a word of so many letters.
    """
    return (
        products < WELL_KNOWN
        and len(word) + 1 >= settings.min_word_for_one_typo
        and word.isalpha()
        and word not in settings.no_typo_words
        and word not in stop_words(settings.language)
    )


def respelled(
    word: str,
    *,
    vocabulary: Vocabulary,
    settings: IndexSettings,
    context: Context = ALONE,
    standing: Standing | None = None,
) -> Spelling:
    """Return corrections of a folded word that may be mistyped, none for one that is right as far as the index tells.

    `standing`: of its stem in this context, where the caller has asked. One edit is tried first, two only for words of
    `min_word_for_two_typos` letters without any support, where one edit finds nothing.
    """
    if not may_be_mistyped(word, 0 if standing else vocabulary.products_with(word), settings):
        return KNOWN
    language = settings.language
    [standing] = [standing] if standing else _standings([word], vocabulary, language, context)
    trust = _trust(word, standing, vocabulary, language, context)
    if trust >= SURE:
        return KNOWN
    near = _other_words(word, vocabulary.near(word, 1), language)
    is_short = len(word) < settings.min_word_for_one_typo
    if is_short:
        near = [each for each in near if len(each.word) > len(word) and each.word[0] == word[0]]
    split = None if trust or is_short else _split(word, vocabulary)
    if not (near or split or trust) and len(word) >= settings.min_word_for_two_typos:
        near = _other_words(word, vocabulary.near(word, 2), language)
    near = [each for each in near if each.word not in stop_words(language)] or near
    return Spelling(tuple(_best(word, near, trust, vocabulary, language, context)), split)


def _trust(word: str, standing: Standing, vocabulary: Vocabulary, language: str, context: Context) -> int:
    """Return the support of a word as it was typed, by itself or as the beginning of another; 0: nothing has it."""
    trust = _support(standing)
    if context.dictionary is not None and context.dictionary.knows(word):
        trust = max(trust, DICTIONARY)
    if context.beginning and trust < SURE:
        completions = [each.word for each in vocabulary.beginning(word, _COMPLETIONS)]
        trust = max([trust, *map(_support, _standings(completions, vocabulary, language, context))])
    return trust + KNOWN_AT_ALL if trust else 0


def _other_words(word: str, near: Sequence[KnownWord], language: str) -> list[KnownWord]:
    """Return the nearest words, without other forms of the same word: their stem matches as it is."""
    root = stem(word, language)
    others = [each for each in near if len(each.word) > 2 and stem(each.word, language) != root]
    return [each for each in others if each.edits == others[0].edits]


def _best(
    word: str, near: Sequence[KnownWord], trust: int, vocabulary: Vocabulary, language: str, context: Context
) -> list[KnownWord]:
    """Return the likeliest corrections that are likelier than the word itself."""
    compared = sorted(near, key=lambda each: (-each.products * _ease(word, each.word), each.word))[:_COMPARED]
    standings = _standings([each.word for each in compared], vocabulary, language, context)
    weighed = [
        (-_support(standing) * _ease(word, each.word), each.word, each)
        for each, standing in zip(compared, standings, strict=True)
    ]
    likelier = [each for weight, _, each in sorted(weighed) if -weight > DOUBT * trust]
    return likelier[:MAX_CORRECTIONS]


def _standings(words: Sequence[str], vocabulary: Vocabulary, language: str, context: Context) -> Sequence[Standing]:
    if not words:
        return ()
    return vocabulary.standing(tuple(stem(each, language) for each in words), context.beside)


def _support(standing: Standing) -> int:
    return standing.products + IN_FIRST * standing.in_first + BESIDE * standing.beside


def _ease(typed: str, meant: str) -> int:
    """Return how easily a word is mistyped so, beside typing a wrong letter at its beginning."""
    first = FIRST_LETTER if meant[0] == typed[0] else 1
    if len(meant) > len(typed):
        return first * LEFT_OUT
    swapped = len(meant) == len(typed) and sorted(meant) == sorted(typed)
    doubled = any(
        one == other and typed[:at] + typed[at + 1 :] == meant for at, (one, other) in enumerate(pairwise(typed))
    )
    return first * SLIP if swapped or doubled else first


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
