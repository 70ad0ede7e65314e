"""Values as clients send them: ids as numbers, numbers as texts. None stands for a value that cannot be read."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

PRICE_PLACES: Final = 6  # decimal(18,6), as the prices of sales
MONEY_PLACES: Final = 3  # decimal(18,3)
_DIGITS: Final = 18
_LARGEST_WHOLE: Final = 2**63 - 1  # bigint

# ASCII only: Decimal itself also takes "1_000", "NaN" and the digits of other scripts.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def text_of(value: object) -> str | None:
    """Return a text trimmed, a whole number as its digits (22423.0 too), None for anything else or nothing."""
    if value is None:
        return None
    if type(value) is str:
        return value.strip() or None
    if type(value) is int:
        return str(value)
    if type(value) is float and value.is_integer():
        return str(int(value))
    return None


def decimal_of(value: object) -> Decimal | None:
    """Return the number that `value` is or spells, exactly; None for NaN, infinities, booleans and "1,299.00"."""
    if type(value) is str:
        text = value.strip()
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    if type(value) is int or (type(value) is float and value - value == 0):  # infinities less themselves are NaN
        return Decimal(repr(value))
    return None


def fixed(number: Decimal, *, places: int) -> str | None:
    """Return `number` with at most `places` decimals, rounded half up, no exponent: "12.5", "0", "-3".

    None where it has more than 18 digits then, which no column holds.
    """
    limit = _DIGITS - places
    if number.adjusted() >= limit:
        return None if number else "0"
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if rounded.adjusted() >= limit:
        return None
    text = format(rounded, "f").rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def is_absent(value: object) -> bool:
    """Say whether a client sent nothing: no value, null or an empty text."""
    return value is None or value == ""


def price_of(value: object) -> tuple[str | None, str | None]:
    """Return a price as fixed() writes it and None; else None and the flag that says why, if anything was sent."""
    if type(value) in (float, int, str):
        return _price_of(value)
    return None, None if value is None else "price_unreadable"


def quantity_of(value: object) -> tuple[int | None, str | None]:
    """Return a whole number of at least 0 and None; else None and the flag that says why, if anything was sent."""
    if type(value) is int and 0 <= value <= _LARGEST_WHOLE:
        return value, None
    if is_absent(value):
        return None, None
    number = decimal_of(value)
    if number is not None and number < 0:
        return None, "quantity_negative"
    whole = whole_of(value)
    return whole, "quantity_unreadable" if whole is None else None


def whole_of(value: object, *, largest: int = _LARGEST_WHOLE) -> int | None:
    """Return the whole number that `value` is or spells ("2", 2.0); None for 1.5 and beyond +-`largest`."""
    if value is None:
        return None
    if type(value) is int:
        return value if -largest <= value <= largest else None
    number = decimal_of(value)
    if number is None or abs(number) > largest or number != number.to_integral_value():
        return None
    return int(number)


# The same few prices come again and again.
@lru_cache(maxsize=16_384, typed=True)
def _price_of(value: object) -> tuple[str | None, str | None]:
    if is_absent(value):
        return None, None
    number = decimal_of(value)
    if number is not None and number < 0:
        return None, "price_negative"
    text = None if number is None else fixed(number, places=PRICE_PLACES)
    return text, "price_unreadable" if text is None else None
