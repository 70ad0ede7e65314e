"""Marks the words of a query in texts, whole or in snippets."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from tradewind.search.answer import Highlighted
from tradewind.search.plan import Word
from tradewind.search.text import folded, stem, tokens

_ASCII_WORD = re.compile("[a-z0-9]+(?:'[a-z0-9]+)*")  # as tradewind.search.text has it


@dataclass(frozen=True, slots=True)
class Match:
    """What a word of a text answers: places of the query's words; marked are its first `letters`, None: all."""

    words: tuple[int, ...]
    letters: int | None = None
    exact: tuple[int, ...] = ()  # of `words`, those that this is as it was typed, apart from its ending


class Mark(NamedTuple):
    """A part of a text that is marked. A tuple: an answer makes hundreds, and these take a third of the time."""

    start: int
    end: int
    words: tuple[int, ...]
    exact: tuple[int, ...] = ()  # of them, those that stand here as they were typed, apart from their ending


class Highlighter:
    """Marks what matches a query, for one answer: it remembers each word of the texts that it has seen."""

    def __init__(
        self, words: Sequence[Word], *, language: str, pre: str = "<em>", post: str = "</em>", ellipsis: str = "…"
    ) -> None:
        self._texts = tuple(word.text for word in words)
        self._language, self._pre, self._post, self._ellipsis = language, pre, post, ellipsis
        self._stems: dict[str, tuple[int, ...]] = {}
        self._exact: dict[str, tuple[int, ...]] = {}
        self._prefixes: dict[str, tuple[int, ...]] = {}
        for place, word in enumerate(words):
            self._learn(place, word)
        self._seen: dict[str, Match | None] = {}
        self._seen_plain: dict[str, Match | None] = {}  # with apostrophes
        self._marks: dict[str, list[Mark]] = {}
        self._highlighted: dict[str, Highlighted] = {}
        self._found: dict[tuple[tuple[int, ...], ...], tuple[str, tuple[str, ...]]] = {}
        self._candidates = self._candidate_pattern()

    def _learn(self, place: int, word: Word) -> None:
        for alternative in word.alternatives:
            *stems, last = alternative.terms
            for term in stems if alternative.prefix else alternative.terms:
                self._stems[term] = (*self._stems.get(term, ()), place)
            if alternative.prefix:
                self._prefixes[last] = (*self._prefixes.get(last, ()), place)
            if alternative.kind == "word":
                self._exact[last] = (*self._exact.get(last, ()), place)

    def highlight(self, text: str) -> Highlighted:
        """Return the text with every match marked; nothing is escaped."""
        made = self._highlighted.get(text)  # brands and categories come again and again
        if made is None:
            made = self._highlighted[text] = self._highlight(text)
        return made

    def _highlight(self, text: str) -> Highlighted:
        """Return the text with its marks. The innermost loop of an answer: it makes no marks to be read again."""
        plain = plain_form(text)
        if self._candidates is None or plain is None:
            marks = self.marks(text)
            return self._shown(self._marked(text, marks, 0, len(text)), text, marks) if marks else _unmarked(text)
        parts: list[str] = []
        found, at = [], 0
        for start, end, match in self._matches_in(plain) if self._texts else ():
            parts += (text[at:start], self._pre, text[start:end], self._post)
            found.append(match.words)
            at = end
        if not found:
            return _unmarked(text)
        parts.append(text[at:])
        is_full = not any(map(str.isalnum, "".join(parts[::4])))  # of what is between the marks
        return Highlighted("".join(parts), *self._words_of(tuple(found)), is_full)

    def snippet(self, text: str, words: int) -> Highlighted:
        """Return the `words` words of the text that hold most of the query's; cut ends get an ellipsis."""
        marks = self.marks(text)
        places = word_places(text)
        if len(places) <= words:
            return self.highlight(text)
        first = _best_window(places, marks, words)
        last = first + words - 1
        start = 0 if first == 0 else places[first][0]
        end = len(text) if last == len(places) - 1 else places[last][1]
        inside = [mark for mark in marks if start <= mark.start and mark.end <= end]
        value = self._marked(text, inside, start, end)
        value = (self._ellipsis if first else "") + value + (self._ellipsis if end < len(text) else "")
        return self._shown(value, text[start:end], inside, start) if inside else _unmarked(value)

    def marks(self, text: str) -> list[Mark]:
        """Return what is marked in a text, in order, none over another."""
        if not self._texts:
            return []
        if text not in self._marks:
            self._marks[text] = self._find(text)
        return self._marks[text]

    def _find(self, text: str) -> list[Mark]:
        plain = plain_form(text)
        if self._candidates is None or plain is None:
            return self._find_in_all(text)
        return [Mark(start, end, match.words, match.exact) for start, end, match in self._matches_in(plain)]

    def _matches_in(self, plain: str) -> Iterator[tuple[int, int, Match]]:
        """Yield (start, end, match) of a text in lower-case ASCII, whose words do not overlap. A word that was seen
        before costs no call."""
        assert self._candidates is not None
        seen = self._seen_plain
        for found in self._candidates.finditer(plain):
            start, end = found.span()
            if start:
                before = plain[start - 1]
                if before.isalnum() or (before == "'" and start > 1 and plain[start - 2].isalnum()):
                    continue  # inside a word
            word = found[0]
            try:
                match = seen[word]
            except KeyError:
                match = seen[word] = self.match(word.replace("'", ""))
            if match is not None:
                if match.letters is not None:
                    end = _end_of_letters(plain, start, end, word.replace("'", ""), match.letters)
                yield start, end, match

    def _find_in_all(self, text: str) -> list[Mark]:
        made: list[Mark] = []
        for token in tokens(text):
            start, end = token.start, token.end
            match = self.match(token.word)
            if match is None:
                continue
            if match.letters is not None:
                end = _end_of_letters(text, start, end, token.word, match.letters)
            if made and start < made[-1].end:  # overlapping pairs of characters
                last = made[-1]
                made[-1] = Mark(
                    last.start, max(end, last.end), (*last.words, *match.words), (*last.exact, *match.exact)
                )
            else:
                made.append(Mark(start, end, match.words, match.exact))
        return made

    def match(self, word: str) -> Match | None:
        """Return what a folded word of a text answers."""
        try:
            return self._seen[word]
        except KeyError:
            found = self._seen[word] = self._match(word)
            return found

    def _match(self, word: str) -> Match | None:
        root = stem(word, self._language)
        whole = self._stems.get(root, ())
        beginnings = [prefix for prefix in self._prefixes if word.startswith(prefix)]
        if not beginnings:
            return Match(whole, exact=self._exact.get(root, ())) if whole else None
        longest = max(beginnings, key=len)
        places = dict.fromkeys([*whole, *(place for prefix in beginnings for place in self._prefixes[prefix])])
        # Only what was typed is marked: "sho" in "shoes".
        return Match(tuple(places), len(longest), self._exact.get(root, ()))

    def _candidate_pattern(self) -> re.Pattern[str] | None:
        """Return a pattern for the words of a lower-case ASCII text that may match; None where no such pattern is safe.

        English words begin as their stems do up to the last letter of the stem ("happy", happi), but for _IRREGULAR.
        """
        if not self._language.startswith("en"):
            return None
        terms = [(term, 1 if term in _IRREGULAR else min(max(2, len(term) - 1), 4)) for term in self._stems]
        terms += [(prefix, len(prefix)) for prefix in self._prefixes]
        joined = "|".join(sorted({re.escape(term[:letters]) for term, letters in terms if term.isascii()}))
        # A look behind here would be tried at every letter; the few that are found are looked at one by one.
        return re.compile(rf"(?:{joined})[a-z0-9]*(?:'[a-z0-9]+)*") if joined else _NOTHING

    def _marked(self, text: str, marks: Sequence[Mark], start: int, end: int) -> str:
        parts: list[str] = []
        at = start
        for first, last, *_ in marks:
            parts += (text[at:first], self._pre, text[first:last], self._post)
            at = last
        parts.append(text[at:end])
        return "".join(parts)

    def _shown(self, value: str, text: str, marks: Sequence[Mark], offset: int = 0) -> Highlighted:
        found = self._words_of(tuple([mark.words for mark in marks]))
        return Highlighted(value, *found, not _is_letter_between(text, marks, offset))

    def _words_of(self, found: tuple[tuple[int, ...], ...]) -> tuple[str, tuple[str, ...]]:
        """Return how much of the query the words at these places are, one tuple a mark, and those words."""
        if found not in self._found:
            self._found[found] = self._words_in({place for places in found for place in places})
        return self._found[found]

    def _words_in(self, places: Set[int]) -> tuple[str, tuple[str, ...]]:
        """Return how much of the query its words at `places` are, and those words."""
        words = tuple(dict.fromkeys(self._texts[place] for place in sorted(places)))
        return "full" if len(places) == len(self._texts) else "partial", words


