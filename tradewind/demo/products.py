"""The demo catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from tradewind.demo.chance import below, between, pick
from tradewind.demo.vocabulary import CATEGORIES, Category, Kind

FIRST_STOCK_CODE = 20011  # five digits, as the shop's merchandise codes are; the letter is the colour


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProduct:
    """A product of the demo shop; `stock_code` is its SKU."""

    stock_code: str
    name: str
    category: str
    brand: str
    style: str
    colour: str
    price_minor: int  # pence
    used_up: bool  # bought again when it is used up
    popularity: int  # relative share of its category's sales
    companions: tuple[str, ...] = ()  # stock codes that are often in the same basket


def make_products(rng: Random) -> tuple[DemoProduct, ...]:
    """Return the catalogue: each kind of product in two styles and up to three colours, in order of stock code."""
    ranges = [
        (category, kind, style)
        for category in CATEGORIES
        for kind in category.kinds
        for style in _some(rng, kind.styles or category.styles, 2)
    ]
    products = [
        product
        for number, (category, kind, style) in enumerate(ranges)
        for product in _variants(rng, FIRST_STOCK_CODE + 7 * number + below(rng, 7), category, kind, style)
    ]
    return tuple(_with_companions(rng, products))


def _variants(rng: Random, number: int, category: Category, kind: Kind, style: str) -> Iterator[DemoProduct]:
    colours = _some(rng, kind.colours or category.colours, between(rng, 1, 3))
    brand = pick(rng, category.brands)
    price = _price(rng, kind)
    # Few products sell much and many sell little, as 1/rank would have it.
    popularity = 1000 // between(rng, 1, 25)
    for index, colour in enumerate(colours):
        yield DemoProduct(
            stock_code=f"{number}{chr(ord('A') + index) if len(colours) > 1 else ''}",
            name=f"{style} {kind.noun}, {colour}",
            category=category.name,
            brand=brand,
            style=style,
            colour=colour,
            price_minor=price,
            used_up=kind.used_up,
            popularity=max(1, popularity // (index + 1)),
        )


def _price(rng: Random, kind: Kind) -> int:
    """Return a price within the kind's span: it ends in 95 pence, or for half of the small ones in 5 or 0."""
    pence = between(rng, kind.low, kind.high)
    if pence >= 1000 or below(rng, 2):
        return max(kind.low, pence // 100 * 100 + 95) if pence // 100 * 100 + 95 <= kind.high else kind.high
    return pence // 5 * 5


def _with_companions(rng: Random, products: list[DemoProduct]) -> Iterator[DemoProduct]:
    """Give each product two of its own department, in its colour where there are, and one of a department beside it."""
    by_category: dict[str, list[DemoProduct]] = {}
    for product in products:
        by_category.setdefault(product.category, []).append(product)
    goes_with = {category.name: category.goes_with for category in CATEGORIES}
    for product in products:
        own = [other for other in by_category[product.category] if other.name != product.name]
        same_colour = [other for other in own if other.colour == product.colour] or own
        beside = by_category[pick(rng, goes_with[product.category])]
        chosen = (pick(rng, same_colour), pick(rng, own), pick(rng, beside))
        yield replace(product, companions=tuple(dict.fromkeys(other.stock_code for other in chosen)))


def _some(rng: Random, values: tuple[str, ...], n: int) -> list[str]:
    """Return `n` different ones of `values` (all of them where there are fewer), in their own order."""
    left = list(values)
    while len(left) > n:
        left.pop(below(rng, len(left)))
    return left
