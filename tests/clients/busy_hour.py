"""A hundred events of a busy hour, about 820 bytes each on the wire: what the collector's speed is measured with."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.clients.shopping import PHONE, QUERY_ID

_BEGIN = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
_DESKTOP = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
_NAMES = ("HEART T-LIGHT HOLDER", "REGENCY CAKESTAND 3 TIER", "PARTY BUNTING", "LUNCH BAG RED RETROSPOT", "ALARM CLOCK")


def busy_hour(count: int = 100) -> list[dict[str, Any]]:
    """Return calls of 20 shoppers: views, carts, searches and orders, the same each time."""
    rng = Random("a busy hour")
    return [_call(rng, number) for number in range(count)]


def _call(rng: Random, number: int) -> dict[str, Any]:
    shopper = rng.randrange(20)
    event, properties = _happening(rng)
    return {
        "type": "track",
        "anonymousId": f"8a5f1c1e-0b7a-4e0e-9f4e-{shopper:012d}",
        **({"userId": f"shopper-{shopper:05d}"} if shopper % 3 == 0 else {}),
        "event": event,
        "properties": properties,
        "timestamp": (_BEGIN + timedelta(seconds=36 * number)).isoformat(timespec="milliseconds")[:-6] + "Z",
        "context": {
            "ip": f"203.0.113.{shopper}",
            "userAgent": PHONE if shopper % 2 else _DESKTOP,
            "locale": "en-GB",
            "timezone": "Europe/London",
            "page": {
                "path": "/c/christmas",
                "referrer": "https://www.google.com/",
                "url": "https://shop.example/c/christmas",
            },
            **({"campaign": {"name": "winter", "medium": "email"}} if shopper % 4 == 0 else {}),
        },
    }


def _happening(rng: Random) -> tuple[str, dict[str, Any]]:
    dice = rng.random()
    if dice < 0.15:
        return "Products Searched", {"query": rng.choice(_NAMES).lower(), "query_id": QUERY_ID}
    if dice < 0.25:
        products = [_product(rng) for _ in range(2)]
        total = round(sum(each["price"] * each["quantity"] for each in products), 2)
        return "Order Completed", {
            "order_id": f"{rng.randrange(10**6)}",
            "revenue": total,
            "currency": "GBP",
            "products": products,
        }
    event = "Product Viewed" if dice < 0.75 else "Product Added"
    return event, {**_product(rng), "currency": "GBP", "position": rng.randrange(1, 25), "query_id": QUERY_ID}


def _product(rng: Random) -> dict[str, Any]:
    return {
        "product_id": f"{rng.randrange(20000, 90000)}",
        "name": rng.choice(_NAMES),
        "price": round(rng.uniform(0.5, 20), 2),
        "quantity": rng.randrange(1, 13),
    }
