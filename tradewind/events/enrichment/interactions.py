"""Which e-commerce event is which interaction with a product.

The names are Segment's (https://segment.com/docs/connections/spec/ecommerce/v2/) and GA4's. Case does not matter, nor
how words are kept apart: "product_viewed", "Product-Viewed" and "product viewed" are Product Viewed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from tradewind.protocols import ga4

INTERACTIONS: Final = (
    "view",
    "click",
    "add_to_cart",
    "remove_from_cart",
    "checkout",
    "purchase",
    "refund",
    "search",
    "impression",
    "review",
)

SEGMENT: Final[Mapping[str, str]] = {
    "Products Searched": "search",
    "Product List Viewed": "impression",
    "Product Clicked": "click",
    "Product Viewed": "view",
    "Product Added": "add_to_cart",
    "Wishlist Product Added to Cart": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Checkout Started": "checkout",
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Product Reviewed": "review",
}

_GAPS = re.compile(r"[\s_-]+")


def interaction_of(type: str, name: str | None) -> str | None:
    """Return the interaction that an event is; None for all other events. Only `track` events are interactions."""
    return _named(name) if type == "track" and name else None


# Bounded: a client may send names that never come again.
@lru_cache(maxsize=4096)
def _named(name: str) -> str | None:
    return _BY_WORDS.get(_words(name))


def _words(name: str) -> str:
    return _GAPS.sub(" ", name).strip().lower()


_BY_WORDS: Final = {_words(name): interaction for name, interaction in {**ga4.INTERACTIONS, **SEGMENT}.items()}
