"""Requests of every kind, through to the stream and the tables."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.collector_cloud import KEY, NOW, NOW_TEXT, CollectorCloud, basic

TRACK = {"type": "track", "event": "Product Viewed", "anonymousId": "a1", "messageId": "m1", "timestamp": NOW_TEXT}
REQUEST_1 = f"{1:032x}"
OK = (200, {"success": True})


def track(number: int, **more: Any) -> dict[str, Any]:
    return {**TRACK, "messageId": f"m{number}", **more}


def test_a_single_event_is_stored_and_confirmed(shop: CollectorCloud) -> None:
    body = {"anonymousId": "a1", "event": "Product Viewed", "properties": {"product_id": "22423"}, "messageId": "m1"}

    assert shop.post("/v1/track", body) == OK

    event = shop.event()
    assert (event.type, event.name, event.anonymous_id, event.source) == ("track", "Product Viewed", "a1", "web")
    assert bytes(event.properties) == b'{"product_id":"22423"}'.replace(b":", b": ")
    assert (event.receipt, event.received_at, event.message_id) == (f"{REQUEST_1}-0000", NOW_TEXT, "m1")
    assert shop.receipts() == {REQUEST_1: 1}
    assert shop.refused() == 0


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/v1/track", "track", {"event": "Cart Viewed"}),
        ("/v1/t", "track", {"event": "Cart Viewed"}),
        ("/v1/identify", "identify", {"traits": {"plan": "gold"}}),
        ("/v1/i", "identify", {}),
        ("/v1/page", "page", {"name": "Home"}),
        ("/v1/p", "page", {}),
        ("/v1/screen", "screen", {"name": "Home"}),
        ("/v1/s", "screen", {}),
        ("/v1/group", "group", {"groupId": "g1"}),
        ("/v1/g", "group", {"groupId": "g1"}),
        ("/v1/alias", "alias", {"previousId": "a0"}),
        ("/v1/a", "alias", {"previousId": "a0"}),
        ("/s1/v1/t", "track", {"event": "Cart Viewed"}),
        ("/v1/track/", "track", {"event": "Cart Viewed"}),
    ],
)
def test_each_path_takes_its_type(shop: CollectorCloud, path: str, kind: str, body: dict[str, Any]) -> None:
    assert shop.post(path, {**body, "userId": "u1"}) == OK
    assert shop.event().type == kind


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"])
def test_each_batch_path_takes_many(shop: CollectorCloud, path: str) -> None:
    page = {"type": "page", "name": "Home", "userId": "u1", "messageId": "m2"}

    assert shop.post(path, {"batch": [TRACK, page]}) == OK

    assert [(event.type, event.name) for event in shop.events()] == [("track", "Product Viewed"), ("page", "Home")]
    assert shop.receipts() == {REQUEST_1: 2}


def test_an_empty_batch_is_taken_and_nothing_stored(shop: CollectorCloud) -> None:
    assert shop.post("/v1/batch", {"batch": []}) == OK
    assert (shop.records(), shop.receipts(), shop.refused()) == ([], {}, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"},
        {"content-type": "application/json; charset=utf-8", "content-encoding": "GZIP"},
        {},
    ],
)
def test_the_content_type_does_not_matter(shop: CollectorCloud, headers: dict[str, str]) -> None:
    body = json.dumps({"batch": [TRACK]}).encode()
    sent = gzip.compress(body) if "content-encoding" in headers else body

    assert shop.post("/v1/batch", sent, headers=headers) == OK
    assert shop.event().message_id == "m1"


def test_gzip_without_its_header_is_unpacked_too(shop: CollectorCloud) -> None:
    assert shop.post("/v1/track", gzip.compress(json.dumps(TRACK).encode())) == OK


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({**TRACK, "writeKey": KEY}, ""),
        (TRACK, f"writeKey={KEY}"),
        (TRACK, f"WRITEKEY={KEY}"),
    ],
)
def test_the_write_key_may_be_in_body_or_query(shop: CollectorCloud, body: Any, query: str) -> None:
    assert shop.post("/v1/track", body, query=query, key=None) == OK


def test_the_write_key_may_be_in_a_batch_or_one_of_its_events(shop: CollectorCloud) -> None:
    assert shop.post("/v1/batch", {"batch": [TRACK], "writeKey": KEY}, key=None) == OK
    assert shop.post("/v1/batch", {"batch": [TRACK, track(2, writeKey=KEY)]}, key=None) == OK


def test_the_context_of_a_batch_is_part_of_each_event_and_the_events_own_comes_first(shop: CollectorCloud) -> None:
    own = {"locale": "de-DE"}
    body = {"batch": [track(1, context=own), track(2)], "context": {"locale": "en-GB", "app": {"name": "shop"}}}

    assert shop.post("/v1/batch", body) == OK

    contexts = [json.loads(bytes(event.context)) for event in shop.events()]
    assert contexts == [
        {"locale": "de-DE", "app": {"name": "shop"}},
        {"locale": "en-GB", "app": {"name": "shop"}},
    ]


def test_sent_at_of_the_batch_corrects_a_clock_that_is_hours_wrong(shop: CollectorCloud) -> None:
    # The client's clock is 5 h ahead: the event was 10 minutes before it was sent, which was now.
    body = {"batch": [track(1, timestamp="2026-03-01T16:50:00Z")], "sentAt": "2026-03-01T17:00:00Z"}

    assert shop.post("/v1/batch", body) == OK

    assert shop.event().occurred_at == "2026-03-01T11:50:00.000000Z"
    assert shop.event().flags == ()


@pytest.mark.parametrize(
    ("sent", "headers"),
    [({"sentAt": "2026-03-01T17:00:00Z"}, {}), ({}, {"sentat": "2026-03-01T17:00:00Z"})],
)
def test_a_single_event_says_in_body_or_header_when_it_was_sent(
    shop: CollectorCloud, sent: dict[str, str], headers: dict[str, str]
) -> None:
    shop.post("/v1/track", {**track(1, timestamp="2026-03-01T16:50:00Z"), **sent}, headers=headers)
    assert shop.event().occurred_at == "2026-03-01T11:50:00.000000Z"


def test_events_of_one_batch_may_say_each_when_they_were_sent(shop: CollectorCloud) -> None:
    first = track(1, timestamp="2026-03-01T16:50:00Z", sentAt="2026-03-01T17:00:00Z")
    shop.post("/v1/batch", {"batch": [first, track(2, timestamp="2026-03-01T11:00:00Z")]})
    assert [event.occurred_at[11:16] for event in shop.events()] == ["11:50", "11:00"]


def test_a_pixel_answers_an_image_and_keeps_the_browsers_name(shop: CollectorCloud) -> None:
    query = f"writeKey={KEY}&anonymousId=a1&event=Email%20Opened&properties.mail.id=7&context.page.path=%2Fa"

    status, image = shop.post(
        "/pixel/v1/track", method="GET", query=query, key=None, headers={"user-agent": "Mail/1.0"}
    )

    assert (status, image[:6], len(image)) == (200, b"GIF89a", 43)
    event = shop.event()
    assert (event.name, event.user_agent) == ("Email Opened", "Mail/1.0")
    assert json.loads(bytes(event.properties)) == {"mail": {"id": "7"}}
    assert json.loads(bytes(event.context)) == {"page": {"path": "/a"}, "ip": "198.51.100.0"}


def test_segments_pixel_holds_the_event_in_base64(shop: CollectorCloud) -> None:
    data = "eyJ3cml0ZUtleSI6ICIlcyIsICJ1c2VySWQiOiAidTEiLCAiZXZlbnQiOiAiRW1haWwgT3BlbmVkIn0"

    status, _ = shop.post("/v1/pixel/track", method="GET", query=f"data={data}")

    assert status == 200
    assert (shop.event().user_id, shop.event().name) == ("u1", "Email Opened")


def test_a_pixel_that_is_refused_says_why(shop: CollectorCloud) -> None:
    status, answer = shop.post("/pixel/v1/track", method="GET", query=f"writeKey={KEY}&anonymousId=a1", key=None)
    assert (status, answer["code"]) == (400, "no_event_name")

    status, answer = shop.post("/v1/pixel/track", method="GET", query="data=%25%25%25a")
    assert (status, answer["code"]) == (400, "not_json")


def test_the_beacon_keeps_the_browsers_name_and_other_paths_do_not(shop: CollectorCloud) -> None:
    headers = {"user-agent": "Mozilla/5.0"}
    shop.post("/beacon/v1/batch", {"batch": [TRACK]}, query=f"writeKey={KEY}", key=None, headers=headers)
    shop.post("/v1/batch", {"batch": [track(2)]}, headers=headers)
    assert [event.user_agent for event in shop.events()] == ["Mozilla/5.0", None]


def test_a_clients_own_metrics_are_taken_and_not_kept(shop: CollectorCloud) -> None:
    assert shop.post("/v1/m", {"series": [{"type": "Counter"}]}, key=None) == OK
    assert (shop.records(), shop.refused()) == ([], 0)


def test_settings_name_this_host_as_the_only_integration(shop: CollectorCloud) -> None:
    status, settings = shop.post(f"/v1/projects/{KEY}/settings", method="GET", key=None)

    assert status == 200
    assert settings["integrations"] == {
        "Segment.io": {"apiKey": KEY, "apiHost": "shop.example.com/v1", "protocol": "https"}
    }
    assert settings["plan"]["track"]["__default"]["enabled"] is True


def test_settings_on_the_loopback_say_http(shop: CollectorCloud) -> None:
    headers = {"host": "127.0.0.1:8600", "x-forwarded-proto": "https"}
    _, settings = shop.post(f"/v1/projects/{KEY}/settings", method="GET", key=None, headers=headers)
    assert settings["integrations"]["Segment.io"]["protocol"] == "http"
    assert settings["integrations"]["Segment.io"]["apiHost"] == "127.0.0.1:8600/v1"


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/"])
def test_a_source_config_has_a_source_without_destinations(shop: CollectorCloud, path: str) -> None:
    status, config = shop.post(path, method="GET", query=f"p=web&v=3&writeKey={KEY}", key=None)

    assert status == 200
    assert config["source"]["enabled"] is True
    assert config["source"]["destinations"] == []
    assert config["source"]["name"] == "web"


def test_start_up_needs_a_known_key_and_counts_as_no_event(shop: CollectorCloud) -> None:
    status, answer = shop.post("/v1/projects/unknown/settings", method="GET", key=None)
    assert (status, answer["code"]) == (401, "unknown_key")
    assert shop.post("/sourceConfig", method="GET", key=None)[0] == 401
    assert shop.refused() == 0


def test_an_unknown_path_and_a_wrong_method_are_named(shop: CollectorCloud) -> None:
    status, answer = shop.post("/v2/track", TRACK)
    assert (status, answer["code"]) == (404, "not_found")
    assert answer["success"] is False
    assert '"/v2/track"' in answer["message"]

    found = shop.collected("/v1/track", method="GET").answer
    assert (found.status, found.headers["allow"]) == (405, "POST")


def test_an_address_is_kept_without_its_end(shop: CollectorCloud) -> None:
    shop.post("/v1/batch", {"batch": [track(1, context={"ip": "203.0.113.77", "network": {"ip": "203.0.113.77"}})]})
    assert json.loads(bytes(shop.event().context)) == {"ip": "203.0.113.0", "network": {"ip": "203.0.113.0"}}


@pytest.mark.parametrize(
    ("context", "headers", "address", "country"),
    [
        ({}, {}, None, None),  # a server's connection says where the server is
        ({"library": {"name": "analytics-node"}}, {}, None, None),
        ({}, {"origin": "https://shop.example"}, "198.51.100.0", "GB"),
        ({"device": {"id": "d1"}}, {}, "198.51.100.0", "GB"),
        ({"direct": True}, {}, "198.51.100.0", "GB"),
        ({"direct": False}, {}, None, None),
        ({"direct": True, "ip": "192.0.2.9"}, {}, "192.0.2.0", "GB"),
    ],
)
def test_the_connection_says_where_a_shopper_is_and_not_where_a_server_is(
    shop: CollectorCloud, context: dict[str, Any], headers: dict[str, str], address: str | None, country: str | None
) -> None:
    shop.post("/v1/track", {**TRACK, "context": context}, headers={"cloudfront-viewer-country": "GB", **headers})

    event = shop.event()
    assert json.loads(bytes(event.context)).get("ip") == address
    assert event.country == country


def test_a_forwarded_address_is_the_first_of_its_list(shop: CollectorCloud) -> None:
    headers = {"x-forwarded-for": "2001:db8:1:2:3::4, 198.51.100.1", "origin": "https://shop.example"}
    shop.post("/v1/track", TRACK, headers=headers)
    assert json.loads(bytes(shop.event().context)) == {"ip": "2001:db8:1::"}


def test_pretty_printed_events_become_one_line_each(shop: CollectorCloud) -> None:
    body = json.dumps({"batch": [track(1, properties={"a": "x"}), track(2)]}, indent=2).replace("\n", "\r\n")

    assert shop.post("/v1/batch", body) == OK

    assert [event.message_id for event in shop.events()] == ["m1", "m2"]


def test_a_preflight_names_each_header(shop: CollectorCloud) -> None:
    answer = shop.collected("/v1/t", method="OPTIONS", key=None, headers={"origin": "https://shop.example"}).answer

    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert answer.status == 204
    assert {"authorization", "content-type", "anonymousid", "sentat", "rsa-retry-attempt"} <= set(allowed)
    assert "*" not in allowed
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, OPTIONS"


def test_a_page_may_read_answers_and_errors(shop: CollectorCloud) -> None:
    page = {"origin": "https://shop.example"}
    assert shop.collected("/v1/t", TRACK).answer.headers["access-control-allow-origin"] == "*"
    for key in (KEY, "unknown"):
        headers = shop.collected("/v1/t", TRACK, headers=page, key=key).answer.headers
        assert (headers["access-control-allow-origin"], headers["vary"]) == ("https://shop.example", "Origin")


def test_a_page_that_the_key_does_not_allow_is_refused_and_cannot_read_why(shop: CollectorCloud) -> None:
    shop.add_key("restricted", origins={"SS": ["https://shop.example"]})

    stranger = shop.collected("/v1/t", TRACK, key="restricted", headers={"origin": "https://elsewhere.example"})
    assert (stranger.answer.status, stranger.code) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in stranger.answer.headers

    assert shop.post("/v1/t", TRACK, key="restricted", headers={"origin": "https://shop.example"}) == OK
    assert shop.post("/v1/t", TRACK, key="restricted") == OK  # a server has no origin
    assert shop.refused() == 1


def test_a_revoked_key_is_unknown_and_a_rotated_one_works_until_its_time(shop: CollectorCloud) -> None:
    shop.add_key("revoked", revoked_at={"S": (NOW - timedelta(seconds=1)).isoformat()})
    shop.add_key("rotated", revoked_at={"S": (NOW + timedelta(hours=1)).isoformat()})

    status, answer = shop.post("/v1/t", TRACK, key="revoked")
    assert (status, answer["code"]) == (401, "unknown_key")
    assert shop.post("/v1/t", TRACK, key="rotated") == OK

    shop.now = NOW + timedelta(hours=1)
    assert shop.post("/v1/t", TRACK, key="rotated")[0] == 401


@pytest.mark.parametrize("kind", ["search", "admin"])
def test_only_write_keys_send_events(shop: CollectorCloud, kind: str) -> None:
    shop.add_key("other", kind={"S": kind})
    assert shop.post("/v1/t", TRACK, key="other")[0] == 401


def test_revoking_takes_effect_once_the_cached_key_is_half_a_minute_old(shop: CollectorCloud) -> None:
    assert shop.post("/v1/t", TRACK) == OK
    shop.add_key(KEY, revoked_at={"S": NOW.isoformat()})

    shop.now = NOW + timedelta(seconds=29)
    assert shop.post("/v1/t", TRACK) == OK
    shop.now = NOW + timedelta(seconds=30)
    assert shop.post("/v1/t", TRACK)[0] == 401


def test_above_its_rate_a_key_is_told_when_to_come_back(shop: CollectorCloud) -> None:
    shop.add_key("slow", rate={"N": "2"})

    statuses = [shop.post("/v1/t", track(number), key="slow")[0] for number in range(4)]
    last = shop.collected("/v1/batch", {"batch": [track(8), track(9)]}, key="slow")

    assert statuses == [200, 200, 429, 429]
    assert (last.answer.status, last.answer.headers["retry-after"], last.code) == (429, "1", "over_rate")
    assert shop.refused() == 1 + 1 + 2
    shop.now = NOW + timedelta(seconds=1)
    assert shop.post("/v1/t", TRACK, key="slow") == OK


def test_what_clients_send_with_their_second_try_is_no_trouble(shop: CollectorCloud) -> None:
    headers = {"x-retry-count": "1", "anonymousid": "YTE=", "rsa-retry-attempt": "1", **basic(KEY)}
    assert shop.post("/v1/t", TRACK, headers=headers) == OK


def test_a_full_record_of_one_shopper_has_their_id_as_its_key(shop: CollectorCloud) -> None:
    shop.post("/v1/batch", {"batch": [track(number, userId="u1") for number in range(200)]})
    shop.post("/v1/batch", {"batch": [track(1, anonymousId="a1"), track(2, anonymousId="a2")]})

    records = shop.records()
    assert sum(record["PartitionKey"] == "u1" for record in records) == len(records) - 1
    assert [event.message_id for event in shop.events()][:200] == [f"m{number}" for number in range(200)]
    assert max(len(record["Data"]) for record in records) <= 25_000
