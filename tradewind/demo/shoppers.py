"""The people who shop in the demo shop. None exists: the names are Faker's, the addresses are of example.com."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from faker import Faker

from tradewind.demo.chance import Weighted, below, between, pick
from tradewind.demo.vocabulary import CATEGORIES, COUNTRIES, HOME_COUNTRY, TOWNS

SHOPPERS = 900
FIRST_CUSTOMER_ID = 31001  # five digits, as in the sales file
PRICE_LEVELS = ("low", "middle", "high")

_DEPARTMENTS = tuple(category.name for category in CATEGORIES)
_COUNTRY = Weighted(COUNTRIES)
_TRADE_PERCENT = 6

# Days between two orders of a shopper and how common that is; None is a shopper who came once.
_INTERVALS: Weighted[int | None] = Weighted([(None, 32), (180, 16), (120, 14), (75, 14), (45, 12), (28, 8), (14, 4)])


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShopper:
    """A shopper with an account, who is the customer `customer_id` on invoices."""

    customer_id: str
    name: str
    email: str
    country: str
    town: str
    tastes: Mapping[str, int]  # category -> percent of the shopper's interest; sums to 100
    favourite_style: str  # of the first category in `tastes`
    price_level: str  # low, middle or high
    interval_days: int | None  # mean time between two orders; None for a shopper who came once
    trade: bool  # buys for a business: large quantities


def make_shoppers(rng: Random) -> tuple[DemoShopper, ...]:
    """Return the shoppers in order of customer id."""
    return tuple(_shopper(rng, number, name) for number, name in enumerate(_names(rng)))


def make_tastes(rng: Random) -> dict[str, int]:
    """Return the interest in each category, percent, the favourite first: two or three hold most of it."""
    favourites: list[str] = []
    while len(favourites) < 3:
        department = pick(rng, _DEPARTMENTS)
        if department not in favourites:
            favourites.append(department)
    first, second, third = between(rng, 32, 48), between(rng, 16, 26), between(rng, 0, 12)
    rest = 100 - first - second - third
    tastes = {favourites[0]: first, favourites[1]: second, favourites[2]: third}
    others = [department for department in _DEPARTMENTS if department not in tastes]
    share, over = divmod(rest, len(others))
    return tastes | {department: share + (index < over) for index, department in enumerate(others)}


def _shopper(rng: Random, number: int, name: tuple[str, str]) -> DemoShopper:
    first, last = name
    tastes = make_tastes(rng)
    favourite = next(category for category in CATEGORIES if category.name == next(iter(tastes)))
    country = _COUNTRY.pick(rng)
    trade = below(rng, 100) < _TRADE_PERCENT
    interval = _INTERVALS.pick(rng)
    return DemoShopper(
        customer_id=str(FIRST_CUSTOMER_ID + number),
        name=f"{first} {last}",
        email=f"{first}.{last}.{number + 1}@example.com".lower().replace(" ", "").replace("'", ""),
        country=country,
        town=pick(rng, TOWNS) if country == HOME_COUNTRY else "",
        tastes=tastes,
        favourite_style=pick(rng, favourite.styles),
        price_level=pick(rng, PRICE_LEVELS),
        interval_days=interval if not trade else interval or 45,
        trade=trade,
    )


def _names(rng: Random) -> list[tuple[str, str]]:
    """Return first and last names, no two shoppers with the same."""
    faker = Faker("en_GB", use_weighting=False)
    faker.seed_instance(below(rng, 2**31))
    names: dict[tuple[str, str], None] = {}
    while len(names) < SHOPPERS:
        names[faker.first_name(), faker.last_name()] = None
    return list(names)
