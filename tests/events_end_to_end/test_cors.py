"""What pages of other origins may send: asked for by hand, and by a real browser."""

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.clients import browser
from tests.events_end_to_end.shop import Shop

pytestmark = pytest.mark.cloud

ORIGIN = "https://www.shop.example"
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client for browsers sends to a path: `headers` beside those that need no leave."""

    name: str
    path: str
    headers: dict[str, str]
    method: str = "POST"
    status: int = 200
    event: dict[str, Any] | None = field(default_factory=dict)


_RETRIED = {
    "rsa-retry-attempt": "1",
    "rsa-retry-reason": "client-network",
    "rsa-since-last-attempt": "2083",
    "rsa-since-first-attempt": "2083",
    "rsa-recovered": "true",
}
_RUDDER = {
    "content-type": "application/json;charset=UTF-8",
    "anonymousid": "YTE=",
    "sentat": "2026-03-01T12:00:00.000Z",
}
_ALGOLIA = "&X-Algolia-Application-Id=shop&X-Algolia-Agent=insights-js"


def sent_by_browsers(write_key: str) -> list[Sent]:
    """Return the requests of each client for browsers."""
    basic = {"authorization": "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()}
    settings = f"/v1/projects/{write_key}/settings"
    config = f"/sourceConfig/?p=npm&v=3.34.1&build=modern&writeKey={write_key}"
    segment = {**basic, "content-type": "text/plain"}
    rudder = {**basic, **_RUDDER}
    return [
        Sent("analytics-next start-up", settings, {}, "GET", event=None),
        Sent("analytics-next", "/v1/t", segment),
        Sent("analytics-next again", "/v1/t", {**segment, "x-retry-count": "1"}),
        Sent("analytics-next in batches", "/v1/b", {**segment, "x-retry-count": "2"}),
        Sent("analytics-js start-up", config, basic, "GET", event=None),
        Sent("analytics-js", "/v1/track", rudder),
        Sent("analytics-js again", "/v1/track", {**rudder, **_RETRIED}),
        Sent("analytics-js in batches", "/v1/batch", rudder),
        Sent("analytics-js by beacon", f"/beacon/v1/batch?writeKey={write_key}", {"content-type": "text/plain"}),
        Sent("search-insights", f"/1/events?X-Algolia-API-Key={write_key}{_ALGOLIA}", {"content-type": JSON_TYPE}),
        Sent("ubi.js", f"/ubi/{write_key}/ubi_events", {"content-type": JSON_TYPE}),
    ]


@pytest.mark.parametrize("name", [each.name for each in sent_by_browsers("")])
def test_a_preflight_lists_every_header_by_its_name(shop: Shop, name: str) -> None:
    (sent,) = [each for each in sent_by_browsers(shop.write_key) if each.name == name]
    asked = ", ".join(sent.headers)

    answer = shop.ask(
        "OPTIONS",
        sent.path,
        headers={
            "origin": ORIGIN,
            "access-control-request-method": sent.method,
            **({"access-control-request-headers": asked} if asked else {}),
        },
    )

    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] in ("*", ORIGIN)
    allowed = {each.strip().lower() for each in answer.headers["access-control-allow-headers"].split(",")}
    assert set(sent.headers) <= allowed
    assert sent.method in {each.strip() for each in answer.headers["access-control-allow-methods"].split(",")}
    assert int(answer.headers["access-control-max-age"]) >= 3600


def test_a_real_browser_lets_every_request_of_another_origin_through(shop: Shop) -> None:
    visitor = f"cors-{uuid.uuid4().hex[:8]}"
    requests = [
        {
            "name": each.name,
            "method": each.method,
            "path": each.path,
            "headers": each.headers,
            "body": _body(each, visitor),
        }
        for each in sent_by_browsers(shop.write_key)
    ]

    results = browser.visit("preflights", {"origin": shop.api_url, "requests": requests})

    assert results == [
        {"name": each.name, "passed": True, "status": each.status} for each in sent_by_browsers(shop.write_key)
    ]
    shop.settled()
    (found,) = shop.sql(f"select count(*) events from events where anonymous_id = '{visitor}'")
    assert found["events"] == 9


def test_a_real_browser_keeps_a_page_from_a_key_of_another_origin(shop: Shop) -> None:
    made = shop.run("keys", "create", "--source", "checkout", "--origin", "https://checkout.shop.example")
    key = next(
        word for word in made.split() if len(word) == 32 and all(symbol in "0123456789abcdef" for symbol in word)
    )
    (sent,) = [each for each in sent_by_browsers(key) if each.name == "analytics-next"]
    request = {"name": "t", "method": "POST", "path": sent.path, "headers": sent.headers, "body": _body(sent, "a1")}

    (result,) = browser.visit("preflights", {"origin": shop.api_url, "requests": [request]})

    # The page can read the refusal: it says which origins the key is for.
    assert result == {"name": "t", "passed": True, "status": 403}


def _body(sent: Sent, visitor: str) -> str | None:
    """Return the body of a request: an event, in a batch where the path takes one."""
    if sent.event is None:
        return None
    if sent.name == "search-insights":
        click = {"eventType": "click", "eventName": "Clicked", "index": "products", "objectIDs": ["85123A"]}
        return json.dumps({"events": [{**click, "userToken": visitor}]})
    if sent.name == "ubi.js":
        return json.dumps([{"action_name": "click", "client_id": visitor, "timestamp": "2026-03-01T12:00:00Z"}])
    event = {"type": "track", "anonymousId": visitor, "event": "Product Viewed", "properties": {"sku": "85123A"}}
    return json.dumps({"batch": [event]} if sent.path.partition("?")[0].endswith(("/b", "/batch")) else event)
