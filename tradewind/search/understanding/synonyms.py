"""The synonyms of a shop, ready for looking up what stands in a query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tradewind.catalog.synonyms import Synonym
from tradewind.search.text import stem, stop_words, tokens

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """Words that a product may hold instead of those that were looked up."""

    text: str
    terms: Stems
    typos: int = 0  # alternative corrections count as typos


@dataclass(frozen=True, slots=True)
class SynonymBook:
    """Expansions by the stems of the words they stand for."""

    entries: Mapping[Stems, tuple[Expansion, ...]]
    longest: int  # words of the longest key

    def found_in(self, stems: Sequence[str]) -> Iterator[tuple[int, int, Expansion]]:
        """Yield (start, end, expansion) for every run of words that has synonyms."""
        for start in range(len(stems)):
            for end in range(start + 1, min(start + self.longest, len(stems)) + 1):
                for expansion in self.entries.get(tuple(stems[start:end]), ()):
                    yield start, end, expansion


NO_SYNONYMS = SynonymBook({}, 0)


def synonym_book(synonyms: tuple[Synonym, ...], language: str) -> SynonymBook:
    """Return the book of a shop's synonyms. The last few books are kept: thousands of synonyms take milliseconds."""
    return _book(_Identity(synonyms), language) if synonyms else NO_SYNONYMS


@dataclass(frozen=True, slots=True, eq=False)
class _Identity:
    """Synonyms compared by identity: they are frozen, and comparing thousands for each query is slow."""

    synonyms: tuple[Synonym, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.synonyms is self.synonyms

    def __hash__(self) -> int:
        return id(self.synonyms)


@lru_cache(maxsize=16)
def _book(held: _Identity, language: str) -> SynonymBook:
    entries: dict[Stems, dict[Stems, Expansion]] = {}
    for synonym in held.synonyms:
        for source, target, typos in _directions(synonym):
            key, terms = _stems(source, language), _content(target, language)
            if key and terms and key != terms:
                entries.setdefault(key, {}).setdefault(terms, Expansion(target, terms, typos))
    return SynonymBook(
        {key: tuple(expansions.values()) for key, expansions in entries.items()}, max(map(len, entries), default=0)
    )


def _directions(synonym: Synonym) -> Iterator[tuple[str, str, int]]:
    """Yield (what is typed, what it finds too, typos that this counts as)."""
    given = synonym.input or ""
    match synonym.kind:
        case "synonym":
            yield from ((one, other, 0) for one in synonym.words for other in synonym.words if one != other)
        case "onewaysynonym":
            yield from ((given, word, 0) for word in synonym.words)
        case "altcorrection1":
            yield from ((given, word, 1) for word in synonym.words)
        case "altcorrection2":
            yield from ((given, word, 2) for word in synonym.words)
        case "placeholder":  # records hold the token, queries one of the words
            yield from ((word, given, 0) for word in synonym.words)


def _stems(text: str, language: str) -> Stems:
    return tuple(stem(token.word, language) for token in tokens(text))


def _content(text: str, language: str) -> Stems:
    """Return the stems of a text without stop words, unless there is nothing else."""
    idle = stop_words(language)
    kept = tuple(stem(token.word, language) for token in tokens(text) if token.word not in idle)
    return kept or _stems(text, language)
