"""The function collect_events, with what the stack puts into its environment."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.collector_cloud import KEY, CollectorCloud, basic, collector_cloud, http_event
from tradewind.aws import clients, collecting
from tradewind.aws.collecting import CollectorSettings
from tradewind.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
HANDLER = ROOT / "lambdas" / "collect_events" / "handler.py"
ENVIRONMENT = {
    "EVENTS_STREAM": "events",
    "RECEIPTS_TABLE": "receipts",
    "REFUSALS_TABLE": "refusals",
    "KEYS_TABLE": "keys",
    "RATES_TABLE": "rates",
    "ERASURES_TABLE": "erasures",
}
EVENT = {"event": "Cart Viewed", "anonymousId": "shopper-1"}


@pytest.fixture
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("collect_events_handler", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def forget() -> None:
    for built in (collecting.collector, clients.quick_dynamodb, clients.putting_kinesis):
        built.cache_clear()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[CollectorCloud]:
    access = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (ENVIRONMENT | access).items():
        monkeypatch.setenv(name, value)
    forget()
    with collector_cloud() as made:
        yield made
    forget()


def test_an_event_is_stored_and_answered_without_a_word_in_the_log(
    module: ModuleType, cloud: CollectorCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = module.handler(http_event("POST", "/v1/track", body=json.dumps(EVENT), headers=basic(KEY)), None)

    assert answer == {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "access-control-allow-origin": "*"},
        "body": '{"success":true}',
        "isBase64Encoded": False,
    }
    assert cloud.event().anonymous_id == "shopper-1"
    assert capsys.readouterr().out == ""


def test_headers_may_have_any_case(module: ModuleType, cloud: CollectorCloud) -> None:
    headers = {name.title(): value for name, value in basic(KEY).items()}
    assert (
        module.handler(http_event("POST", "/v1/track", body=json.dumps(EVENT), headers=headers), None)["statusCode"]
        == 200
    )


def test_a_pixel_leaves_as_base64(module: ModuleType, cloud: CollectorCloud) -> None:
    query = f"writeKey={KEY}&anonymousId=shopper-1&event=Opened"
    answer = module.handler(http_event("GET", "/pixel/v1/track", query=query), None)
    assert (answer["isBase64Encoded"], answer["body"][:8]) == (True, "R0lGODlh")
    assert answer["headers"]["content-type"] == "image/gif"


def test_the_log_has_counts_and_codes_and_nothing_that_was_sent(
    module: ModuleType, cloud: CollectorCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps({"batch": [{**EVENT, "type": "track"}, {"type": "track", "event": "secret"}]})
    module.handler(http_event("POST", "/v1/batch", body=body, headers=basic(KEY)), None)
    module.handler(http_event("POST", "/v1/batch", body=body, headers=basic("wrong")), None)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        {"level": "INFO", "message": "not all collected", "status": 200, "accepted": 1, "refused": 1},
        {
            "level": "INFO",
            "message": "not all collected",
            "status": 401,
            "accepted": 0,
            "refused": 2,
            "code": "unknown_key",
        },
    ]


def test_a_cloud_that_fails_is_an_error_in_the_log(
    module: ModuleType, cloud: CollectorCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.dynamodb.delete_table(TableName="keys")
    answer = module.handler(http_event("POST", "/v1/track", body=json.dumps(EVENT), headers=basic(KEY)), None)
    line = json.loads(capsys.readouterr().out)
    assert answer["statusCode"] == 503
    assert (line["level"], line["trouble"]) == ("ERROR", "keys: ResourceNotFoundException")


def test_limits_come_from_the_environment() -> None:
    settings = CollectorSettings.from_environment(ENVIRONMENT | {"MAX_EVENT": "100", "KEY_CACHE_SECONDS": "5"})
    assert (settings.limits.max_event, settings.limits.key_cache_seconds) == (100, 5)
    assert settings.limits.max_batch == 500 * 1024


def test_what_is_wrong_in_the_environment_is_named() -> None:
    with pytest.raises(InputError, match="RATES_TABLE"):
        CollectorSettings.from_environment(
            {name: value for name, value in ENVIRONMENT.items() if name[0] != "R"}
            | {"RECEIPTS_TABLE": "r", "REFUSALS_TABLE": "r"}
        )
    with pytest.raises(InputError, match="MAX_EVENT 'many': give a whole number"):
        CollectorSettings.from_environment(ENVIRONMENT | {"MAX_EVENT": "many"})


def test_the_function_imports_nothing_that_is_not_in_its_package() -> None:
    """Its layers hold `tradewind` and msgspec; boto3 belongs to the runtime."""
    code = f"import sys; sys.path.insert(0, {str(HANDLER.parent)!r}); import handler; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in ran.stdout.split()}
    heavy = {"pandas", "duckdb", "numpy", "pydantic", "aws_lambda_powertools", "orjson", "sqlglot", "pyarrow"}
    assert "msgspec" in roots
    assert not roots & heavy
