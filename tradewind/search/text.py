"""From text to words: folding, tokens with their places, stems, stop words, per language.

Both engines index what this module says, so that they match alike.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from tradewind.search.stop_words import STOP_WORDS

MAX_WORD_CHARACTERS = 64  # longer ones are cut: keys and hashes that nobody types

# ISO 639-1 -> Snowball; words of other languages stay as they are.
_STEMMERS = {
    **{"ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english"},
    **{"eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish"},
    **{"fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian"},
    **{"it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian"},
    **{"no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian"},
    **{"sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish"},
}

_APOSTROPHES = "'\u2018\u2019\u02bc\uff07"
_INVISIBLE = "\u00ad\u200c\u200d\u2060\ufeff"  # soft hyphens and joiners: inside words, and no part of them
_PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
# Accents of Latin, Greek and Cyrillic, vowel points of Hebrew and Arabic. The marks of other scripts are letters.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Han, kana, bopomofo, Hangul, Thai, Lao, Burmese, Khmer: written without spaces, or with particles glued on.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_ASCII_WORD = re.compile("[a-z0-9]+(?:'[a-z0-9]+)*")
# A character and what belongs to it: combining marks, the later parts of a decomposed Hangul syllable, half-width
# voicing marks.
_CLUSTER = re.compile(
    "(?s).[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u1160-\u11ff\u3099\u309a\uff9e\uff9f\u1ab0-\u1aff\u20d0-\u20f0]*"
)
_SCRIPT = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")


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
    if text.isascii():
        return [Token(_short(found[0]), found.start(), found.end()) for found in _ASCII_WORD.finditer(text.lower())]
    return [
        Token(_short(word), places[0][0], places[-1][1])
        for run in _runs(text)
        for word, places in _words_of(run)
        if word
    ]


def words(text: str) -> list[str]:
    """Return the words of `tokens(text)` without their places: much cheaper for indexing."""
    if text.isascii():
        found = _ASCII_WORD.findall(text.lower())
        as_they_are = len(text) <= MAX_WORD_CHARACTERS or max(map(len, found), default=0) <= MAX_WORD_CHARACTERS
        return found if as_they_are and "'" not in text else [_short(word) for word in found]
    return [token.word for token in tokens(text)]


def stem(word: str, language: str) -> str:
    """Return the stem of a folded word (Snowball; words of a language without a stemmer stay)."""
    return _stem(word, language)


def stop_words(language: str) -> frozenset[str]:
    """Return folded words that carry no meaning in a query; empty for an unknown language.

    There are lists for Dutch, English, French, German, Italian, Portuguese and Spanish.
    """
    return STOP_WORDS.get(_base(language), frozenset())


def folded(text: str) -> str:
    """Return a text lower-cased, without accents, with compatibility forms unified; length may differ."""
    if text.isascii():
        return text.lower()
    return "".join(_folded_cluster(cluster) for cluster in _CLUSTER.findall(text))


def _base(language: str) -> str:
    return re.split("[-_]", language.lower(), maxsplit=1)[0]


class _Stemmers(threading.local):
    """Stemmers keep state while they work, so each thread has its own."""

    def __init__(self) -> None:
        self.by_name: dict[str, Stemmer.Stemmer] = {}

    def get(self, name: str) -> Stemmer.Stemmer:
        if name not in self.by_name:
            self.by_name[name] = Stemmer.Stemmer(name, 0)
        return self.by_name[name]


_stemmers = _Stemmers()


@lru_cache(maxsize=100_000)
def _stem(word: str, language: str) -> str:
    name = _STEMMERS.get(_base(language))
    return word if name is None else str(_stemmers.get(name).stemWord(word))


def _short(word: str) -> str:
    return word.replace("'", "")[:MAX_WORD_CHARACTERS]


_Place = tuple[int, int]
_Letter = tuple[str, _Place]  # a folded character and the part of the text that it comes from


def _runs(text: str) -> Iterator[list[_Letter]]:
    """Yield runs of folded letters and digits. Apostrophes stay inside a run only, as "'"."""
    run: list[_Letter] = []
    for found in _CLUSTER.finditer(text):
        cluster, place = found[0], (found.start(), found.end())
        if cluster[0] in _APOSTROPHES:
            following = text[found.end() : found.end() + 1]
            if run and run[-1][0] != "'" and _is_letter(following):
                run.append(("'", place))
                continue
        elif cluster[0] in _INVISIBLE:
            continue
        elif _is_letter(cluster[0]):
            run.extend((letter, place) for letter in _folded_cluster(cluster))
            continue
        if run:
            yield run
        run = []
    if run:
        yield run


def _is_letter(character: str) -> bool:
    return character.isalnum() or (bool(character) and unicodedata.category(character) in ("Mn", "Mc"))


def _words_of(run: list[_Letter]) -> Iterator[tuple[str, list[_Place]]]:
    """Yield the words of a run: parts in scripts with spaces as they are, others as overlapping pairs."""
    text = "".join(letter for letter, _ in run)
    places = [place for _, place in run]
    for found in _SCRIPT.finditer(text):
        part, start, end = found[0], found.start(), found.end()
        if re.match(f"[{_UNSPACED}]", part):
            for at in range(start, max(end - 1, start + 1)):
                pair = slice(at, min(at + 2, end))
                yield text[pair], places[pair]
        else:
            yield _trimmed(part, places[start:end])


def _trimmed(part: str, places: list[_Place]) -> tuple[str, list[_Place]]:
    """Return a part without apostrophes at its ends (where a script follows that is written without spaces)."""
    start, end = len(part) - len(part.lstrip("'")), len(part.rstrip("'"))
    return part[start:end], places[start:end]


@lru_cache(maxsize=20_000)
def _folded_cluster(cluster: str) -> str:
    """Return a character with its marks folded: compatibility form, lower case, no accents."""
    if cluster[0] in _INVISIBLE:
        return ""
    if not _is_letter(cluster[0]):
        return cluster  # the letters of a sign like the one for trade mark are no part of the word before it
    parts = unicodedata.normalize("NFKD", cluster)
    if "\u2044" in parts:  # vulgar fractions: "2½" is not 21/2
        return cluster[0]
    parts = unicodedata.normalize("NFKD", parts.casefold())
    keeps_breve = parts.startswith("\u0438\u0306")  # the Russian short i is a letter that stems end in
    plain = "\u0439" + _ACCENTS.sub("", parts[2:]) if keeps_breve else _ACCENTS.sub("", parts)
    return unicodedata.normalize("NFC", "".join(_PLAIN.get(letter, letter) for letter in plain))
