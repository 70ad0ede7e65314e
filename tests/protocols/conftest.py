"""A shop with three products that Algolia's clients can talk to."""

from typing import Any

import pytest

from tests.algolia_shop import AlgoliaShop

SHOES: list[dict[str, Any]] = [
    {"objectID": "1", "name": "Blue running shoe", "brand": "Acme", "price": 11, "tags": ["new"]},
    {"objectID": "2", "name": "Red shoe", "brand": "Umbrella", "price": 12.5, "cost": 3},
    {"objectID": "3", "name": "Lantern", "brand": "Acme", "price": 20},
]
SETTINGS = {
    "searchableAttributes": ["name", "brand"],
    "attributesForFaceting": ["searchable(brand)", "price", "tags"],
    "unretrievableAttributes": ["cost"],
}


@pytest.fixture
def shop() -> AlgoliaShop:
    made = AlgoliaShop()
    made.fill("shoes", SHOES, **SETTINGS)
    return made
