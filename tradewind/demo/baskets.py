"""What a shopper puts into a basket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from tradewind.demo.chance import Weighted, below, between, chance, pick
from tradewind.demo.products import DemoProduct
from tradewind.demo.shoppers import PRICE_LEVELS
from tradewind.demo.vocabulary import CATEGORIES

# Percent of the lines after the first that follow from the line before, and of a regular's lines that are used up goods
# bought again.
COMPANION_PERCENT = 34
REPEAT_PERCENT = 38

_SEASONS = {category.name: category.season for category in CATEGORIES}
_QUANTITIES = Weighted([(1, 66), (2, 20), (3, 6), (4, 4), (6, 4)])
_TRADE_QUANTITIES = Weighted([(6, 50), (12, 36), (24, 14)])


@dataclass(frozen=True, slots=True)
class Line:
    """A product in a basket, with the price it was sold for."""

    product: DemoProduct
    quantity: int
    price_minor: int  # pence


@dataclass(slots=True)
class Person:
    """Who fills baskets: a shopper or a guest. `bought` collects the used up goods that may be bought again."""

    tastes: Mapping[str, int]
    price_level: str
    favourite_style: str = ""
    trade: bool = False
    bought: list[DemoProduct] = field(default_factory=list)


class Shelves:
    """The catalogue, prepared for drawing products by taste, season and price level."""

    def __init__(self, products: Sequence[DemoProduct]) -> None:
        self._by_code = {product.stock_code: product for product in products}
        self._by_level = {
            (category, level): Weighted(
                (product, product.popularity * fit)
                for product, fit in _price_fits([p for p in products if p.category == category], level)
            )
            for category in _SEASONS
            for level in PRICE_LEVELS
        }

    def departments(self, person: Person, month: int) -> Weighted[str]:
        """Return the departments that `person` looks at in `month` (1..12): taste times season."""
        return Weighted((name, share * _SEASONS[name][month - 1]) for name, share in person.tastes.items())

    def from_department(self, rng: Random, person: Person, department: str) -> DemoProduct:
        """Return a product that fits the person's price level, of the favourite style where one of two draws is."""
        shelf = self._by_level[department, person.price_level]
        product = shelf.pick(rng)
        return product if product.style == person.favourite_style else shelf.pick(rng)

    def companion(self, rng: Random, product: DemoProduct, month: int) -> DemoProduct | None:
        """Return a product that goes with `product`, or None where it is out of season."""
        other = self._by_code[pick(rng, product.companions)]
        return other if below(rng, 100) < _SEASONS[other.category][month - 1] else None


def fill_basket(rng: Random, shelves: Shelves, person: Person, month: int) -> list[Line]:
    """Return the lines of one order in `month` (1..12); no product is in it twice. Adds to `person.bought`."""
    departments = shelves.departments(person, month)
    size = _basket_size(rng, person, month)
    chosen: dict[str, DemoProduct] = {}
    last: DemoProduct | None = None
    for _ in range(size):
        last = _next_product(rng, shelves, person, departments, last, month)
        chosen[last.stock_code] = last
    person.bought.extend(product for product in chosen.values() if product.used_up)
    return [_line(rng, person, product, month) for product in chosen.values()]


def _basket_size(rng: Random, person: Person, month: int) -> int:
    large = person.trade or chance(rng, 20)
    presents = between(rng, 1, 4) if month in (11, 12) else 0
    return between(rng, 2, 6) + (between(rng, 2, 12) if large else 0) + presents


def _next_product(
    rng: Random, shelves: Shelves, person: Person, departments: Weighted[str], last: DemoProduct | None, month: int
) -> DemoProduct:
    if person.bought and chance(rng, REPEAT_PERCENT):
        again = pick(rng, person.bought)
        if below(rng, 100) < _SEASONS[again.category][month - 1]:
            return again
    if last and chance(rng, COMPANION_PERCENT):
        companion = shelves.companion(rng, last, month)
        if companion:
            return companion
    return shelves.from_department(rng, person, departments.pick(rng))


def _line(rng: Random, person: Person, product: DemoProduct, month: int) -> Line:
    quantity = (_TRADE_QUANTITIES if person.trade else _QUANTITIES).pick(rng)
    percent = 100
    if person.trade:
        percent -= 15
    if product.category == "Christmas" and month in (1, 2):
        percent -= 40  # clearance
    return Line(product, quantity, product.price_minor * percent // 100)


def _price_fits(products: Sequence[DemoProduct], level: str) -> list[tuple[DemoProduct, int]]:
    """Return each product of a category with its fit to a price level: 6 for its own third of the prices, else 2."""
    by_price = sorted(products, key=lambda product: (product.price_minor, product.stock_code))
    third = PRICE_LEVELS.index(level)
    return [
        (product, 6 if index * len(PRICE_LEVELS) // len(by_price) == third else 2)
        for index, product in enumerate(by_price)
    ]
