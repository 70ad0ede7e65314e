"""What clients get wrong, with the exact answer; good events of the same request are kept."""

import gzip
import json
import re
import tracemalloc
from typing import Any

import pytest

from tests.collector_cloud import KEY, NOW, NOW_TEXT, CollectorCloud

GOOD = {"type": "track", "event": "Cart Viewed", "anonymousId": "a1", "messageId": "good", "timestamp": NOW_TEXT}
KIB = 1024


def refused(code: str, message: str, *, index: int = 0, message_id: str | None = "bad") -> dict[str, Any]:
    return {"index": index, "messageId": message_id, "code": code, "message": message}


def post_raw(shop: CollectorCloud, event: str, path: str = "/v1/batch") -> tuple[int, Any]:
    """Post a good event and one that is given as JSON."""
    return shop.post(path, f'{{"batch":[{json.dumps(GOOD)},{event}]}}')


@pytest.mark.parametrize(
    ("wrong", "code", "message"),
    [
        ({"event": 5}, "wrong_type", "event 5: must be a text"),
        ({"event": None}, "no_event_name", "event null: a track call needs the name of what happened"),
        ({"event": ""}, "no_event_name", 'event "": a track call needs the name of what happened'),
        ({"userId": {}}, "wrong_type", "userId {}: must be a text or a number"),
        ({"anonymousId": True}, "wrong_type", "anonymousId true: must be a text or a number"),
        ({"anonymousId": ["a", "b"]}, "wrong_type", 'anonymousId ["a", "b"]: must be a text or a number'),
        (
            {"anonymousId": None},
            "no_id",
            "userId, anonymousId null: an event needs one of them; send the shopper's",
        ),
        ({"anonymousId": ""}, "no_id", "userId, anonymousId null: an event needs one of them; send the shopper's"),
        (
            {"type": "merge"},
            "unknown_type",
            'type "merge": is not collected; send one of track, identify, page, screen, group, alias',
        ),
        (
            {"type": None},
            "unknown_type",
            "type null: is not collected; send one of track, identify, page, screen, group, alias",
        ),
        ({"type": 7}, "wrong_type", "type 7: must be a text"),
        ({"properties": [1]}, "wrong_type", "properties [1]: must be an object; send names and values"),
        (
            {"properties": "x" * 90},
            "wrong_type",
            f'properties "{"x" * 56}...: must be an object; send names and values',
        ),
        ({"context": 3}, "wrong_type", "context 3: must be an object; send names and values"),
        ({"traits": "gold"}, "wrong_type", 'traits "gold": must be an object; send names and values'),
        ({"type": "group"}, "no_group_id", "groupId null: a group call needs the group's id"),
        (
            {"type": "alias", "anonymousId": None, "userId": "u1"},
            "no_previous_id",
            "previousId null: an alias call needs the id that the shopper had before",
        ),
        (
            {"event": "Cart\u0000Viewed"},
            "control_characters",
            'event "Cart\\u0000Viewed": has control characters; leave them out',
        ),
        (
            {"anonymousId": "a\n1"},
            "control_characters",
            'anonymousId "a\\n1": has control characters; leave them out',
        ),
        (
            {"anonymousId": "a\u00851"},
            "control_characters",
            'anonymousId "a\u00851": has control characters; leave them out',
        ),
    ],
)
def test_a_wrong_event_is_refused_by_name_and_the_good_one_kept(
    shop: CollectorCloud, wrong: dict[str, Any], code: str, message: str
) -> None:
    body = {"batch": [GOOD, {**GOOD, "messageId": "bad", **wrong}]}

    assert shop.post("/v1/batch", body) == (200, {"success": True, "rejected": [refused(code, message, index=1)]})

    assert [event.message_id for event in shop.events()] == ["good"]
    assert shop.receipts() == {f"{1:032x}": 1}
    assert shop.refused() == 1
    (note,) = shop.notes()
    assert {name: note[name] for name in ("code", "message", "index", "message_id", "source", "events")} == {
        "code": code,
        "message": message,
        "index": "1",
        "message_id": "bad",
        "source": "web",
        "events": "1",
    }


@pytest.mark.parametrize("event", ["5", '"text"', "null", "[1,2]", "true"])
def test_an_event_that_is_no_object_is_refused(shop: CollectorCloud, event: str) -> None:
    message = f"event {event}: must be an object; send one JSON object"
    expected = refused("not_an_object", message, index=1, message_id=None)
    assert post_raw(shop, event) == (200, {"success": True, "rejected": [expected]})
    assert shop.event().message_id == "good"


