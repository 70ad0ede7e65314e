"""The function transform_records, given what Firehose sends for a Kinesis stream."""

import base64
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tradewind.aws import transform_settings
from tradewind.errors import InputError
from tradewind.events.enrichment.raw_rows import Rules

ROOT = Path(__file__).resolve().parents[1]
HANDLER = ROOT.parent / "lambdas" / "transform_records" / "handler.py"
ENVIRONMENT = {"CONSENT_CATEGORY": "analytics", "CONSENT_REQUIRED": "false", "SHOP_TIME_ZONE": "Europe/London"}


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    transform_settings.rules.cache_clear()
    spec = importlib.util.spec_from_file_location("transform_records_handler", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    yield loaded
    transform_settings.rules.cache_clear()


def delivered() -> dict[str, Any]:
    sent: dict[str, Any] = json.loads((ROOT / "events" / "firehose_transform.json").read_text())
    return sent


def rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    data = base64.b64decode(record["data"])
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(line) for line in data.splitlines()]


def test_every_record_is_answered_under_its_id_with_all_its_rows(module: ModuleType) -> None:
    sent = delivered()
    answer = module.handler(sent, object())
    json.dumps(answer)  # as Lambda hands it over
    assert [record["recordId"] for record in answer["records"]] == [record["recordId"] for record in sent["records"]]
    assert [record["result"] for record in answer["records"]] == ["Ok", "Ok", "Dropped"]  # the last holds nothing
    second = sent["records"][1]["kinesisRecordMetadata"]["sequenceNumber"]
    told = [[(row["receipt"], row["verdict"], row.get("reason")) for row in rows(each)] for each in answer["records"]]
    assert told == [
        [
            ("0123456789abcdef0123456789abcdef-0000", "kept", None),
            ("0123456789abcdef0123456789abcdef-0001", "dropped", "bot"),
        ],
        [
            (f"shardId-000000000000:{second}-0", "rejected", "not_an_event"),
            ("fedcba9876543210fedcba9876543210-0000", "kept", None),
        ],
        [],
    ]


def test_rows_are_what_firehose_can_convert(module: ModuleType) -> None:
    (row, _) = rows(module.handler(delivered(), object())["records"][0])
    assert (row["interaction"], row["device_type"], row["country"], row["season"]) == ("view", "mobile", "GB", "summer")
    assert row["products"] == [{"line": 1, "sku": "22423"}]
    assert row["occurred_at"] == "2026-07-01 22:30:00.123456"


def test_a_record_that_was_put_into_firehose_itself_is_named_by_its_id(module: ModuleType) -> None:
    record = {"recordId": "r1", "approximateArrivalTimestamp": 0, "data": base64.b64encode(b"x").decode()}
    (row,) = rows(module.handler({"records": [record]}, object())["records"][0])
    assert (row["receipt"], row["received_at"]) == ("r1-0", "1970-01-01 00:00:00.000000")


@pytest.mark.parametrize("content", ['"sku":1', "", '"price":1'])
def test_an_event_never_grows_tenfold_so_that_half_a_megabyte_fits_into_lambdas_six(
    module: ModuleType, content: str
) -> None:
    # The most that a row can grow: the shortest products, kept as JSON and as rows with a line and a currency each.
    products = ",".join([f"{{{content}}}"] * (32 * 1024 // (len(content) + 3)))
    line = (
        '{"receipt":"r-0000","received_at":"2026-11-21T14:00:01.000000Z","occurred_at":"2026-11-21T14:00:01.000000Z",'
        f'"message_id":"m","type":"track","source":"web","properties":{{"currency":"GBP","products":[{products}]}}}}'
    ).encode()
    record = {"recordId": "r1", "approximateArrivalTimestamp": 0, "data": base64.b64encode(line).decode()}
    (answered,) = module.handler({"records": [record]}, object())["records"]
    assert len(answered["data"]) < 10 * len(line)


def test_the_environment_says_what_a_shop_decides() -> None:
    assert transform_settings.rules_from({**ENVIRONMENT, "CONSENT_REQUIRED": "true"}) == Rules(
        consent_category="analytics", consent_required=True, shop_time_zone="Europe/London"
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CONSENT_CATEGORY", "", "CONSENT_CATEGORY"),
        ("CONSENT_REQUIRED", "yes", "CONSENT_REQUIRED.*'yes'.*true or false"),
        ("SHOP_TIME_ZONE", "London", "SHOP_TIME_ZONE.*'London'.*Europe/London"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        transform_settings.rules_from({**ENVIRONMENT, name: value})
