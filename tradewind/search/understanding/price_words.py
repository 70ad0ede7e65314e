"""How people say what something may cost, in the languages that are read: words around an amount, and what they mean.

Patterns are written as queries are typed: accents may be missing. What is not listed is no price.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tradewind.search.filters import Operator

Said = tuple[tuple[str, Operator], ...]

_DASH: Final = " ?[-–—] ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Words before the lower amount, and between the two; `named`: they say a range even without a currency."""

    before: str
    between: str
    named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceWords:
    """The words of one language. Patterns are regular expressions without anchors."""

    money: str  # words that make a number an amount of money
    thousands: str  # characters between groups of three digits
    ranges: tuple[Range, ...]
    before: Said
    after: Said
    ambiguous: str  # of those above: a price only beside money
    bearers: frozenset[str]  # folded words before a number that is an age or a name
    # A number without a currency is a price only where nothing but a word without meaning follows, as nobody has listed
    # the units of the language.
    strict: bool = True


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of products with a number in them, in any language.
_NAMES: Final = "air airmax airpods pro pepsi mad ultra nike iphone max"

ENGLISH: Final = PriceWords(
    money=r"(?:pounds?|quid|dollars?|bucks|euros?|yen|rupees|gbp|usd|eur|chf|cad|aud|jpy|inr)\b",
    thousands=",",
    ranges=(
        Range(before=r"\bbetween ", between=rf"(?: and | to |{_DASH})", named=True),
        Range(before=r"(?:\bfrom )?(?<![\w.,])", between=rf"(?: to |{_DASH})", named=False),
    ),
    before=(
        (r"(?:priced |costing )?(?:under|below|beneath|less than|cheaper than|lower than)(?: the price of)?", "<"),
        (r"(?:up to|no more than|not more than|at most|maximum(?: of| price(?: of)?)?|max\.?(?: price)?|<=)", "<="),
        (r"(?:with )?(?:a )?budget(?: of|:)?", "<="),
        (r"(?:priced |costing )?(?:over|above|more than|higher than)", ">"),
        (r"(?:at least|from|starting at|minimum(?: of| price(?: of)?)?|min\.?(?: price)?|no less than|>=)", ">="),
        (r"<", "<"),
        (r">", ">"),
    ),
    after=(
        (r"(?:or|and) (?:less|under|below|cheaper|lower)|max(?:imum)?", "<="),
        (r"(?:or|and) (?:more|over|above|up|higher)|\+|min(?:imum)?", ">="),
    ),
    ambiguous=r"min\.?|from|<|>|<=|>=|\+|min(?:imum)?",
    bearers=_words(
        "age aged ages kids kid children child baby babies toddler toddlers infant infants "
        "air airmax airpods pro pepsi mad ultra nike iphone"
    ),
    strict=False,
)

# Pounds are a weight in these languages ("30 livres", "30 libras"), and books in French.
_MONEY: Final = r"euros?|eur|usd|gbp|chf|dollars?|yen"

GERMAN: Final = PriceWords(
    money=rf"(?:{_MONEY}|franken|kronen)\b",
    thousands=".",
    ranges=(
        Range(before=r"\bzwischen ", between=rf"(?: und | bis |{_DASH})", named=True),
        Range(before=r"(?:\bvon )?(?<![\w.,])", between=rf"(?: bis |{_DASH})", named=False),
    ),
    before=(
        (r"(?:unter|weniger als|billiger als|g(?:ü|ue|u)nstiger als)", "<"),
        (r"(?:bis(?: zu)?|h(?:ö|oe|o)chstens|maximal|max\.?|nicht mehr als)", "<="),
        (r"budget(?: von|:)?", "<="),
        (r"(?:(?:ü|ue)ber|mehr als|teurer als)", ">"),
        (r"(?:ab|mindestens|min\.?)", ">="),
    ),
    after=(
        (r"(?:oder|und) (?:weniger|g(?:ü|ue|u)nstiger|billiger)|max(?:imal)?|h(?:ö|oe|o)chstens", "<="),
        (r"(?:oder|und) mehr|mindestens|\+", ">="),
    ),
    ambiguous=r"bis(?: zu)?|max\.?|maximal|(?:ü|ue)ber|ab|min\.?|\+",
    bearers=_words(f"alter kind kinder kindern baby babys jungen madchen maedchen jugendliche {_NAMES}"),
)

FRENCH: Final = PriceWords(
    money=rf"(?:{_MONEY}|francs?)\b",
    thousands=". ",
    ranges=(
        Range(before=r"\bentre ", between=rf"(?: et |{_DASH})", named=True),
        Range(before=r"(?:\bde )?(?<![\w.,])", between=rf"(?: [àa] |{_DASH})", named=False),
    ),
    before=(
        (r"(?:[àa] )?(?:moins de|en[- ]dessous de|moins ch[eè]re?s? que|sous)", "<"),
        (r"(?:jusqu['’ ]?[àa]|au plus|pas plus de|maximum|max\.?)", "<="),
        (r"budget(?: de| :|:)?", "<="),
        (r"(?:[àa] )?(?:plus de|au[- ]dessus de|plus ch[eè]re?s? que)", ">"),
        (r"(?:[àa] partir de|au moins|d[eè]s|minimum|min\.?)", ">="),
    ),
    after=(
        (r"(?:ou|et) moins|max(?:imum)?|au plus", "<="),
        (r"(?:ou|et) plus|min(?:imum)?|au moins|\+", ">="),
    ),
    ambiguous=r"sous|jusqu['’ ]?[àa]|max\.?|maximum|[àa] partir de|d[eè]s|min\.?|minimum|plus de|[àa] plus de|\+",
    bearers=_words(f"age ages enfant enfants bebe bebes fille filles garcon garcons ado ados {_NAMES}"),
)

