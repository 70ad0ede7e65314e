"""Price phrases: "under 30", "£20-£30", "zwischen 10 und 20 Euro" become filters, and leave the words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tradewind.search.filters import Filter, NumberIs, NumberWithin, Operator
from tradewind.search.text import folded, stop_words
from tradewind.search.understanding.price_words import PRICE_WORDS, PriceWords

_SIGN = r"[£$€¥₹]"


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What is looked for in one language."""

    words: PriceWords
    ranges: tuple[tuple[re.Pattern[str], bool], ...]  # each with whether it says a range without a currency
    limits: tuple[tuple[re.Pattern[str], Operator], ...]
    ambiguous: re.Pattern[str]
    idle: frozenset[str]  # words without meaning


@cache
def _patterns(language: str) -> _Patterns:
    """Return the patterns of a language. Made when a query first has a number: that takes as long as some answers."""
    said = PRICE_WORDS[language]
    low, high, limit = (_amount(name, said) for name in ("low", "high", "limit"))
    before = ((re.compile(rf"(?<![\w])(?P<said>{words}) ?{limit}", re.I), operator) for words, operator in said.before)
    after = (
        (re.compile(rf"(?<![\w.,]){limit} ?(?P<said>{words})(?!\w)", re.I), operator) for words, operator in said.after
    )
    return _Patterns(
        words=said,
        ranges=tuple((re.compile(f"{each.before}{low}{each.between}{high}", re.I), each.named) for each in said.ranges),
        limits=(*before, *after),
        ambiguous=re.compile(said.ambiguous, re.I),
        idle=stop_words(language),
    )


