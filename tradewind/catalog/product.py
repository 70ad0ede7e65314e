"""A product as we import it, and the record that an index keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tradewind.catalog.money import major_of
from tradewind.catalog.record import StoredRecord, checked_body

LEVEL = " > "  # between the levels of a category, as Algolia's hierarchical menus have it

# What the records of `import products` mean, and how their index is searched unless it has settings already.
FIELDS = {
    "name": "name",
    "description": "description",
    "brand": "brand",
    "categories": "categories",
    "price": "price",
    "currency": "currency",
    "stock": "stock",
    "image": "images",
    "popularity": "popularity",
}
MAX_LEVELS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A typed product. None and empty: the file does not say, and nothing is assumed."""

    sku: str
    name: str | None = None
    description: str | None = None
    brand: str | None = None
    categories: tuple[tuple[str, ...], ...] = ()  # paths from the widest to the narrowest
    price_minor: int | None = None
    currency: str | None = None
    stock: int | bool | None = None
    images: tuple[str, ...] = ()
    popularity: float | None = None
    created: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def record_of(product: Product) -> StoredRecord:
    """Return the record: what is missing is left out. Raises: InputError for one that is too large."""
    record: dict[str, Any] = {"objectID": product.sku, "sku": product.sku}
    for name in ("name", "description", "brand"):
        record[name] = getattr(product, name)
    record["categories"] = levels(product.categories)
    if product.price_minor is not None and product.currency is not None:
        record["price"] = major_of(product.price_minor, product.currency)
        record["price_minor"] = product.price_minor
    record["currency"] = product.currency
    record["stock"] = product.stock
    record["images"] = list(product.images)
    record["popularity"] = product.popularity
    record["created"] = product.created
    record["attributes"] = dict(product.attributes)
    kept = {name: value for name, value in record.items() if value is not None and value not in ([], {})}
    return StoredRecord(product.sku, checked_body(product.sku, orjson.dumps(kept)))


def levels(paths: tuple[tuple[str, ...], ...]) -> dict[str, str | list[str]]:
    """Return the paths level by level: {"lvl0": "home", "lvl1": "home > lamps"}; a list where a level has several."""
    found: dict[str, str | list[str]] = {}
    for level in range(max(map(len, paths), default=0)):
        texts = list(dict.fromkeys(LEVEL.join(path[: level + 1]) for path in paths if len(path) > level))
        found[f"lvl{level}"] = texts[0] if len(texts) == 1 else texts
    return found


def first_settings(index: str, *, levels: int, attributes: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings of an index that was just made of imported products.

    `levels`: of its categories; `attributes`: names of other attributes that are worth a facet.
    """
    category = [f"categories.lvl{level}" for level in range(levels)]
    return {
        "searchableAttributes": ["name", "brand", *([",".join(reversed(category))] if category else []), "description"],
        "attributesForFaceting": [
            "searchable(brand)",
            *category,
            "price",  # range inputs and sliders read its lowest and highest
            "currency",
            *(f"searchable(attributes.{name})" for name in attributes),
        ],
        "customRanking": ["desc(popularity)"],
        "replicas": [f"{index}_price_asc", f"{index}_price_desc"],
        "tradewind": {"fields": FIELDS},
    }


def replica_settings(index: str) -> dict[str, dict[str, Any]]:
    """Return the settings of the replicas that `first_settings` names."""
    return {f"{index}_price_{way}": {"ranking": [f"{way}(price)"]} for way in ("asc", "desc")}
