"""The products that an event names, in one shape whatever the client wrote."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from tradewind.events.enrichment.sent import Properties, SentProduct
from tradewind.events.enrichment.sent_values import price_of, quantity_of, text_of, whole_of
from tradewind.protocols import ga4

_LARGEST_POSITION: Final = 2**31 - 1  # int
_NOTHING: Final = SentProduct()


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A product of an event; the fields are those of the struct in `tradewind.lake.tables`."""

    line: int  # 1-based, in the order sent
    sku: str | None = None
    name: str | None = None
    category: str | None = None
    brand: str | None = None
    variant: str | None = None
    quantity: int | None = None
    price: str | None = None  # of one unit: a decimal with at most six places
    currency: str | None = None  # ISO 4217; the product's own, else the event's
    coupon: str | None = None
    position: int | None = None  # in a list
    query_id: str | None = None  # the product's own


def products_of(properties: Properties) -> tuple[list[Product], list[str]]:
    """Return the products of an event's properties, and a flag for each kind of value that could not be read.

    They are those of `products` or of GA4's `items`; else the properties are one product, if they hold a SKU.
    Elements that are no objects or say nothing name no product, but count as lines.
    """
    flags: list[str] = []
    currency = currency_of(properties.currency)
    if sent := _listed(properties):
        lines = enumerate(sent, start=1)
        return [_product(each, line, currency, flags) for line, each in lines if each and each != _NOTHING], flags
    if properties.sku is None and properties.product_id is None:
        return [], flags
    product = _product(properties, 1, currency, flags)
    return ([product], flags) if product.sku else ([], [])


@lru_cache(maxsize=1024)
def currency_of(value: str | None) -> str | None:
    """Return three letters in upper case, None for anything else."""
    text = value.strip().upper() if value else ""
    return text if len(text) == 3 and text.isascii() and text.isalpha() else None


def query_id_of(sent: SentProduct) -> str | None:
    """Return the id of the query that led here: `query_id`, or `queryID` as Algolia's clients write it."""
    return text_of(sent.query_id or sent.query_id_of_algolia or sent.query_id_in_camel)


def _listed(properties: Properties) -> Sequence[SentProduct | None]:
    if ga4.has_items(properties):
        return [ga4.product_of(item) if item is not None else None for item in properties.items or ()]
    return properties.products or ()


def _product(sent: SentProduct, line: int, currency: str | None, flags: list[str]) -> Product:
    """Return the product in `sent`; adds to `flags` what could not be read."""
    price, price_flag = price_of(sent.price)
    quantity, quantity_flag = quantity_of(sent.quantity)
    if price_flag or quantity_flag:
        flags.extend(flag for flag in (price_flag, quantity_flag) if flag and flag not in flags)
    return Product(
        line=line,
        sku=text_of(sent.sku) or text_of(sent.product_id),
        name=sent.name or None,
        category=sent.category or None,
        brand=sent.brand or None,
        variant=sent.variant or None,
        quantity=quantity,
        price=price,
        currency=(currency_of(sent.currency) if sent.currency else None) or currency,
        coupon=sent.coupon or None,
        position=whole_of(sent.index if sent.position is None else sent.position, largest=_LARGEST_POSITION),
        query_id=query_id_of(sent),
    )
