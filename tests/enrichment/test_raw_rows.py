import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tests.enrichment import contexts
from tradewind.events.enrichment import raw_rows
from tradewind.events.enrichment.raw_rows import RawRow, Rules, StreamRecord, row_of, rows_of
from tradewind.events.event import Event, line_of
from tradewind.lake.tables import RAW_EVENTS

RULES = Rules(consent_category="analytics", consent_required=False, shop_time_zone="Europe/London")
RECEIPT = "0123456789abcdef0123456789abcdef-0000"
ARRIVED = datetime(2026, 11, 21, 14, 0, 1, 500_000, tzinfo=UTC)


def event(**fields: Any) -> Event:
    """Return an event; context, properties and traits are given as objects."""
    for name in ("context", "properties", "traits"):
        if name in fields:
            fields[name] = Raw(json.dumps(fields[name]).encode())
    told = {
        "receipt": RECEIPT,
        "received_at": "2026-11-21T14:00:01.000000Z",
        "occurred_at": "2026-07-01T22:30:00.123456Z",
        "message_id": "m1",
        "type": "track",
        "source": "web",
        "anonymous_id": "a1",
    }
    return Event(**{**told, **fields})


def rows(data: bytes, rules: Rules = RULES) -> list[dict[str, Any]]:
    """Return the rows of a record, without what is null."""
    record = StreamRecord(name="shardId-000000000000:49", arrived_at=ARRIVED, data=data)
    found = [(verdict, json.loads(row)) for verdict, row in rows_of(record, rules)]
    assert all(row["verdict"] == verdict for verdict, row in found)
    return [{name: value for name, value in row.items() if value is not None} for _, row in found]


def test_a_row_has_the_columns_of_the_table_in_their_order() -> None:
    assert [column.name for column in RAW_EVENTS.columns] == list(RawRow.__annotations__)


def test_an_event_of_a_browser_is_enriched() -> None:
    context = {
        "userAgent": contexts.IPHONE,
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
        "sessionId": 17,
        "campaign": {"medium": "Email", "name": "July"},
        "page": {"path": "/p/22423", "url": "https://shop.example/p/22423", "referrer": "https://blog.example/?a=b"},
        "consent": {"categoryPreferences": {"analytics": True}},
    }
    properties = {"product_id": "22423", "price": 12.75, "quantity": 2, "currency": "EUR", "query_id": "q1"}
    assert rows(line_of(event(name="Product Viewed", user_id="u1", context=context, properties=properties))) == [
        {
            "receipt": RECEIPT,
            "verdict": "kept",
            "event_id": "m1",
            "type": "track",
            "name": "Product Viewed",
            "interaction": "view",
            "occurred_at": "2026-07-01 22:30:00.123456",
            "received_at": "2026-11-21 14:00:01.000000",
            "user_id": "u1",
            "anonymous_id": "a1",
            "client_session_id": "17",
            "query_id": "q1",
            "source": "web",
            "device_type": "mobile",
            "os": "iOS",
            "browser": "Mobile Safari",
            "country": "DE",  # of the time zone
            "locale": "de-DE",
            "channel": "email",
            "campaign": "July",
            "referrer": "https://blog.example/",
            "page_path": "/p/22423",
            "season": "summer",
            "hour": 0,  # 22:30 UTC is 0:30 in Berlin
            "currency": "EUR",
            "products": [
                {"line": 1, "sku": "22423", "quantity": 2, "price": "12.75", "currency": "EUR", "query_id": "q1"}
            ],
            "properties": json.dumps(properties),
            "context": json.dumps(context),
        }
    ]


