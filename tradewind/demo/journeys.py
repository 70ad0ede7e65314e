"""What the shoppers of the demo do in the shop: sessions as events of the Segment API, in order of time.

A session walks down the funnel: it comes by a channel, searches or browses, looks at products, fills a basket, and now
and then orders. Products follow the shopper's tastes, as the sales do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from tradewind.demo.baskets import Person, Shelves
from tradewind.demo.chance import Weighted, below, between, chance, pick
from tradewind.demo.products import DemoProduct
from tradewind.demo.shoppers import PRICE_LEVELS, DemoShopper, make_tastes
from tradewind.demo.visitors import BOT_AGENTS, CHANNELS, DEVICES, PLACES, SHOP_URL, Device, Place
from tradewind.demo.vocabulary import HOME_COUNTRY, HOURS

DAYS = 30
SESSIONS = 300
FIRST_ORDER = 800001
KNOWN_PERCENT = 60  # sessions of a shopper with an account
NO_CONSENT_PERCENT = 4
REPEAT_PERMILLE = 15  # events that the client sends again
BOT_PAGES = 25

_HOUR = Weighted(enumerate(HOURS))
_CHANNEL = Weighted(CHANNELS)
_DEVICE = Weighted(DEVICES)

JourneyEvent = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes: `user_id` is known once they sign in."""

    anonymous_id: str
    user_id: str | None
    email: str | None
    person: Person
    place: Place
    device: Device


@dataclass(slots=True)
class Session:
    """A session as it is written: its events, its clock, what is in the basket."""

    rng: Random
    visitor: Visitor
    at: datetime
    arrival: Mapping[str, Any]  # campaign and referrer of the first page
    consent: bool
    signed_in: bool = False
    basket: dict[str, int] = field(default_factory=dict)
    found_by: dict[str, str] = field(default_factory=dict)  # query id of the search that showed a stock code last
    events: list[JourneyEvent] = field(default_factory=list)

    def say(
        self, kind: str, path: str, name: str | None = None, properties: Mapping[str, object] | None = None
    ) -> None:
        """Write an event of `kind` on page `path`, some seconds after the one before."""
        self.at += timedelta(seconds=between(self.rng, 4, 90), milliseconds=below(self.rng, 1000))
        first = not self.events
        event: JourneyEvent = {
            "type": kind,
            "anonymousId": self.visitor.anonymous_id,
            "timestamp": self.at.isoformat(timespec="milliseconds") + "Z",
            "context": self._context(path, first=first),
        }
        if self.signed_in:
            event["userId"] = self.visitor.user_id
        if kind == "identify":
            event["traits"] = {"email": self.visitor.email, "demo": True}
        else:
            event["properties"] = properties or {}
            event["event" if kind == "track" else "name"] = name
        self.events.append(event)

    def _context(self, path: str, *, first: bool) -> dict[str, Any]:
        page = {"path": path, "url": SHOP_URL + path, "title": path.strip("/").replace("-", " ") or "Home"}
        context: dict[str, Any] = {
            "library": {"name": "analytics.js", "version": "demo"},
            "userAgent": self.visitor.device.user_agent,
            "locale": self.visitor.place.locale,
            "timezone": self.visitor.place.time_zone,
            "page": page,
        }
        if "campaign" in self.arrival:
            context["campaign"] = self.arrival["campaign"]
        if first and "referrer" in self.arrival:
            page["referrer"] = self.arrival["referrer"]
        elif not first:
            page["referrer"] = SHOP_URL + "/"
        if not self.consent:
            context["consent"] = {"categoryPreferences": {"analytics": False, "functional": True}}
        return context


def make_journeys(
    rng: Random, products: Sequence[DemoProduct], shoppers: Sequence[DemoShopper], until: date
) -> list[JourneyEvent]:
    """Return the events of the 30 days that end with `until`, in order of time, each with a message id.

    Among them bots, sessions without consent and events that a client sends twice.
    """
    shop = _Shop(products)
    sessions = [_session(rng, shop, shoppers, until, number) for number in range(SESSIONS)]
    events = [event for session in sessions for event in session.events]
    events += [_bot_page(rng, until, number) for number in range(BOT_PAGES)]
    events.sort(key=lambda event: (event["timestamp"], event["anonymousId"]))
    for number, event in enumerate(events):
        event["messageId"] = f"demo-{number:05d}"
    return list(_with_repeats(rng, events))


