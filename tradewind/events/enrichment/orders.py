"""What purchases and refunds say of their order."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tradewind.events.enrichment.products import Product
from tradewind.events.enrichment.sent import Properties
from tradewind.events.enrichment.sent_values import MONEY_PLACES, decimal_of, fixed, text_of
from tradewind.protocols import ga4


def order_id_of(properties: Properties) -> str | None:
    """Return the order's id: Segment's `order_id`, GA4's `transaction_id`."""
    return text_of(properties.order_id or properties.order_id_in_camel or properties.transaction_id)


def revenue_of(interaction: str | None, properties: Properties, products: Sequence[Product]) -> str | None:
    """Return what a purchase brings or a refund gives back, as a decimal of at least 0 with at most three places.

    The first that is readable of: revenue, subtotal, the sum over products of price x quantity (a missing quantity
    is 1) where each has a price, value, total. GA4 has only `value`, so it goes before the sum there. The total comes
    last, because it holds shipping and tax. A refund's sign is left out; an amount below 0 of a purchase is not
    readable. None for other interactions.
    """
    if interaction not in ("purchase", "refund"):
        return None
    for amount in _amounts(properties, products):
        if amount is None or (amount < 0 and interaction == "purchase"):
            continue
        if (text := fixed(amount.copy_abs(), places=MONEY_PLACES)) is not None:
            return text
    return None


def _amounts(properties: Properties, products: Sequence[Product]) -> Iterator[Decimal | None]:
    """Yield what may be the revenue, the best first."""
    yield decimal_of(properties.revenue)
    yield decimal_of(properties.subtotal)
    if ga4.has_items(properties):
        yield decimal_of(properties.value)
    yield _sum_of(products)
    yield decimal_of(properties.value)
    yield decimal_of(properties.total)


def _sum_of(products: Sequence[Product]) -> Decimal | None:
    total = Decimal(0)
    for product in products:
        if product.price is None:
            return None
        total += Decimal(product.price) * (1 if product.quantity is None else product.quantity)
    return total if products else None