def test_an_event_that_says_nothing_has_what_the_shop_knows() -> None:
    (row,) = rows(line_of(event(name="Anything", country="AU", flags=("time_missing",))))
    assert row == {
        "receipt": RECEIPT,
        "verdict": "kept",
        "event_id": "m1",
        "type": "track",
        "name": "Anything",
        "occurred_at": "2026-07-01 22:30:00.123456",
        "received_at": "2026-11-21 14:00:01.000000",
        "flags": ["time_missing"],
        "anonymous_id": "a1",
        "source": "web",
        "country": "AU",
        "channel": "direct",
        "season": "winter",
        "hour": 23,  # London, summer
    }


def test_a_purchase_has_its_order() -> None:
    properties = {"order_id": 536365, "currency": "GBP", "products": [{"sku": "a", "price": "2.55", "quantity": 6}]}
    (row,) = rows(line_of(event(name="Order Completed", properties=properties)))
    assert (row["interaction"], row["order_id"], row["revenue"], row["currency"]) == (
        "purchase",
        "536365",
        "15.3",  # 6 x 2.55
        "GBP",
    )


def test_what_could_not_be_read_is_flagged_beside_what_the_collector_flagged() -> None:
    (row,) = rows(line_of(event(name="Product Added", flags=("time_past",), properties={"sku": "a", "price": "NaN"})))
    assert row["flags"] == ["time_past", "price_unreadable"]
    assert row["products"] == [{"line": 1, "sku": "a"}]


@pytest.mark.parametrize("kind", ["page", "screen", "identify", "group", "alias"])
def test_only_track_events_have_products(kind: str) -> None:
    (row,) = rows(line_of(event(type=kind, properties={"sku": "a", "order_id": "1"}, traits={"plan": "trade"})))
    assert row["type"] == kind
    assert row["traits"] == '{"plan": "trade"}'
    assert {"interaction", "products", "order_id", "revenue"}.isdisjoint(row)


def test_ids_of_identify_group_and_alias_are_kept() -> None:
    (row,) = rows(line_of(event(type="alias", user_id="u1", previous_id="p1", group_id="g1")))
    assert (row["user_id"], row["previous_id"], row["group_id"]) == ("u1", "p1", "g1")


REFUSED = {"consent": {"categoryPreferences": {"analytics": False}}, "traits": {"email": "me@shop.example"}}


@pytest.mark.parametrize(("context", "reason"), [({"userAgent": contexts.GOOGLEBOT}, "bot"), (REFUSED, "consent")])
def test_of_a_dropped_event_nothing_personal_is_kept(context: dict[str, Any], reason: str) -> None:
    dropped = event(user_id="me@shop.example", name="Product Viewed", context=context, properties={"sku": "a"})
    assert rows(line_of(dropped)) == [
        {
            "receipt": RECEIPT,
            "verdict": "dropped",
            "reason": reason,
            "received_at": "2026-11-21 14:00:01.000000",
            "source": "web",
        }
    ]


def test_a_bot_on_pixel_and_beacon_is_known_by_the_request() -> None:
    assert rows(line_of(event(user_agent=contexts.GOOGLEBOT)))[0]["reason"] == "bot"
    assert rows(line_of(event(user_agent=contexts.CURL)))[0]["verdict"] == "kept"


def test_a_shop_may_require_consent() -> None:
    required = Rules(consent_category="analytics", consent_required=True, shop_time_zone="Europe/London")
    assert rows(line_of(event()), required)[0]["reason"] == "consent"


def test_a_record_has_a_row_for_each_line_in_order() -> None:
    lines = [line_of(event(receipt=f"r-{number:04d}")) for number in range(3)]
    assert [row["receipt"] for row in rows(b"\n".join(lines))] == ["r-0000", "r-0001", "r-0002"]
    assert [row["receipt"] for row in rows(b"\n\n".join(lines) + b"\n \n")] == ["r-0000", "r-0001", "r-0002"]


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON",
        b"5",
        b"{}",
        b"{",
        b"\xff\xfe",
        b"[" * 5000,
        line_of(event()).replace(b'"track"', b'"tracks"'),
        line_of(event()).replace(b"2026-07-01T22", b"2026-07-01T25"),
        line_of(event()).replace(b"22:30:00.123456Z", b"22:30:00Z"),
        line_of(event(context={"page": 1})).replace(b'{"page": 1}', b'{"page": tru}'),
    ],
)
def test_a_line_that_is_no_event_is_rejected_and_keeps_its_neighbours(line: bytes) -> None:
    good = line_of(event())
    first, bad, last = rows(b"\n".join([good, line, good]))
    assert (first["verdict"], last["verdict"]) == ("kept", "kept")
    assert (bad["verdict"], bad["reason"], bad["received_at"]) == (
        "rejected",
        "not_an_event",
        "2026-11-21 14:00:01.500000",
    )
    assert bad["line"] == line.decode(errors="replace")


