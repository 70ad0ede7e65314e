from typing import Any

import pytest

from tests.enrichment.test_products import sent
from tradewind.events.enrichment.orders import order_id_of, revenue_of
from tradewind.events.enrichment.products import products_of

LINES = [{"sku": "85123A", "price": 2.55, "quantity": 6}, {"sku": "71053", "price": 3.39}]


def revenue(properties: dict[str, Any], interaction: str | None = "purchase") -> str | None:
    known = sent(properties)
    return revenue_of(interaction, known, products_of(known)[0])


def test_the_revenue_goes_before_everything_else() -> None:
    assert revenue({"revenue": 25, "subtotal": 24, "value": 23, "total": 30, "products": LINES}) == "25"


def test_the_subtotal_comes_next() -> None:
    assert revenue({"subtotal": "22.50", "value": 23, "total": 30, "products": LINES}) == "22.5"


def test_then_the_products_are_added_up_and_a_missing_quantity_is_one() -> None:
    assert revenue({"value": 23, "total": 30, "products": LINES}) == "18.69"  # 6 x 2.55 + 1 x 3.39 = 15.30 + 3.39


def test_products_are_not_added_up_where_one_has_no_price() -> None:
    assert revenue({"value": 23, "total": 30, "products": [*LINES, {"sku": "x"}]}) == "23"


def test_the_total_with_shipping_and_tax_comes_last() -> None:
    assert revenue({"total": 30}) == "30"


def test_ga4_says_the_value() -> None:
    items = [{"item_id": "85123A", "price": 2.55, "quantity": 6}]  # 15.30
    assert revenue({"value": 14.3, "items": items}) == "14.3"  # less a discount of 1.00
    assert revenue({"items": items}) == "15.3"


def test_an_unreadable_amount_is_passed_over() -> None:
    assert revenue({"revenue": "NaN", "subtotal": "12,50", "total": 30}) == "30"
    assert revenue({"revenue": 1e300, "total": 30}) == "30"
    assert revenue({"revenue": "?"}) is None


def test_a_negative_amount_is_no_revenue_but_a_refund_without_its_sign() -> None:
    assert revenue({"revenue": -5, "total": 30}) == "30"
    assert revenue({"revenue": -5, "total": 30}, "refund") == "5"


def test_an_amount_has_three_places_rounded_half_up() -> None:
    assert revenue({"revenue": 1.0005}) == "1.001"
    assert revenue({"products": [{"sku": "a", "price": "0.333333", "quantity": 3}]}) == "1"  # 0.999999


@pytest.mark.parametrize("interaction", ["view", "add_to_cart", "checkout", None])
def test_other_events_have_no_revenue(interaction: str | None) -> None:
    assert revenue({"revenue": 25}, interaction) is None


@pytest.mark.parametrize("name", ["order_id", "orderId", "transaction_id"])
def test_an_order_has_an_id(name: str) -> None:
    assert order_id_of(sent({name: 536365})) == "536365"


def test_no_order_has_no_id() -> None:
    assert order_id_of(sent({"order_id": "  "})) is None
