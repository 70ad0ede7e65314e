"""Prices of files into minor units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.catalog.money import currency_code, currency_in, major_of, minor_of
from tradewind.errors import InputError


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("12.50", "GBP", 1250),
        (12.5, "GBP", 1250),
        (19.99, "GBP", 1999),  # 19.99 as a double is 19.989999...: its text counts
        ("£1,299.00", "GBP", 129900),
        ("1.299,00 €", "EUR", 129900),
        ("1 299,00", "EUR", 129900),
        ("1'299.50", "CHF", 129950),
        ("12,50", "EUR", 1250),
        ("1,299", "USD", 129900),
        ("1.299.000", "EUR", 129900000),
        ("0.005", "GBP", 1),  # half a penny is rounded up
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        (0, "GBP", 0),
    ],
)
def test_a_price_is_read_as_people_write_it(price: object, currency: str, minor: int) -> None:
    assert minor_of(price, currency) == minor


@pytest.mark.parametrize("price", ["free", "", "-1", -0.01, "nan", float("inf"), True, "1e30", "5 or 6", "£"])
def test_what_is_no_price_is_refused(price: object) -> None:
    with pytest.raises(InputError, match="price"):
        minor_of(price, "GBP")


@given(st.integers(0, 10**12), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_minor_units_come_back_from_major_ones(minor: int, currency: str) -> None:
    assert minor_of(major_of(minor, currency), currency) == minor


def test_a_currency_is_told_by_its_code_or_a_sign_of_one_currency() -> None:
    assert [currency_code(each) for each in ("gbp", " EUR ", "£")] == ["GBP", "EUR", "GBP"]
    assert [currency_in(each) for each in ("£5", "$5", 5)] == ["GBP", None, None]
    with pytest.raises(InputError, match="ISO 4217"):
        currency_code("pounds")