def batches(events: Sequence[JourneyEvent], size: int = 100) -> Iterator[Sequence[JourneyEvent]]:
    """Yield the events in requests of at most `size`."""
    for start in range(0, len(events), size):
        yield events[start : start + size]


class _Shop:
    """The shelves, and the order numbers."""

    def __init__(self, products: Sequence[DemoProduct]) -> None:
        self.shelves = Shelves(products)
        self.by_code = {product.stock_code: product for product in products}
        self._orders = FIRST_ORDER

    def next_order(self) -> str:
        self._orders += 1
        return str(self._orders - 1)


def _session(rng: Random, shop: _Shop, shoppers: Sequence[DemoShopper], until: date, number: int) -> Session:
    visitor = _visitor(rng, shoppers, number)
    day = until - timedelta(days=below(rng, DAYS))
    begin = datetime.combine(day, time(_HOUR.pick(rng), below(rng, 60), below(rng, 60)))
    session = Session(rng, visitor, begin, _CHANNEL.pick(rng), consent=not chance(rng, NO_CONSENT_PERCENT))
    _walk(session, shop)
    return session


def _visitor(rng: Random, shoppers: Sequence[DemoShopper], number: int) -> Visitor:
    device = _DEVICE.pick(rng)
    if chance(rng, KNOWN_PERCENT):
        shopper = pick(rng, shoppers)
        person = Person(shopper.tastes, shopper.price_level, shopper.favourite_style, trade=shopper.trade)
        place = PLACES[shopper.country]
        # The same browser each time, so that earlier anonymous sessions can be told to be the shopper's.
        return Visitor(f"demo-browser-{shopper.customer_id}", shopper.customer_id, shopper.email, person, place, device)
    guest = Person(make_tastes(rng), pick(rng, PRICE_LEVELS))
    return Visitor(f"demo-guest-{number:04d}", None, None, guest, PLACES[HOME_COUNTRY], device)


def _walk(session: Session, shop: _Shop) -> None:
    """Walk down the funnel until the visitor leaves."""
    rng = session.rng
    session.say("page", "/", "Home")
    if session.visitor.user_id and chance(rng, 35):
        _sign_in(session)
    departments = shop.shelves.departments(session.visitor.person, session.at.month)
    for _ in range(between(rng, 1, 3)):
        department = departments.pick(rng)
        seen = _list_products(session, shop, department)
        for product in seen[: between(rng, 0, 3)]:
            _look_at(session, product, seen.index(product) + 1)
    if session.basket and chance(rng, 70):
        _check_out(session, shop)


def _sign_in(session: Session) -> None:
    session.signed_in = True
    session.say("identify", "/account")


def _list_products(session: Session, shop: _Shop, department: str) -> list[DemoProduct]:
    """Show a list of products, found by a search or in a department, and return them with the best fit first."""
    rng, person = session.rng, session.visitor.person
    drawn = [shop.shelves.from_department(rng, person, department) for _ in range(between(rng, 4, 8))]
    products = list({product.stock_code: product for product in drawn}.values())
    path = "/" + department.lower().replace(" ", "-")
    listed = [_product(product, position=number) for number, product in enumerate(products, start=1)]
    shown: dict[str, object] = {"list_id": path.strip("/"), "category": department, "products": listed}
    if chance(rng, 45):
        path = "/search"
        shown["list_id"] = "search"
        shown |= _search(session, _query(rng, products[0]), products, listed)
    else:
        session.say("page", path, department)
        for product in products:
            session.found_by.pop(product.stock_code, None)
    session.say("track", path, "Product List Viewed", shown)
    return products


