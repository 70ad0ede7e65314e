"""Amounts of money: texts of files into minor units."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from tradewind.errors import InputError

# ISO 4217: currencies whose minor unit is not a hundredth.
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_SIGNS = {"£": "GBP", "€": "EUR", "₹": "INR", "₩": "KRW", "₺": "TRY", "zł": "PLN"}  # "$" and "¥" are of several
_CODE = re.compile(r"[A-Za-z]{3}")
_NUMBER = re.compile(r"-?[\d.,'\u00a0\u202f ]*\d[\d.,]*")
_MOST = Decimal(10) ** 12


def minor_digits(currency: str) -> int:
    """Return the decimals of a currency: 2 for GBP, 0 for JPY."""
    return _DIGITS.get(currency, 2)


def currency_code(text: Any) -> str:
    """Return a currency as ISO 4217 writes it. Raises: InputError for anything but three letters or a known sign."""
    told = str(text).strip()
    code = _SIGNS.get(told, told.upper())
    if not _CODE.fullmatch(code):
        raise InputError("currency", repr(told), "give a code of ISO 4217, such as GBP")
    return code


def currency_in(price: Any) -> str | None:
    """Return the currency whose sign stands in a price; None where there is none or it is of several currencies."""
    return next((code for sign, code in _SIGNS.items() if isinstance(price, str) and sign in price), None)


def minor_of(price: Any, currency: str) -> int:
    """Return a price in minor units, halves rounded up: minor_of("12.50", "GBP") is 1250.

    Raises: InputError for what is no amount, or a negative or an absurd one.
    """
    amount = _amount(price)
    if amount < 0 or amount > _MOST:
        raise InputError("price", repr(price), "give an amount from 0 to 10^12")
    return int(amount.scaleb(minor_digits(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def major_of(minor: int, currency: str) -> int | float:
    """Return an amount in major units as a JSON number."""
    digits = minor_digits(currency)
    return minor / 10**digits if digits else minor


def _amount(price: Any) -> Decimal:
    if isinstance(price, bool):
        raise InputError("price", repr(price), "give a number")
    text = str(price).strip()
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = _written(text)
    if not amount.is_finite():
        raise InputError("price", repr(text), "give a number, such as 12.50")
    return amount


def _written(text: str) -> Decimal:
    """Return the one number of a text, as people write it. Raises: InputError for none or several."""
    found = _NUMBER.findall(text)
    try:
        (number,) = found
        return Decimal(_plain(number))
    except (ValueError, InvalidOperation) as error:
        raise InputError("price", f"{text!r:.60}", "give a number, such as 12.50") from error


def _plain(number: str) -> str:
    """Return a number with a point before its decimals and nothing between its thousands.

    The last of several kinds of signs is before the decimals; a lone comma is, unless three digits follow.
    """
    number = re.sub(r"['\u00a0\u202f ]", "", number)
    comma, point = number.rfind(","), number.rfind(".")
    if comma > point:
        decimals = len(number) - comma - 1
        is_decimal = point >= 0 or (number.count(",") == 1 and decimals != 3)
        return number.replace(".", "").replace(",", ".") if is_decimal else number.replace(",", "")
    return number.replace(",", "") if number.count(".") <= 1 else number.replace(".", "")