def test_a_single_wrong_event_is_answered_400_with_its_reason(shop: CollectorCloud) -> None:
    message = "userId, anonymousId null: an event needs one of them; send the shopper's"
    assert shop.post("/v1/track", {"event": "Cart Viewed", "messageId": "bad"}) == (
        400,
        {"success": False, "code": "no_id", "message": message, "rejected": [refused("no_id", message)]},
    )
    assert (shop.records(), shop.receipts(), shop.refused()) == ([], {}, 1)


def test_different_reasons_have_a_common_code_if_none_is_accepted(shop: CollectorCloud) -> None:
    status, answer = shop.post("/v1/batch", {"batch": [5, {"type": "track"}]})
    assert (status, answer["code"]) == (400, "none_accepted")
    assert answer["message"] == answer["rejected"][0]["message"]
    assert [each["index"] for each in answer["rejected"]] == [0, 1]


def test_the_merge_call_is_refused_by_name(shop: CollectorCloud) -> None:
    status, answer = shop.post("/v1/merge", {"mergeProperties": [], "userId": "u1"})
    assert (status, answer["code"]) == (400, "unknown_type")
    assert '"merge"' in answer["message"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "not json",
        '{"batch":[{"event":NaN}]}',
        '{"batch":[{"properties":{"price":Infinity}}]}',
        '{"batch":[{"a":"\x01"}]}',
        '{"batch":[{"a":"line\nbreak"}]}',
        '{"batch":[],}',
        b'{"batch":[{"event":"\xff"}]}',
        b'{"batch":[{"properties":{"a":"\xed\xa0\x80"}}]}',
        '{"batch":' + "[" * 100_000,
    ],
)
@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import"])
def test_what_is_not_json_is_answered_400_and_nothing_kept(shop: CollectorCloud, body: str | bytes, path: str) -> None:
    status, answer = shop.post(path, body)

    assert (status, answer["success"], answer["code"]) == (400, False, "not_json")
    assert re.fullmatch(r"body: is not JSON \(.+\); send a JSON object", answer["message"])
    assert (shop.records(), shop.refused()) == ([], 1)


@pytest.mark.parametrize("body", ["[]", "5", "null", "{}", '{"batch":5}', '{"batch":{"event":"x"}}'])
def test_what_is_no_batch_is_answered_400(shop: CollectorCloud, body: str) -> None:
    status, answer = shop.post("/v1/batch", body)
    assert (status, answer["code"], shop.refused()) == (400, "not_a_batch", 1)


def test_a_damaged_gzip_is_answered_400(shop: CollectorCloud) -> None:
    packed = gzip.compress(json.dumps({"batch": [GOOD]}).encode())
    for body in (packed[:-9], packed[:5] + b"\x00\x01" + packed[20:], b"{}"):
        status, answer = shop.post("/v1/batch", body, headers={"content-encoding": "gzip"})
        assert (status, answer) == (
            400,
            {
                "success": False,
                "code": "damaged_body",
                "message": "body: its gzip data is damaged or ends early; send it again",
            },
        )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/batch", 400),
        ("/v1/track", 400),
        ("/v1/import", 413),
        ("/beacon/v1/batch", 413),
        ("/pixel/v1/track", 413),
    ],
)
def test_more_than_4_mb_is_refused_whole(shop: CollectorCloud, path: str, status: int) -> None:
    event = json.dumps(GOOD)
    body = f'{{"batch":[{event}],"more":"{"x" * 4 * KIB * KIB}"}}'

    assert shop.post(path, body) == (
        status,
        {
            "success": False,
            "code": "body_too_large",
            "message": "body: is larger than 4194304 bytes unpacked; send fewer events in a request",
        },
    )
    assert (shop.records(), shop.refused()) == ([], 1)


def test_a_gzip_bomb_is_unpacked_no_further_than_the_limit(shop: CollectorCloud) -> None:
    bomb = gzip.compress(b" " * 100 * KIB * KIB, compresslevel=1)
    tracemalloc.start()

    status, answer = shop.post("/v1/import", bomb, headers={"content-encoding": "gzip"})

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (status, answer["code"]) == (413, "body_too_large")
    assert peak < 20 * KIB * KIB  # of 100


def test_a_gzip_bomb_of_many_members_is_no_way_around(shop: CollectorCloud) -> None:
    bomb = gzip.compress(b" " * KIB * KIB) * 10
    assert shop.post("/v1/batch", bomb)[1]["code"] == "body_too_large"


