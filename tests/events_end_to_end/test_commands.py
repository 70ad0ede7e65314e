"""What a person does with events on the command line, against a deployed shop."""

import base64
import json
import uuid
from pathlib import Path

import pytest

from tests.events_end_to_end.shop import Shop, gained
from tests.local.running_cloud import eventually

pytestmark = pytest.mark.cloud

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
# A sale of 6 x 2.55 = 15.30 and one of 2 x 3.39 = 6.78; the third line is a return.
LINES = (
    "536365,85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    "536366,71053,METAL LANTERN,2,2010-12-02 08:26:00,3.39,17850,United Kingdom\n"
    "C536379,85123A,LANTERN,-1,2011-01-04 09:41:00,2.55,17850,United Kingdom\n"
)


def test_curl_needs_no_content_type(shop: Shop) -> None:
    visitor = f"curl-{uuid.uuid4().hex[:8]}"
    basic = base64.b64encode(f"{shop.write_key}:".encode()).decode()
    event = {"anonymousId": visitor, "event": "Product Viewed", "properties": {"product_id": "22423"}}

    answer = shop.ask(
        "POST",
        "/v1/track",
        json.dumps(event).encode(),
        # As curl -d sends it.
        {
            "authorization": f"Basic {basic}",
            "content-type": "application/x-www-form-urlencoded",
            "user-agent": "curl/8.5",
        },
    )

    assert (answer.status, answer.body) == (200, {"success": True})
    shop.settled()
    assert shop.sql(f"select interaction, sku, line from interactions where anonymous_id = '{visitor}'") == [
        {"interaction": "view", "sku": "22423", "line": 1}
    ]


def test_sale_lines_that_are_produced_twice_are_in_the_lake_once(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / f"shop {uuid.uuid4().hex[:8]}.csv"
    file.write_text(HEADER + LINES)
    before = shop.settled()

    for _ in range(2):
        shop.run("produce", str(file))
    after = shop.settled()

    assert gained(before, after, ("accepted", "clean", "duplicate")) == {"accepted": 4, "clean": 2, "duplicate": 2}
    rows = shop.sql(
        "select cast(occurred_at as date) day, sum(quantity * price) revenue from interactions"
        " where interaction = 'purchase' and occurred_at < timestamp '2011-01-01' group by 1 order by 1"
    )
    assert [(row["day"], float(row["revenue"])) for row in rows] == [("2010-12-01", 15.3), ("2010-12-02", 6.78)]


def test_the_tail_shows_accepted_and_refused_events(shop: Shop) -> None:
    visitor = f"tail-{uuid.uuid4().hex[:8]}"
    shop.post("/v1/track", {"anonymousId": visitor, "event": "Product Viewed"})
    refused = shop.post("/v1/track", {"anonymousId": visitor})
    assert refused.status == 400

    def look() -> str | None:
        lines = shop.run("events", "tail", "--since", "2m", "--for", "2", "--json").splitlines()
        shown = [line for line in lines if visitor in line or refused.body["code"] in line]
        return "\n".join(shown) if len(shown) >= 2 else None

    shown = eventually(look, seconds=30)
    assert shown is not None
    assert visitor in shown
    assert refused.body["code"] in shown


def test_a_key_names_the_source_and_ends_when_it_is_revoked(shop: Shop) -> None:
    made = shop.run("keys", "create", "--source", "ios")
    key = next(word for word in made.split() if len(word) == 32 and set(word) <= set("0123456789abcdef"))
    visitor = f"key-{uuid.uuid4().hex[:8]}"
    event = {"anonymousId": visitor, "event": "Product Viewed"}

    assert shop.post("/v1/track", event, key=key).status == 200
    shop.settled()
    assert shop.sql(f"select source from events where anonymous_id = '{visitor}'") == [{"source": "ios"}]

    (listed,) = [each for each in json.loads(shop.run("keys", "list", "--json")) if each["source"] == "ios"]
    shop.run("keys", "revoke", listed["id"])
    assert eventually(lambda: shop.post("/v1/track", event, key=key).status == 401, seconds=60)