def _search(
    session: Session, query: str, products: Sequence[DemoProduct], listed: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """Search, and return the query id as a property; what was found carries it from here on."""
    # Not drawn, so that all else stays as it is: who searched, and after how much else.
    query_id = sha256(f"{session.visitor.anonymous_id} {session.at} {len(session.events)}".encode()).hexdigest()[:32]
    searched = {"query": query, "query_id": query_id, "index": "products", "nb_hits": len(products)}
    session.say("track", "/search", "Products Searched", {**searched, "products": list(listed)})
    session.found_by |= {product.stock_code: query_id for product in products}
    return {"query_id": query_id}


def _query(rng: Random, product: DemoProduct) -> str:
    noun = product.name.removeprefix(product.style).split(",")[0].strip().lower()
    return pick(rng, (noun, f"{product.colour.lower()} {noun}", f"{product.style.lower()} {noun}"))


def _look_at(session: Session, product: DemoProduct, position: int) -> None:
    rng = session.rng
    path = f"/products/{product.stock_code.lower()}"
    found = _found_by(session, product.stock_code)
    session.say("track", path, "Product Clicked", _product(product, position=position, **found))
    session.say("track", path, "Product Viewed", _product(product, currency="GBP", **found))
    if chance(rng, 34):
        quantity = between(rng, 6, 12) if session.visitor.person.trade else between(rng, 1, 2)
        session.basket[product.stock_code] = quantity
        session.say("track", path, "Product Added", _product(product, quantity=quantity, currency="GBP", **found))
        if chance(rng, 9):
            del session.basket[product.stock_code]
            removed = _product(product, quantity=quantity, currency="GBP")
            session.say("track", "/basket", "Product Removed", removed)
    elif chance(rng, 6):
        review = {"product_id": product.stock_code, "rating": between(rng, 2, 5)}
        session.say("track", path, "Product Reviewed", review)


def _check_out(session: Session, shop: _Shop) -> None:
    rng = session.rng
    if session.visitor.user_id and not session.signed_in:
        _sign_in(session)
    lines = [
        _product(shop.by_code[code], quantity=count, **_found_by(session, code))
        for code, count in session.basket.items()
    ]
    pence = sum(shop.by_code[code].price_minor * count for code, count in session.basket.items())
    order = {"order_id": shop.next_order(), "currency": "GBP", "revenue": pence / 100, "products": lines}
    session.say("track", "/checkout", "Checkout Started", order)
    if not chance(rng, 72):
        return
    session.say("track", "/checkout/thanks", "Order Completed", order)
    if chance(rng, 8):
        session.at += timedelta(minutes=between(rng, 3, 20))
        refunded = {"order_id": order["order_id"], "currency": "GBP"}
        session.say("track", "/account/orders", "Order Refunded", refunded)


def _found_by(session: Session, code: str) -> dict[str, str]:
    return {"query_id": session.found_by[code]} if code in session.found_by else {}


def _product(product: DemoProduct, **more: object) -> dict[str, object]:
    return {
        "product_id": product.stock_code,
        "sku": product.stock_code,
        "name": product.name,
        "category": product.category,
        "brand": product.brand,
        "price": product.price_minor / 100,
        **more,
    }


def _bot_page(rng: Random, until: date, number: int) -> JourneyEvent:
    at = datetime.combine(until - timedelta(days=below(rng, DAYS)), time(below(rng, 24), below(rng, 60)))
    return {
        "type": "page",
        "anonymousId": f"demo-bot-{number:03d}",
        "timestamp": at.isoformat(timespec="milliseconds") + "Z",
        "name": "Home",
        "context": {"userAgent": pick(rng, BOT_AGENTS), "page": {"path": "/", "url": SHOP_URL + "/"}},
        "properties": {},
    }


def _with_repeats(rng: Random, events: Sequence[JourneyEvent]) -> Iterator[JourneyEvent]:
    """Yield the events, some of them once more a little later, as a client does that missed an answer."""
    waiting: list[tuple[int, JourneyEvent]] = []
    for number, event in enumerate(events):
        yield event
        if below(rng, 1000) < REPEAT_PERMILLE:
            waiting.append((number + between(rng, 1, 150), event))
        due = [entry for entry in waiting if entry[0] <= number]
        waiting = [entry for entry in waiting if entry[0] > number]
        yield from (entry[1] for entry in due)
    yield from (entry[1] for entry in waiting)
