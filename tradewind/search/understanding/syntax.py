"""Signs in a query, where the shop or the request lets them speak: "these words side by side", and -without."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from tradewind.search.filters import EVERYTHING, Filter, HasPhrase, Not, all_of
from tradewind.search.text import stem, words

EXACT_PHRASE: Final = "exactPhrase"
EXCLUDE_WORDS: Final = "excludeWords"

# At the beginning of a word only: "t-shirt" and "a - b" exclude nothing. In quotes it is a sign like any other.
_SIGNS = re.compile(r'(?P<minus>(?<!\S)-(?=[^\s-]))?(?:"(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Syntax:
    """A query without what it excludes; quotes stay, for the words in them are searched as they stand."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def filter(self, language: str, attributes: tuple[str, ...] | None) -> Filter:
        """Return what every product has to meet, whether it matches by words or by meaning."""
        required = (_phrase(each, language, attributes) for each in self.phrases)
        without = (Not(_phrase(each, language, attributes)) for each in self.excluded)
        return all_of(EVERYTHING, *required, *without)


def read_syntax(text: str, features: Collection[str]) -> Syntax:
    """Return what the signs of a normalised query say. A quote without its end says nothing: somebody is typing."""
    phrases, excluded = [], []
    kept, at = [], 0
    for found in _SIGNS.finditer(text):
        said = found["quoted"] if found["quoted"] is not None else found["word"]
        if not words(said):
            continue
        if found["minus"] and EXCLUDE_WORDS in features:
            excluded.append(said)
            kept.append(text[at : found.start()].rstrip())
            at = found.end()
        elif found["quoted"] is not None and EXACT_PHRASE in features:
            phrases.append(said)
    if excluded:
        kept.append(text[at:])
        text = "".join(kept).lstrip()
    return Syntax(text, tuple(phrases), tuple(excluded))


def is_quoted(text: str, start: int) -> bool:
    """Return whether a place of a text stands between two quotes."""
    before = text.count('"', 0, start)
    return before % 2 == 1 and before < text.count('"') // 2 * 2


def _phrase(text: str, language: str, attributes: tuple[str, ...] | None) -> HasPhrase:
    return HasPhrase(tuple(stem(word, language) for word in words(text)), language, attributes)
