"""A year of the demo shop's sales, as lines of a sales file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from tradewind.demo.baskets import Line, Person, Shelves, fill_basket
from tradewind.demo.chance import Weighted, below, between, chance, pick
from tradewind.demo.products import DemoProduct
from tradewind.demo.shoppers import PRICE_LEVELS, DemoShopper, make_tastes
from tradewind.demo.vocabulary import COUNTRIES, DEMAND, HOME_COUNTRY, HOURS, WEEKDAYS

DAYS = 365
GUEST_ORDERS = 1300
FIRST_INVOICE = 700001
RETURN_PERMILLE = 24  # of the sale lines
FREE_POSTAGE_FROM = 4000  # pence, in the home country

_COUNTRY = Weighted(COUNTRIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRow:
    """A row of the sales file, in the order of its columns."""

    invoice_no: str
    stock_code: str
    description: str
    quantity: int
    invoice_date: datetime
    price_minor: int  # pence
    customer_id: str  # empty for guests
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was ordered or sent back (`is_return`) at one moment; becomes an invoice."""

    at: datetime
    customer_id: str
    country: str
    lines: tuple[Line, ...]
    is_return: bool = False


def make_sales(
    rng: Random, products: Sequence[DemoProduct], shoppers: Sequence[DemoShopper], until: date
) -> list[SaleRow]:
    """Return the sales of the 365 days that end with `until`, in order of time; guests have no customer id."""
    calendar = Calendar(until)
    shelves = Shelves(products)
    orders = [order for shopper in shoppers for order in _shopper_orders(rng, shelves, calendar, shopper)]
    orders += [_guest_order(rng, shelves, calendar) for _ in range(GUEST_ORDERS)]
    orders += list(_returns(rng, orders, calendar))
    orders.sort(key=lambda order: (order.at, order.customer_id))
    return [row for number, order in enumerate(orders) for row in _invoice(order, FIRST_INVOICE + number)]


class Calendar:
    """The days of the demo year, drawn by how busy they are."""

    def __init__(self, until: date) -> None:
        self.last = until
        self.first = until - timedelta(days=DAYS - 1)
        days = [self.first + timedelta(days=n) for n in range(DAYS)]
        self._days = Weighted((day, _demand(day)) for day in days)
        self._before_christmas = Weighted((day, _demand(day)) for day in days if day.month in (11, 12))
        self._hours = Weighted(enumerate(HOURS))

    def day(self, rng: Random) -> date:
        return self._days.pick(rng)

    def day_before_christmas(self, rng: Random) -> date:
        return self._before_christmas.pick(rng)

    def moment(self, rng: Random, day: date) -> datetime:
        return datetime.combine(day, time(self._hours.pick(rng), below(rng, 60), below(rng, 60)))

    def busier_neighbour(self, rng: Random, day: date) -> date:
        """Return the busier of `day` and a day of the next week, so that regulars too come on busy days."""
        other = min(self.last, day + timedelta(days=below(rng, 7)))
        return max(day, other, key=lambda d: (_demand(d), d))


def _demand(day: date) -> int:
    christmas_is_over = day.month == 12 and day.day > 20
    return DEMAND[day.month - 1] * WEEKDAYS[day.weekday()] // (4 if christmas_is_over else 1)


def _shopper_orders(rng: Random, shelves: Shelves, calendar: Calendar, shopper: DemoShopper) -> Iterator[Order]:
    person = Person(shopper.tastes, shopper.price_level, shopper.favourite_style, trade=shopper.trade)
    for day in sorted(_order_days(rng, calendar, shopper.interval_days)):
        lines = fill_basket(rng, shelves, person, day.month)
        yield Order(
            at=calendar.moment(rng, day),
            customer_id=shopper.customer_id,
            country=shopper.country,
            lines=tuple(lines),
        )


def _order_days(rng: Random, calendar: Calendar, interval: int | None) -> set[date]:
    """Return the days a shopper orders on: at the shopper's own interval, give or take a quarter, and before Christmas.

    Some regulars stop coming, which is what segments and recency are about.
    """
    if interval is None:
        return {calendar.day(rng)}
    start = calendar.first + timedelta(days=below(rng, interval))
    end = calendar.last if chance(rng, 75) else calendar.first + timedelta(days=between(rng, 90, 300))
    days = set()
    while start <= end:
        if below(rng, max(DEMAND)) < DEMAND[start.month - 1] + 40:
            days.add(calendar.busier_neighbour(rng, start))
        start += timedelta(days=between(rng, interval * 3 // 4, interval * 5 // 4))
    if end == calendar.last and chance(rng, 80):
        days.add(calendar.day_before_christmas(rng))
    return days


def _guest_order(rng: Random, shelves: Shelves, calendar: Calendar) -> Order:
    day = calendar.day(rng)
    guest = Person(make_tastes(rng), pick(rng, PRICE_LEVELS))
    return Order(
        at=calendar.moment(rng, day),
        customer_id="",
        country=_COUNTRY.pick(rng),
        lines=tuple(fill_basket(rng, shelves, guest, day.month)),
    )


def _returns(rng: Random, orders: Sequence[Order], calendar: Calendar) -> Iterator[Order]:
    """Yield what comes back: a line of an order, all of it or a part, 3 to 24 days later and within the year."""
    for order in orders:
        back = tuple(
            replace(line, quantity=between(rng, 1, line.quantity))
            for line in order.lines
            if not line.product.used_up and below(rng, 1000) < 2 * RETURN_PERMILLE
        )
        day = order.at.date() + timedelta(days=between(rng, 3, 24))
        if back and day <= calendar.last:
            yield replace(order, at=calendar.moment(rng, day), lines=back, is_return=True)


def _invoice(order: Order, number: int) -> Iterator[SaleRow]:
    sign = -1 if order.is_return else 1
    invoice_no = f"C{number}" if order.is_return else str(number)
    for line in order.lines:
        yield _row(
            order, invoice_no, line.product.stock_code, line.product.name, sign * line.quantity, line.price_minor
        )
    postage = 0 if order.is_return else _postage(order)
    if postage:
        yield _row(order, invoice_no, "POST", "Postage", 1, postage)


def _row(order: Order, invoice_no: str, stock_code: str, description: str, quantity: int, price_minor: int) -> SaleRow:
    return SaleRow(
        invoice_no=invoice_no,
        stock_code=stock_code,
        description=description,
        quantity=quantity,
        invoice_date=order.at,
        price_minor=price_minor,
        customer_id=order.customer_id,
        country=order.country,
    )


def _postage(order: Order) -> int:
    if order.country != HOME_COUNTRY:
        return 1295
    value = sum(line.quantity * line.price_minor for line in order.lines)
    return 0 if value >= FREE_POSTAGE_FROM else 395