def test_a_rejected_line_keeps_the_receipt_that_it_has_so_that_its_request_settles() -> None:
    (row,) = rows(line_of(event()).replace(b'"track"', b'"tracks"'))
    assert row["receipt"] == RECEIPT


def test_a_line_without_receipt_is_named_by_its_place_in_the_stream() -> None:
    named = [row["receipt"] for row in rows(b'{"receipt":""}\nx')]
    assert named == ["shardId-000000000000:49-0", "shardId-000000000000:49-1"]


def test_a_long_rejected_line_is_shortened() -> None:
    (row,) = rows(b"x" * 100_000)
    assert row["line"] == "x" * 32_768


def test_a_fault_of_ours_costs_no_other_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(kind: str, name: str | None) -> str | None:
        if name == "boom":
            raise KeyError(name)
        return None

    monkeypatch.setattr(raw_rows, "interaction_of", fails)
    bad, good = rows(b"\n".join([line_of(event(name="boom")), line_of(event(name="fine"))]))
    assert (bad["verdict"], bad["reason"], bad["receipt"]) == ("rejected", "not_transformed: KeyError", RECEIPT)
    assert good["verdict"] == "kept"


def test_a_lone_surrogate_that_got_past_the_collector_is_rejected() -> None:
    line = line_of(event(properties={"sku": "a"})).replace(b'"a"}', b'"\\ud800"}')
    assert [row["verdict"] for row in rows(line)] == ["rejected"]


def test_a_time_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        row_of(event(received_at="2026-11-21"), RULES)


SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
OBJECTS = ("page", "referrer", "campaign", "consent", "library", "device", "os")
FIELDS = ("url", "path", "referrer", "medium", "name", "categoryPreferences", "analytics", "type", "model")
CONTEXTS = st.dictionaries(
    st.sampled_from(["userAgent", "locale", "timezone", "sessionId", *OBJECTS]),
    SCALAR | st.lists(SCALAR) | st.dictionaries(st.sampled_from(FIELDS), SCALAR),
)
PROPERTIES = st.dictionaries(
    st.sampled_from(
        ["sku", "price", "quantity", "currency", "products", "items", "order_id", "revenue", "total", "url"]
    ),
    SCALAR | st.lists(SCALAR | st.dictionaries(st.sampled_from(["sku", "item_id", "price", "quantity"]), SCALAR)),
)


@given(CONTEXTS, PROPERTIES, st.sampled_from(["Order Completed", "purchase", "Product Viewed", "x"]))
def test_whatever_a_client_sends_its_event_has_one_row(context: Any, properties: Any, name: str) -> None:
    (row,) = rows(line_of(event(name=name, context=context, properties=properties)))
    assert row["receipt"] == RECEIPT
    assert row["verdict"] in ("kept", "dropped")
    assert row.keys() <= {column.name for column in RAW_EVENTS.columns}
    if row["verdict"] == "kept":
        assert json.loads(row.get("properties", "{}")) == json.loads(json.dumps(properties))


@given(st.binary(max_size=200))
def test_whatever_bytes_a_record_holds_each_line_has_one_row(data: bytes) -> None:
    assert len(rows(data)) == sum(1 for line in data.split(b"\n") if line.strip())