_NOTHING = re.compile("(?!)")
_IRREGULAR = frozenset({"die", "lie", "tie"})  # of dying, lying, tying


def _unmarked(value: str) -> Highlighted:
    return Highlighted(value=value, match="none")


def _is_letter_between(text: str, marks: Sequence[Mark], offset: int) -> bool:
    """Return whether a letter or digit is not marked. `text` begins at `offset` of the text that the marks count in."""
    at = 0
    for start, end, *_ in marks:
        if any(map(str.isalnum, text[at : start - offset])):
            return True
        at = end - offset
    return any(map(str.isalnum, text[at:]))


def plain_form(text: str) -> str | None:
    """Return the text in lower-case ASCII, letter for letter; None where it has letters that this cannot hold."""
    if text.isascii():
        return text.lower()
    plain = text.translate(_PLAIN)
    return plain.lower() if plain.isascii() else None


class _PlainTable(dict[int, str]):
    """A table for str.translate: what a character is in a folded text where that is one ASCII character."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if letter in "\u2018\u2019\u02bc\uff07":
            plain = "'"
        elif letter.isascii():
            plain = letter
        else:
            bare = folded(letter)
            is_letter = letter.isalnum()
            # What stays is not ASCII, so the text takes the slower way: combining marks, ligatures, other scripts.
            plain = bare if is_letter and len(bare) == 1 else " " if _is_punctuation(letter) else letter
        self[code] = plain
        return plain


_PLAIN = _PlainTable()


def _is_punctuation(letter: str) -> bool:
    """Return whether a character ends a word: dashes, quotes, signs of money and trade, bullets, spaces."""
    return (
        (letter.isprintable() and not letter.isalnum() and "\u00a1" <= letter <= "\u00bf")
        or ("\u2010" <= letter <= "\u2027" or "\u2030" <= letter <= "\u205e" or "\u20a0" <= letter <= "\u20bf")
        or letter in "\u00a0\u00d7\u00f7\u2122\u202f\u2002\u2003\u2009"
    )


def _end_of_letters(text: str, start: int, end: int, word: str, letters: int) -> int:
    """Return where the first `letters` letters of a folded word end in the text."""
    if letters >= len(word):
        return end
    if end - start == len(word):
        return start + letters
    return next((at for at in range(start + 1, end) if len(folded(text[start:at])) >= letters), end)


def word_places(text: str) -> list[tuple[int, int]]:
    """Return where the words of a text begin and end, as `tokens` finds them."""
    plain = plain_form(text)
    if plain is not None:
        return [found.span() for found in _ASCII_WORD.finditer(plain)]
    return [(token.start, token.end) for token in tokens(text)]


def _best_window(places: Sequence[tuple[int, int]], marks: Sequence[Mark], words: int) -> int:
    """Return the first word of the first window that holds most different words of the query, then most marks."""
    if not marks:
        return 0
    index = {start: at for at, (start, _) in enumerate(places)}
    found = [(index[mark.start], mark) for mark in marks if mark.start in index]
    best, best_first = (0, 0), 0
    for number, (at, _) in enumerate(found):
        inside = [mark for place, mark in found[number:] if place < at + words]
        worth = (len({word for mark in inside for word in mark.words}), len(inside))
        if worth > best:
            last = max(place for place, _ in found[number:] if place < at + words)
            # Some words before the first match, where there is room, so that it does not hang in the air.
            room = words - (last - at + 1)
            best, best_first = worth, max(0, at - room // 2)
    return min(best_first, len(places) - words)
