"""The function update_profiles, given the events that a Kinesis event source sends."""

import base64
import importlib.util
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.sales_cloud import aws_environment
from tradewind.aws import wiring
from tradewind.aws.profile_store import ProfileStore
from tradewind.deployment import LOCAL
from tradewind.errors import InputError
from tradewind.events.event import Event, EventType, line_of, receipt_of
from tradewind.personalization.profiles import Profile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "PROFILES_TABLE": LOCAL.profiles_table,
    "PROFILE_DAYS": "90",
    "PROFILE_INTERACTIONS": "50",
    "SESSION_GAP_MINUTES": "30",
    "CONSENT_CATEGORY": "analytics",
    "CONSENT_REQUIRED": "false",
}
RECEIVED = "2026-03-01T09:00:01.000000Z"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> "Iterator[DynamoDBClient]":
    for name, value in {**aws_environment(), **ENVIRONMENT}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        wiring.forget()
        client = boto3.client("dynamodb")
        client.create_table(
            TableName=LOCAL.profiles_table,
            KeySchema=[{"AttributeName": "shopper", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "shopper", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client
        wiring.forget()


def handler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_profiles", ROOT.parent / "lambdas/update_profiles/handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def trigger(*records: bytes) -> dict[str, Any]:
    """Return the recorded trigger event with these records; their sequence numbers end in 1, 2, 3 ..."""
    event: dict[str, Any] = json.loads((ROOT / "events" / "kinesis_event_source.json").read_text())
    (pattern,) = event["Records"]
    event["Records"] = []
    for number, data in enumerate(records, start=1):
        kinesis = {**pattern["kinesis"], "sequenceNumber": f"4966{number}", "data": base64.b64encode(data).decode()}
        event["Records"].append({**pattern, "kinesis": kinesis})
    return event


def handle(*records: bytes) -> list[str]:
    """Return the sequence numbers that the function gives back."""
    answer = handler().handler(trigger(*records), None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def profile(client: "DynamoDBClient", shopper: str) -> Profile:
    return ProfileStore(client, LOCAL.profiles_table, timedelta(days=90)).get([shopper])[shopper]


def line(
    number: int,
    *,
    name: str | None = "Product Viewed",
    type: EventType = "track",
    user: str | None = None,
    anonymous: str | None = "a1",
    properties: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
) -> bytes:
    """Return an event of 09:00 and `number` seconds, the `number`th of its request."""
    event = Event(
        receipt=receipt_of("0" * 32, number),
        received_at=RECEIVED,
        occurred_at=f"2026-03-01T09:00:{number:02d}.000000Z",
        message_id=f"m{number}",
        type=type,
        source="web",
        name=name if type == "track" else None,
        user_id=user,
        anonymous_id=anonymous,
        properties=msgspec.Raw(json.dumps(properties or {}).encode()),
        context=msgspec.Raw(json.dumps(context or {}).encode()),
    )
    return line_of(event)


def test_the_lines_of_a_record_become_the_profile_of_their_shopper(table: "DynamoDBClient") -> None:
    record = b"\n".join(
        [
            line(0, type="page"),
            line(1, properties={"product_id": "22423", "query_id": "q1"}),
            line(2, name="Product Added", properties={"sku": "85123A", "product_id": "other"}),
        ]
    )

    assert handle(record + b"\n") == []
    made = profile(table, "anonymous:a1")
    assert [(each.interaction, each.sku, each.query_id) for each in made.interactions] == [
        ("add_to_cart", "85123A", None),
        ("view", "22423", "q1"),
    ]
    assert (made.first_seen, made.last_seen) == ("2026-03-01T09:00:00.000000Z", "2026-03-01T09:00:02.000000Z")


def test_the_item_has_session_and_time_to_live_for_readers(table: "DynamoDBClient") -> None:
    handle(line(0, type="page", context={"sessionId": 77}), line(5, context={"sessionId": 77}))
    item = table.get_item(TableName=LOCAL.profiles_table, Key={"shopper": {"S": "anonymous:a1"}})["Item"]

    assert item["session"] == {
        "M": {
            "id": {"S": "77"},
            "started_at": {"S": "2026-03-01T09:00:00.000000Z"},
            "last_at": {"S": "2026-03-01T09:00:05.000000Z"},
            "counts": {"M": {"view": {"N": "1"}}},
        }
    }
    # 90 days after 1 March 2026, 09:00:01 UTC.
    assert item["expires"] == {"N": str(int(datetime.fromisoformat("2026-05-30T09:00:01+00:00").timestamp()))}


def test_the_same_batch_again_leaves_the_same_item(table: "DynamoDBClient") -> None:
    batch = (line(0), line(1, type="identify", user="u1"), line(2, user="u1", name="Order Completed"))
    handle(*batch)
    before = table.scan(TableName=LOCAL.profiles_table)["Items"]
    handle(*batch)

    assert table.scan(TableName=LOCAL.profiles_table)["Items"] == before


def test_an_identify_moves_what_the_anonymous_shopper_did(table: "DynamoDBClient") -> None:
    handle(line(0, properties={"sku": "A"}))
    handle(line(1, type="identify", user="u1"))

    assert [each.sku for each in profile(table, "user:u1").interactions] == ["A"]
    assert profile(table, "anonymous:a1").interactions == ()


@pytest.mark.parametrize(
    "context",
    [{"userAgent": CRAWLER}, {"consent": {"categoryPreferences": {"analytics": False}}}],
    ids=["bot", "consent refused"],
)
def test_whoever_may_not_be_remembered_has_no_profile(table: "DynamoDBClient", context: dict[str, Any]) -> None:
    assert handle(line(0, context=context)) == []
    assert table.scan(TableName=LOCAL.profiles_table)["Items"] == []


@pytest.mark.parametrize(
    "poison",
    [
        b"not json",
        b"{}",
        b'{"receipt": 5}',
        b"\xff\xfe",
        b"[" * 5000,
        line(9).replace(b"09:00:09", b"25:00:09"),
        line(9).replace(b"09.000000Z", b"09"),
    ],
)
def test_a_line_that_is_no_event_is_skipped_and_the_rest_of_its_record_is_kept(
    table: "DynamoDBClient", poison: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert handle(b"\n".join([line(0), poison, line(1)])) == []
    assert len(profile(table, "anonymous:a1").interactions) == 2
    warned = [vars(each) for each in caplog.records if each.levelname == "WARNING"]
    assert [(each["sequence_number"], each["line"]) for each in warned] == [("49661", 1)]


def test_a_record_that_is_not_base64_is_skipped(table: "DynamoDBClient") -> None:
    event = trigger(line(0), line(1))
    event["Records"][0]["kinesis"]["data"] = "***"

    assert handler().handler(event, None) == {"batchItemFailures": []}
    assert len(profile(table, "anonymous:a1").interactions) == 1


def test_a_record_whose_shopper_cannot_be_stored_comes_back_alone(
    table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = wiring.profiling().profiles.put

    def put(made: Profile) -> None:
        if made.shopper == "anonymous:a2":
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, "PutItem")
        stored(made)

    monkeypatch.setattr(wiring.profiling().profiles, "put", put)

    assert handle(line(0), line(1, anonymous="a2"), line(2)) == ["49662"]
    assert len(profile(table, "anonymous:a1").interactions) == 2


def test_an_order_of_five_hundred_products_keeps_the_item_small(table: "DynamoDBClient") -> None:
    products = [{"sku": "S" * 5000 + str(number)} for number in range(500)]
    handle(line(0, name="Order Completed", properties={"products": products}))
    handle(*(line(number, properties={"sku": "V", "query_id": "q" * 10_000}) for number in range(1, 40)))
    item = table.get_item(TableName=LOCAL.profiles_table, Key={"shopper": {"S": "anonymous:a1"}})["Item"]

    # 39 views, and of the order's 20 lines the first 11.
    assert [each.line for each in profile(table, "anonymous:a1").interactions][-11:] == list(range(1, 12))
    assert len(json.dumps(item)) < 40_000


def test_more_shoppers_than_one_read_takes_are_all_stored(table: "DynamoDBClient") -> None:
    batch = [line(number % 60, anonymous=f"a{number}") for number in range(250)]
    handle(*batch)
    handle(*batch)

    assert table.scan(TableName=LOCAL.profiles_table, Select="COUNT")["Count"] == 250


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_missing_environment_variable_is_named(
    table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(InputError, match=f"environment variable {name}: set it"):
        wiring.profiling()
