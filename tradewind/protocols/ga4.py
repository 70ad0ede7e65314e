"""Google Analytics 4's e-commerce names, as shops send them through a Segment client: mapped to ours.

https://developers.google.com/analytics/devguides/collection/ga4/reference/events
"""

from collections.abc import Mapping
from typing import Final

from tradewind.events.enrichment.sent import Item, Properties, SentProduct

INTERACTIONS: Final[Mapping[str, str]] = {
    "search": "search",
    "view_search_results": "search",
    "view_item_list": "impression",
    "select_item": "click",
    "view_item": "view",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "begin_checkout": "checkout",
    "purchase": "purchase",
    "refund": "refund",
}


def has_items(properties: Properties) -> bool:
    """Say whether an event lists its products as GA4 does."""
    return properties.items is not None and properties.products is None


def product_of(item: Item) -> SentProduct:
    """Return an item with the names of Segment's products."""
    return SentProduct(
        sku=item.item_id,
        name=item.item_name,
        category=item.item_category,
        brand=item.item_brand,
        variant=item.item_variant,
        price=item.price,
        quantity=item.quantity,
        currency=item.currency,
        coupon=item.coupon,
        position=item.index,
        query_id=item.query_id,
    )
