"""Algolia's Insights events: taken as its clients send them, refused by its rules, and what reaches the lake."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.collector_cloud import KEY, NOW, CollectorCloud
from tradewind.events.enrichment.raw_rows import RawRow, Rules, row_of
from tradewind.events.event import Event
from tradewind.key_rights import Rights
from tradewind.protocols.algolia.secured_keys import secured_key

SEARCH_KEY = "5ea4c45ea4c45ea4c45ea4c45ea4c4aa"
ADMIN_KEY = "ad314ad314ad314ad314ad314ad314ad"
QUERY_ID = "43b15df305339e827f0ac0bdc5ebcaa7"
NOW_MS = int(NOW.timestamp() * 1000)
RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")

CLICK = {
    "eventType": "click",
    "eventName": "Product Clicked",
    "index": "products",
    "userToken": "anonymous-1",
    "objectIDs": ["A", "B"],
    "queryID": QUERY_ID,
    "positions": [7, 6],
}
VIEW = {"eventType": "view", "eventName": "Hits Viewed", "index": "products", "userToken": "u", "objectIDs": ["A", "B"]}
CONVERSION = {**VIEW, "eventType": "conversion", "eventName": "Bought", "objectIDs": ["A"]}
FILTERS = {**VIEW, "objectIDs": None, "filters": ["brand%3AAc%20me"]}


@pytest.fixture(autouse=True)
def _keys(shop: CollectorCloud) -> None:
    for key, kind in ((SEARCH_KEY, "search"), (ADMIN_KEY, "admin")):
        shop.add_key(key, kind={"S": kind})


def send(shop: CollectorCloud, *events: Any, path: str = "/1/events", **how: Any) -> tuple[int, Any]:
    query = how.pop("query", f"X-Algolia-Application-Id=APP&X-Algolia-API-Key={SEARCH_KEY}&X-Algolia-Agent=insights-js")
    return shop.post(path, {"events": list(events)}, query=query, key=None, **how)


def row(event: Event) -> RawRow:
    return row_of(event, RULES)


def told(event: Event) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(bytes(event.properties))
    return sent


OK = (200, {"status": 200, "message": "OK"})


def test_a_click_after_a_search_is_answered_exactly_so_and_keeps_query_and_position(
    shop: CollectorCloud,
) -> None:
    assert send(shop, CLICK) == OK

    event = shop.event()
    assert (event.type, event.name, event.anonymous_id, event.user_id) == (
        "track",
        "Product Clicked",
        "anonymous-1",
        None,
    )
    assert told(event)["index"] == "products"
    enriched = row(event)
    assert (enriched["interaction"], enriched["query_id"]) == ("click", QUERY_ID)
    assert [(each.sku, each.position) for each in enriched["products"] or ()] == [("A", 7), ("B", 6)]
    assert shop.receipts() == {f"{1:032x}": 1}


@pytest.mark.parametrize(
    ("event", "name", "interaction"),
    [
        (CLICK, "Product Clicked", "click"),
        (VIEW, "Product List Viewed", "impression"),
        ({**VIEW, "eventName": "Product Viewed", "objectIDs": ["A"]}, "Product Viewed", "view"),
        ({**VIEW, "eventName": "Product Detail Page Viewed", "objectIDs": ["A"]}, "Product Viewed", "view"),
        ({**VIEW, "eventName": "Product List Page Viewed", "objectIDs": ["A"]}, "Product List Viewed", "impression"),
        ({**CONVERSION, "eventSubtype": "addToCart"}, "Product Added", "add_to_cart"),
        ({**CONVERSION, "eventSubtype": "purchase"}, "Order Completed", "purchase"),
        ({**CONVERSION, "eventName": "Product Added"}, "Product Added", "add_to_cart"),
        ({**CONVERSION, "eventName": "Newsletter Joined"}, "Newsletter Joined", None),
        ({**FILTERS, "eventType": "click"}, "Product List Filtered", None),
    ],
)
def test_an_event_becomes_the_interaction_that_it_is(
    shop: CollectorCloud, event: dict[str, Any], name: str, interaction: str | None
) -> None:
    assert send(shop, event) == OK

    assert (shop.event().name, row(shop.event())["interaction"]) == (name, interaction)
    assert told(shop.event())["event_name"] == event["eventName"]


def test_a_purchase_has_prices_quantities_queries_and_the_sum_as_revenue(shop: CollectorCloud) -> None:
    data = [{"price": 2.5, "quantity": 4, "discount": 1, "queryID": QUERY_ID}, {"price": "0.255", "quantity": 2}]
    purchase = {
        **CONVERSION,
        "eventSubtype": "purchase",
        "objectIDs": ["A", "B"],
        "objectData": data,
        "currency": "eur",
    }

    assert send(shop, {**purchase, "authenticatedUserToken": "known"}) == OK

    enriched = row(shop.event())
    assert (enriched["user_id"], enriched["currency"]) == ("known", "EUR")
    assert enriched["revenue"] == "10.51"  # 4 x 2.5 + 2 x 0.255
    assert [(each.sku, each.price, each.quantity, each.query_id) for each in enriched["products"] or ()] == [
        ("A", "2.5", 4, QUERY_ID),
        ("B", "0.255", 2, None),
    ]


def test_filters_are_kept_readable(shop: CollectorCloud) -> None:
    assert send(shop, FILTERS) == OK
    assert told(shop.event())["filters"] == ["brand:Ac me"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"eventType": "tap"}, "unknown_type", "eventType"),
        ({"eventSubtype": "purchase"}, "wrong_value", "eventSubtype"),
        ({"eventType": "conversion", "eventSubtype": "gift"}, "wrong_value", "eventSubtype"),
        ({"eventName": ""}, "wrong_value", "eventName"),
        ({"eventName": "x" * 65}, "wrong_value", "eventName"),
        ({"eventName": "tab\there"}, "wrong_value", "eventName"),
        ({"eventName": "käse"}, "wrong_value", "eventName"),
        ({"index": None}, "wrong_type", "index"),
        ({"userToken": None}, "no_id", "userToken"),
        ({"userToken": ""}, "wrong_value", "userToken"),
        ({"userToken": "a b"}, "wrong_value", "userToken"),
        ({"userToken": "a" * 130}, "wrong_value", "userToken"),
        ({"authenticatedUserToken": "ü"}, "wrong_value", "authenticatedUserToken"),
        ({"objectIDs": None, "positions": None}, "wrong_value", "objectIDs, filters"),
        ({"filters": ["a:b"]}, "wrong_value", "objectIDs, filters"),
        ({"objectIDs": []}, "wrong_value", "objectIDs"),
        ({"objectIDs": ["x"] * 21}, "wrong_value", "objectIDs"),
        ({"objectIDs": ["A", " "]}, "wrong_type", "objectIDs"),
        ({"objectIDs": ["A", None]}, "wrong_type", "objectIDs"),
        ({"queryID": "43b15d"}, "wrong_value", "queryID"),
        ({"positions": None}, "wrong_value", "positions"),
        ({"positions": [1]}, "wrong_value", "positions"),
        ({"positions": [0, 1]}, "wrong_value", "positions"),
        ({"positions": [1.5, 1]}, "wrong_value", "positions"),
        ({"objectData": [{}]}, "wrong_value", "objectData"),
        ({"objectData": [1, 2]}, "wrong_type", "objectData"),
        ({"objectData": [{"price": "cheap"}, {}]}, "wrong_value", "objectData.price"),
        ({"objectData": [{"quantity": 0}, {}]}, "wrong_value", "objectData.quantity"),
        ({"objectData": [{"queryID": "x"}, {}]}, "wrong_value", "objectData.queryID"),
        ({"currency": "euro"}, "wrong_value", "currency"),
        ({"value": True}, "wrong_value", "value"),
        ({"timestamp": "now"}, "wrong_type", "timestamp"),
        ({"timestamp": NOW_MS - 30 * 24 * 3_600_000 - 1}, "too_old", "timestamp"),
        ({"timestamp": 10**30}, "wrong_value", "timestamp"),
    ],
)
def test_an_event_that_breaks_a_rule_is_refused_by_name(
    shop: CollectorCloud, change: dict[str, Any], code: str, field: str
) -> None:
    status, answer = send(shop, CLICK | change)

    assert status == 422
    assert answer["status"] == 422
    assert answer["message"].startswith(field)
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [(0, code)]
    assert (shop.events(), shop.refused()) == ([], 1)


@pytest.mark.parametrize(
    "change",
    [
        {"userToken": 42},
        {"userToken": "aZ09_=/+-"},
        {"objectIDs": [1, 2]},
        {"objectIDs": [str(number) for number in range(20)], "positions": list(range(1, 21))},
        {"queryID": "message_1234"},
        {"queryID": None, "positions": None},
        {"timestamp": NOW_MS - 30 * 24 * 3_600_000},
        {"unknown": {"field": 1}, "algoliaSource": ["instantsearch"]},
        {"userToken": None, "authenticatedUserToken": "known"},
    ],
)
def test_what_lies_within_the_rules_is_taken(shop: CollectorCloud, change: dict[str, Any]) -> None:
    assert send(shop, CLICK | change) == OK
    assert len(shop.events()) == 1


def test_good_events_are_kept_and_the_others_named(shop: CollectorCloud) -> None:
    status, answer = send(shop, VIEW, 5, {**VIEW, "index": ""}, VIEW)

    assert (status, answer["status"], answer["message"]) == (200, 200, "OK")
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [(1, "not_an_object"), (2, "wrong_type")]
    assert len(shop.events()) == 4 - 2
    assert (shop.receipts(), shop.refused()) == ({f"{1:032x}": 4 - 2}, 2)


def test_what_instantsearch_says_of_itself_is_taken_and_not_kept(shop: CollectorCloud) -> None:
    start = {"eventType": "instantsearch", "eventName": "__start__", "sessionID": "s", "widgets": ["ais.hits"]}

    assert send(shop, start) == OK
    assert (shop.events(), shop.receipts(), shop.refused()) == ([], {}, 0)

    assert send(shop, start, VIEW) == OK
    assert (len(shop.events()), shop.refused()) == (1, 0)


@pytest.mark.parametrize(
    "how",
    [
        {"query": f"x-algolia-api-key={SEARCH_KEY}"},
        {"query": "", "headers": {"X-Algolia-API-Key": SEARCH_KEY}},
        {"query": f"X-ALGOLIA-API-KEY={KEY}"},
        {"query": f"X-Algolia-API-Key={ADMIN_KEY}"},
        {"path": "/s1/1/events"},
        {"path": "/s2/1/events/"},
        {"headers": {"content-type": "text/plain"}},
    ],
)
def test_the_key_may_be_in_header_or_query_in_any_spelling(shop: CollectorCloud, how: dict[str, Any]) -> None:
    assert send(shop, VIEW, **how) == OK


@pytest.mark.parametrize("query", ["", "X-Algolia-API-Key=unknown", "X-Algolia-API-Key="])
def test_without_a_key_that_may_send_it_answers_as_algolia_does(shop: CollectorCloud, query: str) -> None:
    assert send(shop, VIEW, query=query) == (401, {"status": 401, "message": "Invalid credentials"})
    assert shop.events() == []


def test_a_custom_key_sends_events_if_it_may_search_and_until_it_expires(shop: CollectorCloud) -> None:
    def rights(*acl: str, **more: Any) -> dict[str, str]:
        return {"S": Rights(acl=acl, **more).as_json()}

    ended = NOW - timedelta(seconds=1)
    shop.add_key("searches", kind={"S": "custom"}, rights=rights("search"))
    shop.add_key("browses", kind={"S": "custom"}, rights=rights("browse"))
    shop.add_key("ended", kind={"S": "custom"}, rights=rights("search", expires_at=ended))

    asked = {key: send(shop, VIEW, query=f"X-Algolia-API-Key={key}")[0] for key in ("searches", "browses", "ended")}

    assert asked == {"searches": 200, "browses": 401, "ended": 401}


def test_a_secured_key_sends_events_as_the_key_that_signed_it_and_as_long_as_it_says(shop: CollectorCloud) -> None:
    def asked(parent: str, restrictions: str) -> int:
        key = quote(secured_key(parent, restrictions), safe="")
        return send(shop, VIEW, query=f"X-Algolia-API-Key={key}")[0]

    shop.add_key("public", kind={"S": "search"}, plain={"S": "public"}, source={"S": "app"})
    second = int(NOW.timestamp())

    assert asked("public", f"filters=brand%3AAcme&validUntil={second + 1}") == 200
    assert shop.event().source == "app"
    assert [asked("public", f"validUntil={second}"), asked("public", "validUntil=soon"), asked("other", "")] == [
        401
    ] * 3


def test_a_search_key_still_sends_no_events_of_segments_clients(shop: CollectorCloud) -> None:
    assert shop.post("/v1/track", {"event": "x", "userId": "u"}, key=SEARCH_KEY)[0] == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"events":{}}', b'{"events":[]}', b"5", b"\xff"])
def test_a_body_that_is_wrong_as_a_whole_is_422_with_a_message(shop: CollectorCloud, body: bytes) -> None:
    status, answer = shop.post("/1/events", body, query=f"X-Algolia-API-Key={SEARCH_KEY}", key=None)

    assert (status, answer["status"], bool(answer["message"])) == (422, 422, True)


def test_a_body_above_two_megabytes_is_413(shop: CollectorCloud) -> None:
    status, answer = send(shop, {**VIEW, "more": "x" * 2 * 1024**2})
    assert (status, answer["status"]) == (413, 413)


def test_a_thousand_events_are_taken_and_one_more_is_named(shop: CollectorCloud) -> None:
    events = [{**VIEW, "objectIDs": [str(number)]} for number in range(1001)]

    status, answer = send(shop, *events)

    assert (status, answer["message"]) == (200, "OK")
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [(1000, "over_batch_limit")]
    assert len(shop.events()) == 1000


def test_an_event_with_its_time_sent_again_has_the_same_id_and_without_a_time_another(
    shop: CollectorCloud,
) -> None:
    timed = {**VIEW, "timestamp": NOW_MS - 1500}
    for _ in range(2):
        assert send(shop, timed) == OK
        assert send(shop, VIEW) == OK

    ids = [event.message_id for event in shop.events()]
    assert ids[0] == ids[2]
    assert ids[1] != ids[3]
    assert shop.events()[0].occurred_at == "2026-03-01T11:59:58.500000Z"
    assert shop.events()[1].flags == ("time_missing",)


def test_a_page_says_which_device_and_a_server_does_not(shop: CollectorCloud) -> None:
    agent = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"}
    send(shop, VIEW, headers={**agent, "origin": "https://shop.example"})
    send(shop, VIEW, headers=agent)

    assert [event.user_agent for event in shop.events()] == [agent["user-agent"], None]


def test_a_half_character_is_mended_and_flagged(shop: CollectorCloud) -> None:
    body = json.dumps({"events": [{**FILTERS, "filters": ["x"]}]}).replace('"x"', '"\\ud800"')

    assert shop.post("/1/events", body, query=f"X-Algolia-API-Key={SEARCH_KEY}", key=None) == OK
    assert "text_mended" in shop.event().flags
    assert told(shop.event())["filters"] == ["\ufffd"]


def test_a_shopper_who_wants_to_be_forgotten_is_written_down_once(shop: CollectorCloud) -> None:
    def forget(token: str, key: str) -> int:
        query = f"X-Algolia-API-Key={key}"
        return shop.collected(f"/1/usertokens/{token}", method="DELETE", query=query, key=None).answer.status

    assert forget("anonymous-1", ADMIN_KEY) == 204
    shop.now += timedelta(hours=1)
    assert forget("anonymous-1", ADMIN_KEY) == 204
    (item,) = shop.dynamodb.scan(TableName="erasures")["Items"]
    assert item["anonymous_id"] == {"S": "anonymous-1"}
    assert item["asked_at"] == {"S": NOW.isoformat()}
    assert item["asked_again_at"] == {"S": (NOW + timedelta(hours=1)).isoformat()}
    assert [forget("anonymous-2", key) for key in (SEARCH_KEY, KEY, "unknown")] == [401, 401, 401]
    assert forget("a%20b", ADMIN_KEY) == 422
    assert shop.post("/1/usertokens/a", key=ADMIN_KEY)[0] == 405


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)

fields = st.sampled_from([*CLICK, "objectData", "filters", "value", "timestamp"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(st.sampled_from([*CLICK, "objectData", "filters", "value", "timestamp"]), json_values),
        max_size=4,
    )
)
def test_whatever_is_sent_is_taken_or_refused_and_counted(shop: CollectorCloud, changes: list[dict[str, Any]]) -> None:
    events, refused = len(shop.events()), shop.refused()

    status, answer = send(shop, *[CLICK | change for change in changes])

    assert status in ((200, 422) if changes else (422,))
    assert 0 <= len(shop.events()) - events <= len(changes)
    if changes:
        assert (len(shop.events()) - events) + (shop.refused() - refused) == len(changes)
        assert len(answer.get("rejected", [])) == shop.refused() - refused
