"""Price phrases: "under 30", "£20-£30", "between 10 and 20 euros" become filters, and leave the words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tradewind.search.filters import Filter, NumberIs, NumberWithin, Operator

_SIGN = r"[£$€¥₹]"
_WORD = r"(?:pounds?|quid|dollars?|bucks|euros?|yen|rupees|gbp|usd|eur|chf|cad|aud|jpy|inr)\b"
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"


def _amount(name: str) -> str:
    """Return the pattern of an amount: group `name` the figure, group `name`_c what makes it money."""
    return (
        rf"(?:(?P<{name}_s>{_SIGN})\s?)?(?P<{name}>{_FIGURE})(?![\d.,]*\d)"
        rf"(?:\s?(?P<{name}_w>{_SIGN}|{_WORD}))?(?![^\W_]|['\"″′%°])"
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words before an amount, and what they say. "over the door" has no amount and is none of them.
_BEFORE: tuple[tuple[str, Operator], ...] = (
    (r"(?:priced |costing )?(?:under|below|beneath|less than|cheaper than|lower than)(?: the price of)?", "<"),
    (r"(?:up to|no more than|not more than|at most|maximum(?: of| price(?: of)?)?|max\.?(?: price)?|<=)", "<="),
    (r"(?:with )?(?:a )?budget(?: of|:)?", "<="),
    (r"(?:priced |costing )?(?:over|above|more than|higher than)", ">"),
    (r"(?:at least|from|starting at|minimum(?: of| price(?: of)?)?|min\.?(?: price)?|no less than|>=)", ">="),
    (r"<", "<"),
    (r">", ">"),
)
_AFTER: tuple[tuple[str, Operator], ...] = (
    (r"(?:or|and) (?:less|under|below|cheaper|lower)|max(?:imum)?", "<="),
    (r"(?:or|and) (?:more|over|above|up|higher)|\+|min(?:imum)?", ">="),
)
# These say a price only beside money: "sizes from 3".
_NEEDS_MONEY = re.compile(r"min\.?|from|<|>|<=|>=|\+|min(?:imum)?")


@cache
def _ranges() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of ranges. Made when a query first has a number: that takes as long as some answers."""
    return (
        re.compile(rf"\bbetween {_amount('low')}(?: and | to | ?[-–—] ?){_amount('high')}", re.I),
        re.compile(rf"(?:\bfrom )?(?<![\w.,]){_amount('low')}(?: to | ?[-–—] ?){_amount('high')}", re.I),
    )


@cache
def _limits() -> tuple[tuple[re.Pattern[str], Operator], ...]:
    """Return the patterns of limits, each with what it says."""
    before = (
        (re.compile(rf"(?<![\w])(?P<said>{said}) ?{_amount('limit')}", re.I), operator) for said, operator in _BEFORE
    )
    after = (
        (re.compile(rf"(?<![\w.,]){_amount('limit')} ?(?P<said>{said})(?!\w)", re.I), operator)
        for said, operator in _AFTER
    )
    return (*before, *after)


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
# Who or what comes before a number that is an age or a name.
_BEARERS = _words(
    "age aged ages kids kid children child baby babies toddler toddlers infant infants "
    "air airmax airpods pro pepsi mad ultra nike iphone"
)


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


def price_phrases(text: str) -> list[PricePhrase]:
    """Return the price phrases of a query in order, none over another.

    English phrases. Numbers are in the currency of the shop whatever sign stands beside them. A number with a unit
    ("under 30 cm") is no price; "20-30", "from", "min" and "+" need a currency beside them.
    """
    found: list[PricePhrase] = []
    for phrase in sorted(_candidates(text), key=lambda each: (each.condition is not None, each.start)):
        if all(phrase.end <= other.start or other.end <= phrase.start for other in found):
            found.append(phrase)
    return sorted(found, key=lambda each: each.start)


def without(text: str, phrases: list[PricePhrase]) -> str:
    """Return the text without the phrases."""
    for phrase in reversed(phrases):
        text = f"{text[: phrase.start].rstrip()} {text[phrase.end :].lstrip()}"
    return text.lstrip()


def _candidates(text: str) -> Iterator[PricePhrase]:
    if not re.search(r"\d", text):
        return
    for pattern in _ranges():
        for found in pattern.finditer(text):
            money = _is_money(found, "low") or _is_money(found, "high")
            named = found[0].lower().startswith("between")
            if not money and (not named or _measures(text, found)):
                continue
            low, high = sorted((_figure(found["low"]), _figure(found["high"])))
            yield PricePhrase(None, low, high, found.start(), found.end())
    for pattern, operator in _limits():
        for found in pattern.finditer(text):
            if not _is_money(found, "limit"):
                said = found["said"].lower()
                if (_NEEDS_MONEY.fullmatch(said)) or _measures(text, found):
                    continue
            limit = _figure(found["limit"])
            yield PricePhrase(operator, limit, limit, found.start(), found.end())


def _is_money(found: re.Match[str], name: str) -> bool:
    return bool(found[f"{name}_s"] or found[f"{name}_w"])


def _measures(text: str, found: re.Match[str]) -> bool:
    """Return whether the number without a currency is a size, an age or part of a name."""
    after = re.findall(r"[^\W_]+", text[found.end() : found.end() + 40].lower())[:2]
    before = re.findall(r"[^\W_]+", text[: found.start()].lower())[-1:]
    if before and before[0] in _BEARERS:
        return True
    if re.match(r"\s?[-/×x*]\s?\d", text[found.end() :]):  # "under 30 x 40"
        return True
    if not after:
        return False
    if after[0] == "in":  # inches at the end or before "wide"; "under 30 in red" is a price
        return len(after) == 1 or after[1] in _DIMENSIONS
    return after[0] in _UNITS or after[0] in _DIMENSIONS


def _figure(text: str) -> float:
    """Return the number of "1,000.50", "30,50" or "30"."""
    if re.fullmatch(r"\d{1,9},\d{1,2}", text):
        return float(text.replace(",", "."))
    return float(text.replace(",", ""))