SPANISH: Final = PriceWords(
    money=rf"(?:{_MONEY}|d[oó]lar(?:es)?|pesos?|francos?)\b",
    thousands=".",
    ranges=(
        Range(before=r"\bentre ", between=rf"(?: y |{_DASH})", named=True),
        Range(before=r"(?:\b(?:de|desde) )?(?<![\w.,])", between=rf"(?: a | hasta |{_DASH})", named=False),
    ),
    before=(
        (r"(?:por )?(?:menos de|debajo de|m[aá]s barat[oa]s? que)", "<"),
        (r"(?:hasta|como m[aá]ximo|no m[aá]s de|m[aá]ximo|max\.?)", "<="),
        (r"presupuesto(?: de|:)?", "<="),
        (r"(?:por )?(?:m[aá]s de|encima de|m[aá]s car[oa]s? que)", ">"),
        (r"(?:desde|a partir de|al menos|como m[ií]nimo|m[ií]nimo|min\.?)", ">="),
    ),
    after=(
        (r"(?:o|y) menos|como m[aá]ximo|m[aá]ximo|max", "<="),
        (r"(?:o|y) m[aá]s|como m[ií]nimo|m[ií]nimo|min|\+", ">="),
    ),
    ambiguous=r"hasta|m[aá]ximo|max\.?|desde|a partir de|m[ií]nimo|min\.?|(?:por )?m[aá]s de|\+",
    bearers=_words(f"edad edades nino ninos nina ninas bebe bebes hijo hija {_NAMES}"),
)

ITALIAN: Final = PriceWords(
    money=rf"(?:{_MONEY}|dollar[oi]|sterlin[ae]|franch[oi]|franco)\b",
    thousands=".",
    ranges=(
        Range(before=r"\b(?:tra|fra)(?: i)? ", between=rf"(?: e(?: i)? |{_DASH})", named=True),
        Range(before=r"(?:\b(?:da|dai) )?(?<![\w.,])", between=rf"(?: a | ai |{_DASH})", named=False),
    ),
    before=(
        (r"(?:(?:a )?meno di|al di sotto di|sotto(?: i| ai)?|pi[uù] economic[oaheiì]+ di)", "<"),
        (r"(?:fino a|al massimo|non pi[uù] di|massimo|max\.?)", "<="),
        (r"budget(?: di|:)?", "<="),
        (r"(?:pi[uù] di|al di sopra di|sopra(?: i| ai)?|oltre(?: i)?)", ">"),
        (r"(?:a partire da|almeno|minimo|da|min\.?)", ">="),
    ),
    after=(
        (r"(?:o|e) meno|al massimo|massimo|max", "<="),
        (r"(?:o|e) pi[uù]|in su|minimo|min|\+", ">="),
    ),
    ambiguous=(
        r"sotto(?: i| ai)?|fino a|massimo|max\.?|sopra(?: i| ai)?|oltre(?: i)?|pi[uù] di|a partire da|minimo|da|min\.?"
        r"|in su|\+"
    ),
    bearers=_words(f"eta bambino bambini bambina bambine neonato neonati ragazzo ragazzi ragazza ragazze {_NAMES}"),
)

DUTCH: Final = PriceWords(
    money=rf"(?:euro['’]s|{_MONEY}|franken)\b",
    thousands=".",
    ranges=(
        Range(before=r"\btussen(?: de)? ", between=rf"(?: en(?: de)? | tot |{_DASH})", named=True),
        Range(before=r"(?:\bvan )?(?<![\w.,])", between=rf"(?: tot |{_DASH})", named=False),
    ),
    before=(
        (r"(?:onder(?: de)?|minder dan|goedkoper dan|beneden(?: de)?)", "<"),
        (r"(?:tot(?: en met)?|hoogstens|ten hoogste|maximaal|max\.?|niet meer dan)", "<="),
        (r"budget(?: van|:)?", "<="),
        (r"(?:boven(?: de)?|meer dan|duurder dan)", ">"),
        (r"(?:vanaf|minstens|ten minste|minimaal|min\.?)", ">="),
    ),
    after=(
        (r"(?:of|en) (?:minder|goedkoper)|max(?:imaal)?", "<="),
        (r"(?:of|en) meer|min(?:imaal)?|\+", ">="),
    ),
    ambiguous=r"tot(?: en met)?|maximaal|max\.?|boven(?: de)?|vanaf|minimaal|min\.?|\+",
    bearers=_words(f"leeftijd kind kinderen baby babys peuter peuters jongen jongens meisje meisjes {_NAMES}"),
)

PRICE_WORDS: Final[Mapping[str, PriceWords]] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "nl": DUTCH,
}
