"""What every function has."""

import platform
from typing import Any

import pytest

from stacks.constructs import bundling
from tests.stacks.templates import STACKS, resources, templates, text


def functions(env: str = "dev") -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (stack, id, resource["Properties"])
        for stack in STACKS
        for id, resource in resources(templates(env)[stack], "AWS::Lambda::Function").items()
    ]


def test_every_function_in_an_account_runs_on_arm_with_python_3_13() -> None:
    assert {function["Properties"]["FunctionName"] for function in _all()} == {
        "tradewind-dev-clean-events",
        "tradewind-dev-clean-sales",
        "tradewind-dev-collect-events",
        "tradewind-dev-edit-indexes",
        "tradewind-dev-index-products",
        "tradewind-dev-record-product-changes",
        "tradewind-dev-report-health",
        "tradewind-dev-search-products",
        "tradewind-dev-transform-records",
        "tradewind-dev-update-profiles",
    }
    for _, _, function in functions():
        assert (function["Architectures"], function["Runtime"]) == (["arm64"], "python3.13")
        assert function["Handler"] == "handler.handler"


def _all() -> list[dict[str, Any]]:
    return [found for stack in STACKS for found in resources(templates("dev")[stack], "AWS::Lambda::Function").values()]


@pytest.mark.parametrize(("machine", "architecture"), [("x86_64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")])
def test_a_local_function_is_built_for_the_machine_that_it_runs_on(
    machine: str, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert bundling.target_of("local") == bundling.Target(architecture, is_host=True)
    assert bundling.target_of("prod") == bundling.Target("arm64")


def test_every_function_is_traced() -> None:
    assert {function["TracingConfig"]["Mode"] for _, _, function in functions()} == {"Active"}


def test_every_function_logs_into_a_group_that_expires() -> None:
    for stack, _, function in functions():
        group = text(function["LoggingConfig"]["LogGroup"]).strip("<>")
        assert templates("dev")[stack]["Resources"][group]["Properties"]["RetentionInDays"] == 30


def test_what_a_function_gives_up_is_kept() -> None:
    for stack, id, function in functions():
        sources = resources(templates("dev")[stack], "AWS::Lambda::EventSourceMapping").values()
        consumes = any(text(source["Properties"]["FunctionName"]) == f"<{id}>" for source in sources)
        assert consumes != ("DeadLetterConfig" in function)
    for stack in STACKS:
        queues = resources(templates("dev")[stack], "AWS::SQS::Queue").values()
        for queue in queues:
            name = queue["Properties"]["QueueName"]
            assert ("RedrivePolicy" in queue["Properties"]) != name.endswith("-dead-letters")


def alarms(stack: str) -> dict[str, dict[str, Any]]:
    found = resources(templates("dev")[stack], "AWS::CloudWatch::Alarm")
    return {id: alarm["Properties"] for id, alarm in found.items()}


def test_every_alarm_goes_to_the_one_topic() -> None:
    for stack in STACKS:
        for id, alarm in alarms(stack).items():
            assert ["AlarmsTopic" in text(action) for action in alarm["AlarmActions"]] == [True], id
    (topic,) = {id for stack in STACKS for id in resources(templates("dev")[stack], "AWS::SNS::Topic")}
    assert topic.startswith("AlarmsTopic")


def test_every_function_alarms_on_its_errors() -> None:
    for stack, id, _ in functions():
        own = [
            alarm
            for alarm in alarms(stack).values()
            if alarm["MetricName"] == "Errors" and text(alarm["Dimensions"][0]["Value"]) == f"<{id}>"
        ]
        assert [alarm["Threshold"] for alarm in own] == [1]


def watched(metric: str) -> dict[str, float]:
    """Return what the alarms of Ingest on one metric watch, with the value at which each goes off."""
    return {
        text(alarm["Dimensions"][0]["Value"]).split(".")[0].strip("<>").rstrip("0123456789ABCDEF"): alarm["Threshold"]
        for alarm in alarms("Ingest").values()
        if alarm["MetricName"] == metric
    }


def test_a_queue_alarms_on_its_age_and_each_dead_letter_queue_on_a_message() -> None:
    assert watched("ApproximateAgeOfOldestMessage") == {"SalesQueue": 3600, "EventsRawObjectsQueue": 3600}
    assert watched("ApproximateNumberOfMessagesVisible") == {
        "SalesDeadLettersQueue": 1,
        "EventsRawObjectsDeadLettersQueue": 1,
        "EventsTransformRecordsDeadLettersQueue": 1,
        "EventsGaveUpProfilesQueue": 1,
    }


def test_events_that_come_late_into_lake_or_profiles_are_an_alarm() -> None:
    quarter = 15 * 60  # seconds
    assert watched("DeliveryToS3.DataFreshness") == {"tradewind-dev-events": quarter}
    assert watched("IteratorAge") == {"EventsUpdateProfilesFunction": quarter * 1000}


def test_a_stream_that_takes_records_too_slowly_is_an_alarm() -> None:
    found = [alarm for alarm in alarms("Data").values() if alarm["Namespace"] == "AWS/Kinesis"]
    assert [(alarm["MetricName"], alarm["Dimensions"]) for alarm in found] == [
        ("WriteProvisionedThroughputExceeded", [{"Name": "StreamName", "Value": "tradewind-dev-events"}])
    ]
