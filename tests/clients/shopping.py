"""A visit to the shop as calls that every client can make: what each of them sends is looked for in the lake.

A call is a message of Segment's spec, as the node clients take it; the other clients' scripts spell it their way.
"""

from datetime import UTC, datetime
from typing import Any

QUERY_ID = "0123456789abcdef0123456789abcdef"
LONG_AGO = datetime(2026, 1, 31, 23, 30, 15, 123000, tzinfo=UTC)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)

_LANTERN = {"sku": "85123A", "name": "LANTERN", "price": 2.55, "quantity": 6}
_METAL_LANTERN = {"product_id": "71053", "name": "METAL LANTERN", "price": 3.39, "quantity": 2}


def shopping(visit: str) -> list[dict[str, Any]]:
    """Return the calls of a visit: nine that become events, and one whose consent is refused.

    `visit` is part of every id, so that visits can be told apart in one lake.
    """
    return [
        _call(visit, "page", name="Lanterns", properties={"path": "/lanterns", "url": "http://shop.example/lanterns"}),
        _track(visit, "Products Searched", {"query": "lantern", "query_id": QUERY_ID}),
        _track(visit, "Product Viewed", {**_LANTERN, "currency": "GBP", "query_id": QUERY_ID, "position": 3}),
        _track(visit, "add_to_cart", {"currency": "GBP", "value": 6.78, "items": [_ga4(_METAL_LANTERN)]}),
        _call(
            visit,
            "track",
            event="Order Completed",
            properties={
                "order_id": f"{visit}-1",
                "currency": "GBP",
                "revenue": 22.08,  # 6 x 2.55 + 2 x 3.39
                "products": [_LANTERN, _METAL_LANTERN],
            },
            messageId=f"{visit}-order",
            timestamp=LONG_AGO.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        ),
        _track(
            visit,
            "purchase",
            {"transaction_id": f"{visit}-2", "currency": "GBP", "value": 15.3, "items": [_ga4(_LANTERN, sku="85123A")]},
        ),
        _call(visit, "identify", userId=f"{visit}-shopper", traits={"plan": "trade"}),
        _call(visit, "group", userId=f"{visit}-shopper", groupId="wholesalers", traits={"seats": 3}),
        _call(visit, "alias", userId=f"{visit}-shopper", previousId=f"{visit}-earlier"),
        _call(
            visit,
            "track",
            event="Product Clicked",
            properties=_LANTERN,
            context={"consent": {"categoryPreferences": {"analytics": False}}},
        ),
    ]


def _track(visit: str, event: str, properties: dict[str, Any]) -> dict[str, Any]:
    return _call(visit, "track", event=event, properties=properties)


def _call(visit: str, kind: str, **message: Any) -> dict[str, Any]:
    context = {"userAgent": PHONE, "locale": "en-GB", "timezone": "Europe/London", **message.pop("context", {})}
    return {"type": kind, "anonymousId": f"{visit}-anonymous", "context": context, **message}


def _ga4(product: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a product as GA4 writes it."""
    return {
        "item_id": more.get("sku", product.get("product_id")),
        "item_name": product["name"],
        "price": product["price"],
        "quantity": product["quantity"],
    }