def test_an_event_over_32_kb_is_refused_and_one_of_exactly_32_kb_kept(shop: CollectorCloud) -> None:
    def of_size(size: int) -> str:
        empty = json.dumps({**GOOD, "messageId": "bad", "properties": {"x": ""}})
        return empty.replace('"x": ""', f'"x": "{"y" * (size - len(empty))}"')

    assert post_raw(shop, of_size(32 * KIB)) == (200, {"success": True})
    message = "event of 32769 bytes: is larger than 32768; send less in it"
    assert post_raw(shop, of_size(32 * KIB + 1)) == (
        200,
        {"success": True, "rejected": [refused("too_large", message, index=1)]},
    )


def test_of_2501_events_the_first_2500_are_kept(shop: CollectorCloud) -> None:
    events = [{"type": "page", "userId": "u", "messageId": str(number)} for number in range(2501)]

    message = "batch[2500]: is beyond the first 2500 events and 512000 bytes of a request; send it in another one"
    assert shop.post("/v1/batch", {"batch": events}) == (
        200,
        {"success": True, "rejected": [refused("over_batch_limit", message, index=2500, message_id="2500")]},
    )
    assert [event.message_id for event in shop.events()] == [str(number) for number in range(2500)]
    assert shop.refused() == 1


def test_of_600_kb_the_first_500_kb_are_kept(shop: CollectorCloud) -> None:
    events = [{**GOOD, "messageId": f"{number:03}", "properties": {"x": "y" * 6000}} for number in range(100)]
    size = len(json.dumps(events[0]))
    fit = 500 * KIB // size

    status, answer = shop.post("/v1/batch", {"batch": events})

    assert (status, answer["success"]) == (200, True)
    assert 80 < fit < 90
    assert [event.message_id for event in shop.events()] == [f"{number:03}" for number in range(fit)]
    assert [each["messageId"] for each in answer["rejected"]] == [f"{number:03}" for number in range(fit, 100)]
    assert {each["code"] for each in answer["rejected"]} == {"over_batch_limit"}
    assert shop.refused() == 100 - fit


def test_a_body_full_of_tiny_events_names_the_first_and_counts_all(shop: CollectorCloud) -> None:
    status, answer = shop.post("/v1/batch", '{"batch":[' + ",".join(["0"] * 20_000) + "]}")

    named = answer["rejected"]
    assert (status, answer["code"]) == (400, "none_accepted")
    assert len(named) == 5001
    assert named[-1]["message"].endswith("send it in another one (and the 14999 events after it)")
    assert shop.refused() == 20_000


