import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.events.enrichment.products import Product, currency_of, products_of, query_id_of
from tradewind.events.enrichment.sent import Properties, properties_of
from tradewind.lake.tables import RAW_EVENTS

CAKESTAND = {
    "product_id": "507f1f77bcf86cd799439011",
    "sku": "22423",
    "category": "Kitchen",
    "name": "REGENCY CAKESTAND 3 TIER",
    "brand": "Regency",
    "variant": "pink",
    "price": 12.75,
    "quantity": 2,
    "coupon": "SPRING",
    "position": 3,
    "url": "https://shop.example/22423",
}


def sent(properties: Any) -> Properties:
    return properties_of(msgspec.Raw(json.dumps(properties).encode()))


def products(properties: Any) -> list[Product]:
    return products_of(sent(properties))[0]


def test_a_product_has_the_fields_of_the_table() -> None:
    column = next(column for column in RAW_EVENTS.columns if column.name == "products")
    struct = column.type.removeprefix("array<struct<").removesuffix(">>")
    assert [field.split(":")[0] for field in struct.split(",")] == list(Product.__struct_fields__)


def test_an_event_about_one_product_names_it_in_its_properties() -> None:
    assert products({**CAKESTAND, "currency": "gbp"}) == [
        Product(
            line=1,
            sku="22423",
            name="REGENCY CAKESTAND 3 TIER",
            category="Kitchen",
            brand="Regency",
            variant="pink",
            quantity=2,
            price="12.75",
            currency="GBP",
            coupon="SPRING",
            position=3,
        )
    ]


def test_the_sku_goes_before_the_product_id() -> None:
    assert products({"sku": "22423", "product_id": "1"})[0].sku == "22423"
    assert products({"sku": "", "product_id": 1})[0].sku == "1"


def test_lines_are_counted_in_the_order_sent() -> None:
    assert products({"products": [{"sku": "a"}, {"product_id": "b"}]}) == [
        Product(line=1, sku="a"),
        Product(line=2, sku="b"),
    ]


def test_what_is_no_object_or_empty_names_no_product_but_counts_as_a_line() -> None:
    assert products({"products": ["a", None, {}, {"colour": "red"}, {"sku": "b"}]}) == [Product(line=5, sku="b")]
    assert products({"items": [{}, {"item_id": "b"}]}) == [Product(line=2, sku="b")]


@pytest.mark.parametrize("listed", [[], {}, "a", 1, None])
def test_without_a_list_the_properties_are_the_product(listed: Any) -> None:
    assert products({"products": listed, "sku": "a"}) == [Product(line=1, sku="a")]


@pytest.mark.parametrize("properties", [{}, {"name": "a"}, {"sku": None}, {"sku": ""}, {"sku": {}}, {"products": [1]}])
def test_without_a_sku_there_is_no_product(properties: Any) -> None:
    assert products_of(sent(properties)) == ([], [])


def test_a_product_of_a_list_may_lack_a_sku() -> None:
    assert products({"products": [{"name": "Lantern", "price": 1}]}) == [Product(line=1, name="Lantern", price="1")]


def test_a_products_own_currency_goes_first() -> None:
    both = products({"currency": "GBP", "products": [{"sku": "a", "currency": "eur"}, {"sku": "b", "currency": "?"}]})
    assert [product.currency for product in both] == ["EUR", "GBP"]


@pytest.mark.parametrize(
    ("value", "currency"), [("gbp", "GBP"), (" EUR ", "EUR"), ("£", None), ("EURO", None), ("ÄÖÜ", None), (None, None)]
)
def test_a_currency_has_three_letters(value: Any, currency: str | None) -> None:
    assert currency_of(value) == currency


def test_the_position_is_also_called_index() -> None:
    assert products({"sku": "a", "index": "4"})[0].position == 4
    assert products({"sku": "a", "position": 1, "index": 4})[0].position == 1
    assert products({"sku": "a", "position": "top"})[0].position is None


@pytest.mark.parametrize("name", ["query_id", "queryID", "queryId"])
def test_the_query_that_led_to_a_product_is_kept(name: str) -> None:
    properties = sent({"sku": "a", name: "q1", "products": [{"sku": "b", name: "q2"}]})
    assert query_id_of(properties) == "q1"
    assert products_of(properties)[0][0].query_id == "q2"


def test_each_kind_of_bad_value_is_flagged_once_and_null() -> None:
    bad = [{"sku": "a", "price": "NaN", "quantity": -1}, {"sku": "b", "price": -2, "quantity": 1.5}, {"price": "?"}]
    found, flags = products_of(sent({"products": bad}))
    assert [(product.price, product.quantity) for product in found] == [(None, None)] * 3
    assert sorted(flags) == ["price_negative", "price_unreadable", "quantity_negative", "quantity_unreadable"]


def test_ten_thousand_products_are_ten_thousand_lines() -> None:
    found = products({"products": [{"sku": str(number), "price": 1} for number in range(10_000)]})
    assert [product.line for product in found] == list(range(1, 10_001))
    assert found[-1].sku == "9999"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(CAKESTAND)), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["products", "items", "sku", "currency", "price", "query_id"]), JSON))
def test_any_properties_have_products_that_the_table_can_hold(properties: dict[str, Any]) -> None:
    for product in products(properties):
        assert product.line >= 1
        assert product.quantity is None or 0 <= product.quantity < 2**63
        assert product.position is None or abs(product.position) < 2**31
        assert product.currency is None or len(product.currency) == 3
