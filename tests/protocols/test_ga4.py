from tests.enrichment.test_products import sent
from tradewind.events.enrichment.products import Product, products_of
from tradewind.events.enrichment.sent import Context, session_id_of

# The example of https://developers.google.com/analytics/devguides/collection/ga4/reference/events#purchase, shortened.
PURCHASE = {
    "currency": "USD",
    "transaction_id": "T_12345",
    "value": 12.21,
    "coupon": "SUMMER_FUN",
    "shipping": 3.33,
    "tax": 1.11,
    "items": [
        {
            "item_id": "SKU_12345",
            "item_name": "Stan and Friends Tee",
            "affiliation": "Google Merchandise Store",
            "coupon": "SUMMER_FUN",
            "discount": 2.22,
            "index": 0,
            "item_brand": "Google",
            "item_category": "Apparel",
            "item_category2": "Adult",
            "item_list_id": "related_products",
            "item_variant": "green",
            "price": 10.01,
            "quantity": 3,
        }
    ],
}


def test_items_are_products() -> None:
    assert products_of(sent(PURCHASE)) == (
        [
            Product(
                line=1,
                sku="SKU_12345",
                name="Stan and Friends Tee",
                category="Apparel",
                brand="Google",
                variant="green",
                quantity=3,
                price="10.01",
                currency="USD",
                coupon="SUMMER_FUN",
                position=0,
            )
        ],
        [],
    )


def test_the_name_of_an_item_is_no_sku() -> None:
    assert products_of(sent({"items": [{"item_name": "Tee"}]}))[0] == [Product(line=1, name="Tee")]


def test_products_go_before_items() -> None:
    both = {"products": [{"sku": "ours"}], "items": [{"item_id": "theirs"}]}
    assert [product.sku for product in products_of(sent(both))[0]] == ["ours"]


def test_items_that_are_no_objects_name_no_product() -> None:
    assert products_of(sent({"items": ["a", {"item_id": "b"}]}))[0] == [Product(line=2, sku="b")]
    assert products_of(sent({"items": 3})) == ([], [])


def test_the_session_is_a_number() -> None:
    # A second of the clock is not one shopper's alone.
    assert session_id_of(Context(), sent({"ga_session_id": 1795272719}), "a1") == "a1.1795272719"
    assert session_id_of(Context(), sent({"ga_session_id": 1795272719}), None) == "1795272719"