def _amount(name: str, words: PriceWords) -> str:
    """Return the pattern of an amount: group `name` the figure, groups `name`_s and `name`_w what makes it money."""
    point = "." if words.thousands == "," else ","
    figure = rf"\d{{1,3}}(?:[{words.thousands}]\d{{3}})+(?:[{point}]\d{{1,2}})?|\d{{1,9}}(?:[.,]\d{{1,2}})?"
    return (
        rf"(?:(?P<{name}_s>{_SIGN})\s?)?(?P<{name}>{figure})(?![\d.,]*\d)"
        rf"(?:\s?(?P<{name}_w>{_SIGN}|{words.money}))?(?![^\W_]|['\"″′%°])"
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a number may measure instead of money, by the word after it.
_UNITS = _words(
    "mm cm m km metre metres meter meters inch inches ft foot feet yard yards yd mile miles acre acres "
    "mg g gram grams kg kilo kilos kilogram kilograms lb lbs oz ounce ounces stone ton tons tonnes ct carat carats "
    "ml cl l litre litres liter liters gallon gallons pint pints quart quarts cup cups cc cu "
    "b kb mb gb tb bit bits byte megapixel megapixels mp dpi ppi px pixels hz khz mhz ghz fps rpm "
    "v volt volts w watt watts kw kwh wh a amp amps ah mah ohm ohms lumen lumens lm nits k kelvin btu psi bar hp db "
    "c f degrees degree percent pct sec secs second seconds min mins minute minutes hr hrs hour hours day days "
    "night nights week weeks month months mo year years yr yrs old people persons person players player kids "
    "seats seater piece pieces pcs pc pack packs count rolls roll sheets pages page servings bottles bags bulbs lights "
    "speed speeds stage level levels tier tiers drawer drawers shelf shelves ply gauge ga thread tpi calories cal kcal "
    "mph kmh stars star sq square cubic size sizes x by eu us uk"
)
_DIMENSIONS = _words("tall high wide long deep length width height depth diameter")


@dataclass(frozen=True, slots=True)
class PricePhrase:
    """A phrase of a query and what it asks of the price. `text[start:end]` is the phrase."""

    condition: Operator | None  # None: a range
    low: float
    high: float  # equal to `low` where it is no range
    start: int
    end: int

    def on(self, attribute: str) -> Filter:
        """Return the phrase as a filter; both ends of a range are in it."""
        if self.condition is None:
            return NumberWithin(attribute, self.low, self.high)
        return NumberIs(attribute, self.condition, self.low)


def price_phrases(text: str, language: str = "en") -> list[PricePhrase]:
    """Return the price phrases of a query in order, none over another; none in a language that is not read.

    Numbers are in the currency of the shop whatever sign stands beside them. A number with a unit ("under 30 cm") is no
    price; "20-30", "from", "min" and "+", and their like, need a currency beside them.
    """
    base = language[:2].lower()
    if base not in PRICE_WORDS or not re.search(r"\d", text):
        return []
    found: list[PricePhrase] = []
    candidates = _candidates(text, _patterns(base))
    for phrase in sorted(candidates, key=lambda each: (each.condition is not None, each.start, -each.end)):
        if all(phrase.end <= other.start or other.end <= phrase.start for other in found):
            found.append(phrase)
    return sorted(found, key=lambda each: each.start)


def without(text: str, phrases: list[PricePhrase]) -> str:
    """Return the text without the phrases."""
    for phrase in reversed(phrases):
        text = f"{text[: phrase.start].rstrip()} {text[phrase.end :].lstrip()}"
    return text.lstrip()


def _candidates(text: str, patterns: _Patterns) -> Iterator[PricePhrase]:
    for pattern, named in patterns.ranges:
        for found in pattern.finditer(text):
            money = _is_money(found, "low") or _is_money(found, "high")
            if not money and (not named or _is_other(text, found, patterns)):
                continue
            low, high = sorted(_figure(found[name], patterns.words) for name in ("low", "high"))
            yield PricePhrase(None, low, high, found.start(), found.end())
    for pattern, operator in patterns.limits:
        for found in pattern.finditer(text):
            if not _is_money(found, "limit") and (
                patterns.ambiguous.fullmatch(found["said"]) or _is_other(text, found, patterns)
            ):
                continue
            limit = _figure(found["limit"], patterns.words)
            yield PricePhrase(operator, limit, limit, found.start(), found.end())


def _is_money(found: re.Match[str], name: str) -> bool:
    return bool(found[f"{name}_s"] or found[f"{name}_w"])


def _is_other(text: str, found: re.Match[str], patterns: _Patterns) -> bool:
    """Return whether the number without a currency is a size, an age or part of a name."""
    before = re.findall(r"[^\W_]+", folded(text[: found.start()]))[-1:]
    if before and before[0] in patterns.words.bearers:
        return True
    rest = text[found.end() :]
    return _goes_on(rest, patterns.idle) if patterns.words.strict else _measures(rest)


def _goes_on(rest: str, idle: frozenset[str]) -> bool:
    """Return whether what follows a number may belong to it: all but words without meaning that no number follows."""
    if not rest.strip():
        return False
    found = re.match(r"\s+([^\W\d_]+)(?=\s|$)(?!\s+\d)", rest)
    return found is None or folded(found[1]) not in idle


def _measures(rest: str) -> bool:
    """Return whether the words after a number are a unit, in English."""
    if re.match(r"\s?[-/×x*]\s?\d", rest):  # "under 30 x 40"
        return True
    after = re.findall(r"[^\W_]+", rest[:40].lower())[:2]
    if not after:
        return False
    if after[0] == "in":  # inches at the end or before "wide"; "under 30 in red" is a price
        return len(after) == 1 or after[1] in _DIMENSIONS
    return after[0] in _UNITS or after[0] in _DIMENSIONS


def _figure(text: str, words: PriceWords) -> float:
    """Return the number of "1,000.50", "30,50" or "30"; in other languages of "1.000,50"."""
    if re.fullmatch(r"\d{1,9}[.,]\d{1,2}", text):
        return float(text.replace(",", "."))
    return float(re.sub(f"[{words.thousands}]", "", text).replace(",", "."))
