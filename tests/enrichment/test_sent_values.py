import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.events.enrichment.sent_values import decimal_of, fixed, price_of, quantity_of, text_of, whole_of


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("22423", "22423"),
        (" 22423\n", "22423"),
        (22423, "22423"),
        (22423.0, "22423"),
        ("", None),
        ("  ", None),
        (None, None),
        (True, None),
        (1.5, None),
        (math.nan, None),
        (math.inf, None),
        ({"id": 1}, None),
        ([1], None),
    ],
)
def test_an_id_is_a_text_or_a_whole_number(sent: Any, text: str | None) -> None:
    assert text_of(sent) == text


@pytest.mark.parametrize(
    ("sent", "price"),
    [
        (12.5, "12.5"),
        ("12.50", "12.5"),
        (12, "12"),
        (12.0, "12"),
        (0, "0"),
        (-0.0, "0"),
        (" 2.55 ", "2.55"),
        ("1.25e1", "12.5"),
        (1e-7, "0"),
        (5e-7, "0.000001"),  # half up
        (0.0000014, "0.000001"),
        ("0e999", "0"),
        (999_999_999_999, "999999999999"),  # twelve digits before the point and six behind: decimal(18,6)
        ("0.1234565", "0.123457"),
    ],
)
def test_a_price_is_a_decimal_with_at_most_six_places(sent: Any, price: str) -> None:
    assert price_of(sent) == (price, None)


@pytest.mark.parametrize(
    "sent",
    [
        *("1,299.00", "£12", "NaN", "Infinity", "1_000", "١٢", "12 GBP", "1e99999", "--1", "."),
        *(math.nan, math.inf, True, [1], {"amount": 1}, 1e12, 10**30, "999999999999.9999999", "1e9999"),
    ],
)
def test_an_unreadable_price_is_null_and_flagged(sent: Any) -> None:
    assert price_of(sent) == (None, "price_unreadable")


@pytest.mark.parametrize("sent", [-1, -0.01, "-3", -1e300])
def test_a_negative_price_is_null_and_flagged(sent: Any) -> None:
    assert price_of(sent) == (None, "price_negative")


@pytest.mark.parametrize("sent", [None, ""])
def test_what_was_not_sent_is_not_flagged(sent: Any) -> None:
    assert price_of(sent) == (None, None)
    assert quantity_of(sent) == (None, None)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (6, (6, None)),
        (1.0, (1, None)),
        ("2", (2, None)),
        ("2.0", (2, None)),
        (0, (0, None)),
        (2**63 - 1, (2**63 - 1, None)),
        (1.5, (None, "quantity_unreadable")),
        (2**63, (None, "quantity_unreadable")),
        ("two", (None, "quantity_unreadable")),
        (True, (None, "quantity_unreadable")),
        (math.nan, (None, "quantity_unreadable")),
        ([3], (None, "quantity_unreadable")),
        (-3, (None, "quantity_negative")),
        ("-1.5", (None, "quantity_negative")),
    ],
)
def test_a_quantity_is_a_whole_number_of_at_least_nothing(sent: Any, read: tuple[int | None, str | None]) -> None:
    assert quantity_of(sent) == read


def test_a_position_may_be_bounded() -> None:
    assert whole_of(2**31 - 1, largest=2**31 - 1) == 2**31 - 1
    assert whole_of(2**31, largest=2**31 - 1) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**11, places=9))
def test_a_price_is_rounded_half_up_whatever_its_digits(number: Decimal) -> None:
    text, flag = price_of(str(number))
    assert flag is None
    assert text is not None
    assert Decimal(text) == number.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)
    assert "e" not in text.lower()
    assert text == "0" or not text.startswith("0") or text.startswith("0.")


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none(), st.lists(st.integers())))
def test_no_value_makes_the_readers_raise(value: Any) -> None:
    price, price_flag = price_of(value)
    quantity, quantity_flag = quantity_of(value)
    assert price is None or price_flag is None
    assert quantity is None or quantity_flag is None
    text_of(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_was_written(number: float) -> None:
    assert decimal_of(number) == decimal_of(repr(number)) == Decimal(repr(number))


def test_what_rounds_up_to_a_digit_too_many_does_not_fit() -> None:
    assert fixed(Decimal("99.9994"), places=3) == "99.999"
    assert fixed(Decimal(10) ** 15 - Decimal("0.0005"), places=3) is None
