"""The words of a query and every way in which a product may match each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tradewind.catalog.settings import IndexSettings, QueryType
from tradewind.search.encoder import WordList
from tradewind.search.index import Vocabulary
from tradewind.search.plan import Alternative, Word
from tradewind.search.text import Token, stem, stop_words, tokens
from tradewind.search.understanding.spelling import KNOWN, Context, Spelling, may_be_mistyped, respelled
from tradewind.search.understanding.synonyms import NO_SYNONYMS, SynonymBook

MAX_WORDS = 32  # of a query; later ones are not looked for (the encoder reads them)
MAX_BESIDE = 8  # other words that tell what a misspelt one may be

# Factors of the score: what was typed counts most.
PREFIX_OF_KNOWN = 0.5  # "lamp" finds lampshades behind lamps
PREFIX_OF_UNKNOWN = 0.9
TYPO = 0.9
OTHER_TYPO = 0.5  # a correction that is not the likeliest
SYNONYM = 0.9
JOINED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the words are to be read."""

    query_type: QueryType = "prefixLast"
    typos: bool = True
    remove_stop_words: bool = True
    phrases: bool = False  # text in quotes is searched for as it stands
    optional: frozenset[str] = frozenset()  # folded words that need not match
    dictionary: WordList | None = None  # words of the language: right however few products hold them


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsRead:
    """The words of a query as read. `text` is the query with corrected words: what the encoder is given."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, str], ...] = ()
    text: str = ""
    corrections: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()


@dataclass(slots=True)
class _Typed:
    """A word on its way."""

    token: Token
    literal: bool  # in quotes
    prefix: bool = False
    known: bool = False
    spelling: Spelling = KNOWN
    others: list[Alternative] = field(default_factory=list)  # synonyms, joined words

    @property
    def searched(self) -> str:
        """What it most likely stands for."""
        return self.spelling.words[0].word if self.spelling.words else self.token.word


def read_words(
    text: str,
    *,
    settings: IndexSettings,
    vocabulary: Vocabulary,
    synonyms: SynonymBook = NO_SYNONYMS,
    options: Options,
) -> WordsRead:
    """Return the words of a normalised query, each with its alternatives."""
    language = settings.language
    typed = [_Typed(token, literal) for token, literal in _literal_tokens(text, options)][:MAX_WORDS]
    if not typed:
        return WordsRead(text=text.strip())
    _mark_prefixes(typed, text, options)
    _spell(typed, vocabulary, settings, options)
    used = _add_synonyms(typed, synonyms, language)
    _join(typed, vocabulary, language)
    kept = _without_stop_words(typed, stop_words(language) if options.remove_stop_words else frozenset())
    return WordsRead(
        words=tuple(_word(each, language, options) for each in kept),
        phrases=_neighbours(kept, language),
        text=_corrected(text, typed, vocabulary),
        corrections={each.token.word: made for each in kept if (made := _correction(each))},
        removed=tuple(each.token.word for each in typed if each not in kept),
        synonyms=tuple(dict.fromkeys(used)),
    )


def _literal_tokens(text: str, options: Options) -> list[tuple[Token, bool]]:
    """Return the tokens and whether each stands in quotes."""
    found = tokens(text)
    if not options.phrases or '"' not in text:
        return [(token, False) for token in found]
    closed = text.count('"') // 2 * 2  # an open quote is somebody still typing
    return [(token, (before := text.count('"', 0, token.start)) % 2 == 1 and before < closed) for token in found]


def _mark_prefixes(typed: Sequence[_Typed], text: str, options: Options) -> None:
    """Mark the words that may be beginnings: with prefixLast the last one, unless something follows it."""
    if options.query_type == "prefixNone":
        return
    for each in typed if options.query_type == "prefixAll" else typed[-1:]:
        each.prefix = not each.literal and (each is not typed[-1] or each.token.end == len(text))


def _spell(typed: Sequence[_Typed], vocabulary: Vocabulary, settings: IndexSettings, options: Options) -> None:
    language = settings.language
    doubted, telling = [], []  # words that may be wrong; stems that say something of the words beside them
    for each in typed:
        word = each.token.word
        products = vocabulary.products_with(word)
        each.known = products > 0
        if options.typos and not each.literal and may_be_mistyped(word, products, settings):
            doubted.append(each)
        if each.known and word not in stop_words(language):
            telling.append(stem(word, language))
    if not doubted:
        return
    told = tuple(dict.fromkeys(telling))[:MAX_BESIDE]
    stems = [stem(each.token.word, language) for each in doubted]
    for each, root, standing in zip(doubted, stems, vocabulary.standing(tuple(stems), told), strict=True):
        beside = tuple(other for other in told if other != root)
        context = Context(beside=beside, beginning=each.prefix, dictionary=options.dictionary)
        each.spelling = respelled(
            each.token.word, vocabulary=vocabulary, settings=settings, context=context, standing=standing
        )


def _add_synonyms(typed: Sequence[_Typed], synonyms: SynonymBook, language: str) -> list[str]:
    """Give the words of every phrase that has synonyms its alternatives; return them for people."""
    used = []
    for start, end, expansion in synonyms.found_in([stem(each.searched, language) for each in typed]):
        run = typed[start:end]
        if any(each.literal for each in run):
            continue
        used.append(f"{' '.join(each.searched for each in run)} → {expansion.text}")
        # A phrase of several words earns the score of its synonym once, not for each word.
        alternative = Alternative(
            terms=expansion.terms, kind="synonym", typos=expansion.typos, weight=SYNONYM / len(run)
        )
        for each in run:
            each.others.append(alternative)
    return used


def _join(typed: Sequence[_Typed], vocabulary: Vocabulary, language: str) -> None:
    """Let "t shirt" find "tshirt" where the index knows it."""
    for one, other in pairwise(typed):
        joined = one.token.word + other.token.word
        if not (one.literal or other.literal) and len(joined) > 3 and vocabulary.products_with(joined):
            alternative = Alternative(terms=(stem(joined, language),), kind="joined", weight=JOINED / 2)
            one.others.append(alternative)
            other.others.append(alternative)


def _without_stop_words(typed: list[_Typed], idle: frozenset[str]) -> list[_Typed]:
    """Return the words that carry meaning; all of them where none does."""
    kept = [each for each in typed if each.literal or each.token.word not in idle]
    return kept or typed


def _word(each: _Typed, language: str, options: Options) -> Word:
    word = each.token.word
    alternatives = [Alternative(terms=(stem(word, language),))]
    if each.prefix:
        weight = PREFIX_OF_KNOWN if each.known else PREFIX_OF_UNKNOWN
        alternatives.append(Alternative(terms=(word,), kind="prefix", weight=weight, prefix=True))
    for place, known in enumerate(each.spelling.words):
        weight = OTHER_TYPO if place else TYPO
        alternatives.append(
            Alternative(terms=(stem(known.word, language),), kind="typo", typos=known.edits, weight=weight)
        )
    if each.spelling.split:
        terms = tuple(stem(part, language) for part in each.spelling.split)
        alternatives.append(Alternative(terms=terms, kind="split", typos=1, weight=TYPO))
    return Word(text=word, alternatives=_distinct([*alternatives, *each.others]), optional=word in options.optional)


def _distinct(alternatives: list[Alternative]) -> tuple[Alternative, ...]:
    """Return the alternatives without those whose terms came before."""
    first: dict[tuple[tuple[str, ...], bool], Alternative] = {}
    for each in alternatives:
        first.setdefault((each.terms, each.prefix), each)
    return tuple(first.values())


def _neighbours(kept: Sequence[_Typed], language: str) -> tuple[tuple[str, str], ...]:
    stems = [stem(each.searched, language) for each in kept]
    return tuple(dict.fromkeys(pair for pair in pairwise(stems) if pair[0] != pair[1]))


def _correction(each: _Typed) -> str | None:
    if each.spelling.words:
        return each.spelling.words[0].word
    return " ".join(each.spelling.split) if each.spelling.split else None


def _corrected(text: str, typed: Sequence[_Typed], vocabulary: Vocabulary) -> str:
    """Return the text with its unknown words replaced, the beginning of a word by the likeliest whole one."""
    for each in reversed(typed):
        instead = _correction(each)
        if not instead and each.prefix and not each.known:
            likely = vocabulary.beginning(each.token.word, 1)
            instead = likely[0].word if likely else None
        if instead:
            text = text[: each.token.start] + instead + text[each.token.end :]
    return text.strip()
