"""The function clean_sales, given the events that the queue really sends."""

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.sales_cloud import SHOP, SalesCloud, aws_environment, sales_cloud
from tradewind.aws import wiring
from tradewind.deployment import LOCAL
from tradewind.errors import InputError
from tradewind.sales.intake import upload
from tradewind.sales.loads import Counts

ROOT = Path(__file__).resolve().parent.parent
NAME = "Läden März +1 50%.csv"


@dataclass
class Context:
    """What Lambda tells a function of itself."""

    function_name: str = "tradewind-local-clean-sales"
    memory_limit_in_mb: int = 3008
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:tradewind-local-clean-sales"
    aws_request_id: str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> Iterator[SalesCloud]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with sales_cloud() as cloud:
        environment = {
            "TRADEWIND_ENV": "local",
            "LAKE_BUCKET": LOCAL.lake_bucket,
            "LOADS_TABLE": LOCAL.loads_table,
            "SALES_QUEUE_URL": cloud.queue_url,
            "SALES_JOB": LOCAL.sales_job,
            "SPARK_ABOVE": "1000000",
            "MAX_UNPACKED_WORKBOOK": "1000000",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        wiring.forget()
        yield cloud
        wiring.forget()


def handle(event: str, *, key: str | None = None) -> dict[str, Any]:
    """Return the function's answer to a recorded event, its manifest key replaced by `key`."""
    records = json.loads((ROOT / "events" / f"{event}.json").read_text())
    if key is not None:
        body = json.loads(records["Records"][0]["body"])
        body["detail"]["object"]["key"] = key
        records["Records"][0]["body"] = json.dumps(body)
    answer: dict[str, Any] = _handler().handler(records, Context())
    return answer


def _handler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("clean_sales", ROOT.parent / "lambdas/clean_sales/handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_event_of_a_manifest_cleans_its_upload(path: SalesCloud, tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_text(SHOP)
    sent = upload([file], path.stores, now=path.clock())

    answer = handle("eventbridge_manifest", key=f"raw/sales/{NAME}/{sent.upload_id}/manifest.json")

    assert answer == {"batchItemFailures": []}
    assert path.load(NAME).counts == Counts(read=4, sales=2, returns=1, quarantined={"no_price": 1})


@pytest.mark.parametrize("event", ["eventbridge_dropped_file", "s3_dropped_file"])
def test_the_event_of_a_dropped_file_cleans_it(path: SalesCloud, event: str) -> None:
    path.stores.lake.put_text(f"raw/sales/{NAME}", SHOP)

    assert handle(event) == {"batchItemFailures": []}
    assert path.load(NAME).state == "clean"


def test_a_broken_message_comes_back_alone(path: SalesCloud) -> None:
    path.stores.lake.put_text(f"raw/sales/{NAME}", SHOP)

    answer = handle("two_messages_one_broken")

    assert answer == {"batchItemFailures": [{"itemIdentifier": "059f36b4-87a3-44ab-83d2-661975999991"}]}
    assert path.load(NAME).state == "clean"


def test_a_command_removes_a_load(path: SalesCloud) -> None:
    path.stores.lake.put_text(f"raw/sales/{NAME}", SHOP)
    handle("eventbridge_dropped_file")

    handle("command_remove")

    assert path.stores.loads.get(NAME) is None
    assert path.keys("clean/") == []


def test_a_missing_environment_variable_is_named(path: SalesCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_ABOVE")

    with pytest.raises(InputError) as missing:
        wiring.settings()

    assert str(missing.value) == "environment variable SPARK_ABOVE: set it (the stack does for its functions)"