@pytest.mark.parametrize("levels", [33, 1_000, 30_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused_alone(shop: CollectorCloud, levels: int, opening: str, closing: str) -> None:
    """Also where a parser gives up (30,000 levels, which only arrays get into 32 KB twice over)."""
    shop.with_limits(max_event=1024 * KIB, max_batch=2048 * KIB)
    deep = opening * (levels - 1) + "0" + closing * (levels - 1)
    event = json.dumps({**GOOD, "messageId": "bad"})[:-1] + f', "properties": {{"deep": {deep}}}}}'

    status, answer = post_raw(shop, event)

    message = "properties: is nested deeper than 31 levels; flatten it"
    assert (status, answer["rejected"]) == (200, [refused("too_deep", message, index=1)])
    assert shop.event().message_id == "good"


def test_31_levels_of_properties_are_kept_and_brackets_in_texts_are_none(shop: CollectorCloud) -> None:
    properties = json.loads('{"a":' * 30 + '{"text":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}' + "}" * 30)
    assert shop.post("/v1/track", {**GOOD, "properties": properties}) == (200, {"success": True})
    assert json.loads(bytes(shop.event().properties)) == properties


def test_a_context_of_the_batch_that_is_wrong_spoils_each_event(shop: CollectorCloud) -> None:
    for context, code in ((5, "wrong_type"), (json.loads("[" * 40 + "]" * 40), "too_deep")):
        status, answer = shop.post("/v1/batch", {"batch": [GOOD, GOOD], "context": context})
        assert (status, answer["code"], len(answer["rejected"])) == (400, code, 2)


def test_a_large_context_of_the_batch_counts_in_each_event(shop: CollectorCloud) -> None:
    status, answer = shop.post("/v1/batch", {"batch": [GOOD] * 30, "context": {"x": "y" * 20_000}})
    size = len(json.dumps(GOOD)) + len(json.dumps({"x": "y" * 20_000}))
    assert status == 200
    assert len(answer["rejected"]) == 30 - 500 * KIB // size


@pytest.mark.parametrize("surrogate", ["\\ud83d", "\\uDE00", "\\ude00\\ud83d"])
def test_lone_surrogates_are_mended_and_flagged_in_their_event_only(shop: CollectorCloud, surrogate: str) -> None:
    smile = "\\ud83d\\ude00"
    event = json.dumps(GOOD)[:-1] + f', "properties": {{"text": "{smile}{surrogate}!\\\\ud83d"}}}}'

    assert post_raw(shop, event) == (200, {"success": True})

    good, mended = shop.events()
    assert (good.flags, mended.flags) == ((), ("text_mended",))
    replaced = "\ufffd" * (len(surrogate) // 6)
    assert json.loads(bytes(mended.properties)) == {"text": f"\U0001f600{replaced}!\\ud83d"}


def test_a_lone_surrogate_in_the_name_of_an_event_is_mended(shop: CollectorCloud) -> None:
    shop.post("/v1/track", '{"event":"a\\ud800b","userId":"\\udc00"}')
    event = shop.event()
    assert (event.name, event.user_id, event.flags) == ("a\ufffdb", "\ufffd", ("time_missing", "text_mended"))


def test_a_lone_surrogate_in_the_context_of_the_batch_flags_each_event(shop: CollectorCloud) -> None:
    shop.post("/v1/batch", f'{{"batch":[{json.dumps(GOOD)}],"context":{{"a":"\\ud800"}}}}')
    assert shop.event().flags == ("text_mended",)


@pytest.mark.parametrize(
    ("timestamp", "flag"),
    [
        ("1999-12-31T23:59:59Z", "time_past"),
        ("0001-01-01T00:00:00Z", "time_past"),
        ("2026-03-02T12:00:01Z", "time_future"),
        ("9999-12-31T23:59:59Z", "time_future"),
        (None, "time_missing"),
        ("", "time_missing"),
        ("yesterday", "time_unreadable"),
        ("2026-02-30T00:00:00Z", "time_unreadable"),
        (1772366400000, "time_unreadable"),
        ({}, "time_unreadable"),
    ],
)
def test_an_absurd_time_is_replaced_by_the_received_one_and_flagged(
    shop: CollectorCloud, timestamp: Any, flag: str
) -> None:
    assert shop.post("/v1/track", {**GOOD, "timestamp": timestamp}) == (200, {"success": True})
    assert (shop.event().occurred_at, shop.event().flags) == (NOW_TEXT, (flag,))


@pytest.mark.parametrize(
    ("timestamp", "occurred_at"),
    [
        ("2026-03-01T13:30:00+02:00", "2026-03-01T11:30:00.000000Z"),
        ("2026-03-01T11:30:00.123456789Z", "2026-03-01T11:30:00.123457Z"),
        ("2026-03-01 11:30:00", "2026-03-01T11:30:00.000000Z"),
        ("2026-03-01", "2026-03-01T00:00:00.000000Z"),
        ("2026-03-02T12:00:00Z", "2026-03-02T12:00:00.000000Z"),
    ],
)
def test_times_of_every_usual_form_are_read(shop: CollectorCloud, timestamp: str, occurred_at: str) -> None:
    shop.post("/v1/track", {**GOOD, "timestamp": timestamp})
    assert (shop.event().occurred_at, shop.event().flags) == (occurred_at, ())


def test_an_original_timestamp_is_used_where_there_is_no_other(shop: CollectorCloud) -> None:
    event = {**GOOD, "timestamp": None, "originalTimestamp": "2026-03-01T11:00:00Z"}
    shop.post("/v1/track", event)
    assert shop.event().occurred_at == "2026-03-01T11:00:00.000000Z"


def test_numbers_as_ids_are_kept_as_texts(shop: CollectorCloud) -> None:
    shop.post("/v1/track", '{"event":"x","userId":12345678901234567890123,"anonymousId":-1.50,"messageId":7}')
    event = shop.event()
    assert (event.user_id, event.anonymous_id, event.message_id) == ("12345678901234567890123", "-1.50", "7")


def test_a_message_id_of_100_characters_is_kept_and_a_longer_one_refused(shop: CollectorCloud) -> None:
    assert shop.post("/v1/track", {**GOOD, "messageId": "m" * 100}) == (200, {"success": True})
    status, answer = shop.post("/v1/track", {**GOOD, "messageId": "m" * 101})
    assert (status, answer["code"]) == (400, "message_id_too_long")
    shown = "m" * 56
    assert answer["message"] == f'messageId "{shown}...: is longer than 100 characters; send a shorter one'
    assert answer["rejected"][0]["messageId"] == "m" * 100


def test_an_event_without_a_message_id_gets_one(shop: CollectorCloud) -> None:
    shop.post("/v1/track", {"event": "x", "userId": "u1"})
    assert re.fullmatch("[0-9a-f]{32}", shop.event().message_id)


def test_the_same_message_id_with_other_content_is_left_to_the_cleaning(shop: CollectorCloud) -> None:
    body = {"batch": [GOOD, {**GOOD, "event": "Order Completed"}]}
    assert shop.post("/v1/batch", body) == (200, {"success": True})
    assert [event.receipt[-4:] for event in shop.events()] == ["0000", "0001"]


def test_prices_and_quantities_are_not_judged_at_the_door(shop: CollectorCloud) -> None:
    properties = {"price": "NaN", "quantity": -3}
    assert shop.post("/v1/track", {**GOOD, "properties": properties}) == (200, {"success": True})
    assert json.loads(bytes(shop.event().properties)) == properties


def test_an_order_of_10000_products_is_too_large_for_one_event(shop: CollectorCloud) -> None:
    products = [{"product_id": str(number), "price": 1} for number in range(10_000)]
    event = {**GOOD, "messageId": "bad", "event": "Order Completed", "properties": {"products": products}}
    status, answer = shop.post("/v1/track", event)
    assert (status, answer["code"], shop.refused()) == (400, "too_large", 1)


def test_an_unknown_key_is_answered_401_and_its_events_counted(shop: CollectorCloud) -> None:
    assert shop.post("/v1/batch", {"batch": [GOOD, GOOD]}, key="f" * 32) == (
        401,
        {
            "success": False,
            "code": "unknown_key",
            "message": "write key: is unknown, revoked or not for events; see `tradewind keys list`",
        },
    )
    assert shop.refused() == 2
    (note,) = shop.notes()
    assert (note["events"], note["code"], "source" in note, "index" in note) == ("2", "unknown_key", False, False)
    assert note["at"].startswith(NOW_TEXT + "#")
    assert note["bucket"] == "2026-03-01T12:00"
    assert int(note["expires"]) == int(NOW.timestamp()) + 3600


@pytest.mark.parametrize("authorization", [None, "Basic", "Basic %%%", "Bearer abc", "Basic Og==", "Basic /////w=="])
def test_no_key_is_answered_401(shop: CollectorCloud, authorization: str | None) -> None:
    headers = {"authorization": authorization} if authorization else {}
    status, answer = shop.post("/v1/track", GOOD, key=None, headers=headers)
    assert (status, answer["code"], shop.refused()) == (401, "no_key", 1)


def test_a_key_that_is_no_text_is_none(shop: CollectorCloud) -> None:
    assert shop.post("/v1/batch", {"batch": [{**GOOD, "writeKey": {}}], "writeKey": 5}, key=None)[0] == 401


def test_keys_stay_out_of_answers_and_notes(shop: CollectorCloud) -> None:
    secret = "5ecre7" * 5
    _, answer = shop.post("/v1/track", GOOD, key=secret)
    shop.post("/v1/track", {**GOOD, "anonymousId": None}, key=KEY)
    assert secret not in json.dumps([answer, shop.notes()])
    assert KEY not in json.dumps(shop.notes())


def test_only_the_first_refusals_of_a_request_are_noted(shop: CollectorCloud) -> None:
    shop.post("/v1/batch", {"batch": [{"type": "track"}] * 40})
    assert (len(shop.notes()), shop.refused()) == (25, 40)


def test_an_address_that_is_none_is_not_kept(shop: CollectorCloud) -> None:
    for number, address in enumerate(("here", 5, ["203.0.113.7"], "\\u0032\\u0030\\u0033.0.113.7")):
        text = address if isinstance(address, int | list) else None
        shown = json.dumps(text) if text is not None else f'"{address}"'
        shop.post("/v1/track", json.dumps({**GOOD, "messageId": str(number)})[:-1] + f', "context":{{"ip":{shown}}}}}')
    assert [json.loads(bytes(event.context)) for event in shop.events()] == [{"ip": None}] * 4
