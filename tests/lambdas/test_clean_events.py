"""The function clean_events, given the events that the queue really sends."""

import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.event_cloud import EventCloud, event_cloud
from tests.events_cleaning.shop import raw
from tests.sales_cloud import aws_environment
from tradewind.aws import wiring
from tradewind.deployment import LOCAL
from tradewind.errors import InputError
from tradewind.events.accounts import Accounts

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Context:
    """What Lambda tells a function of itself."""

    minutes_left: float = 15
    function_name: str = "tradewind-local-clean-events"
    memory_limit_in_mb: int = 3008
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:tradewind-local-clean-events"
    aws_request_id: str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.minutes_left * 60_000)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventCloud]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with event_cloud() as cloud:
        environment = {
            "LAKE_BUCKET": LOCAL.lake_bucket,
            "CLEANINGS_TABLE": LOCAL.cleanings_table,
            "RECEIPTS_TABLE": LOCAL.receipts_table,
            "IDENTITIES_TABLE": LOCAL.identities_table,
            "EVENTS_QUEUE_URL": cloud.queue_url,
            "DUPLICATE_DAYS": "7",
            "SESSION_GAP_MINUTES": "30",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        wiring.forget()
        yield cloud
        wiring.forget()


def handle(keys: Sequence[str], *, broken: int = 0, minutes_left: float = 15) -> dict[str, Any]:
    """Return the function's answer to the recorded event of a raw object, once for each key and broken body."""
    recorded = json.loads((ROOT / "events" / "eventbridge_manifest.json").read_text())["Records"][0]
    bodies = [_body(recorded["body"], key) for key in keys] + ["{"] * broken
    records = [{**recorded, "messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]
    answer: dict[str, Any] = _handler().handler({"Records": records}, Context(minutes_left))
    return answer


def _body(recorded: str, key: str) -> str:
    body = json.loads(recorded)
    body["detail"]["object"]["key"] = key
    return json.dumps(body)


def _handler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("clean_events", ROOT.parent / "lambdas/clean_events/handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_events_of_raw_objects_clean_them_together(way: EventCloud) -> None:
    keys = [way.put_raw([raw(f"q{number}-0000")], name=f"n{number}") for number in range(3)]

    assert handle(keys) == {"batchItemFailures": []}
    assert way.accounts() == Accounts(accepted=3, clean=3)
    assert [item["version"]["N"] for item in way.items("state")] == ["2"]  # one commit, one publication


def test_a_broken_message_comes_back_alone(way: EventCloud) -> None:
    key = way.put_raw([raw("q1-0000")], name="one")

    assert handle([key], broken=1) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert way.accounts() == Accounts(accepted=1, clean=1)


def test_a_failure_while_cleaning_brings_every_message_back(way: EventCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    key = way.put_raw([raw("q1-0000")], name="one")

    def broken(*_arguments: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("tradewind.aws.lake_store.LakeStore.put_file", broken)
    with pytest.raises(OSError, match="No space left"):
        handle([key])
    monkeypatch.undo()


def test_with_little_time_left_another_message_goes_on(way: EventCloud) -> None:
    key = way.put_raw([raw("q1-0000")], name="one")

    assert handle([key], minutes_left=2) == {"batchItemFailures": []}
    assert way.messages() == ['{"command": "look"}']


def test_a_missing_environment_variable_is_named(way: EventCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUPLICATE_DAYS")

    with pytest.raises(InputError) as missing:
        handle([])

    assert str(missing.value) == "environment variable DUPLICATE_DAYS: set it (the stack does for its functions)"
