"""The HTTP API as it is deployed."""

from typing import Any

import pytest

from stacks.events.settings import limits
from tests.stacks.templates import DEV, only, resources, templates, text
from tradewind.config import config_for
from tradewind.protocols import cors as cors_lists


def api() -> dict[str, Any]:
    return templates("dev")["Api"]


def test_the_api_answers_browsers_of_the_allowed_origins() -> None:
    cors = only(api(), "AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["*"]
    assert set(cors["AllowMethods"]) == {"GET", "POST", "PUT", "DELETE", "OPTIONS"}
    assert (cors["ExposeHeaders"], cors["MaxAge"]) == (["retry-after"], 86_400)


def test_headers_are_allowed_by_name_because_a_star_never_covers_authorization() -> None:
    headers = only(api(), "AWS::ApiGatewayV2::Api")["CorsConfiguration"]["AllowHeaders"]
    assert headers == list(cors_lists.ALLOWED_HEADERS)
    assert {"authorization", "content-type", "x-retry-count", "anonymousid", "sentat"} <= set(headers)
    assert [header for header in headers if "*" in header] == []


def test_routes_are_those_of_health_and_events_and_whatever_is_left() -> None:
    routes = [route["Properties"]["RouteKey"] for route in resources(api(), "AWS::ApiGatewayV2::Route").values()]
    assert sorted(routes) == [
        "$default",
        "ANY /beacon/{proxy+}",
        "ANY /pixel/{proxy+}",
        "ANY /sourceConfig",
        "ANY /sourceConfig/{proxy+}",
        "ANY /v1/{proxy+}",
        "GET /health",
    ]


def collector() -> dict[str, Any]:
    return only(api(), "AWS::Lambda::Function", starting="Collector")


def test_only_this_api_calls_the_collector() -> None:
    permissions = [
        entry["Properties"]
        for entry in resources(api(), "AWS::Lambda::Permission").values()
        if text(entry["Properties"]["FunctionName"]).startswith("<Collector")
    ]
    assert {entry["Principal"] for entry in permissions} == {"apigateway.amazonaws.com"}
    assert [entry for entry in permissions if ":<Http" not in text(entry["SourceArn"])] == []


def test_the_collector_has_what_its_settings_read() -> None:
    assert collector()["Environment"]["Variables"] == {
        "TRADEWIND_ENV": "dev",
        "EVENTS_STREAM": DEV.events_stream,
        "KEYS_TABLE": DEV.keys_table,
        "RECEIPTS_TABLE": DEV.receipts_table,
        "REFUSALS_TABLE": DEV.refusals_table,
        "RATES_TABLE": DEV.rates_table,
        "MAX_BODY": str(4 * 1024**2),
        "MAX_BATCH": str(500 * 1024),
        "MAX_BATCH_EVENTS": "2500",
        "MAX_EVENT": str(32 * 1024),
        "MAX_DEPTH": "32",
        "RECORD_BYTES": "25000",
        "KEY_CACHE_SECONDS": "30",
        "POWERTOOLS_SERVICE_NAME": "collect_events",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_the_collector_answers_before_the_api_gives_up() -> None:
    assert collector()["Timeout"] < 30  # seconds that an HTTP API waits


def test_the_collector_is_packed_without_what_it_does_not_import() -> None:
    layers = [text(layer).strip("<>") for layer in collector()["Layers"]]
    assert {layer.rstrip("0123456789ABCDEF") for layer in layers} == {"LayersDomain", "LayersCollector"}


def test_a_yes_or_no_is_said_as_true_or_false_and_an_unknown_limit_is_named() -> None:
    config = config_for("dev")
    assert limits(config, "consent_required", "max_depth") == {"CONSENT_REQUIRED": "false", "MAX_DEPTH": "32"}
    with pytest.raises(ValueError, match="max_deepness"):
        limits(config, "max_deepness")


def test_an_api_that_fails_often_is_an_alarm() -> None:
    alarms = [alarm["Properties"] for alarm in resources(api(), "AWS::CloudWatch::Alarm").values()]
    assert [alarm["Threshold"] for alarm in alarms if alarm["MetricName"] == "5xx"] == [10]


def test_the_api_is_a_bare_origin_that_is_throttled_and_logged() -> None:
    stage = only(api(), "AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 1000, "ThrottlingRateLimit": 500}
    assert text(stage["AccessLogSettings"]["DestinationArn"]).endswith(".Arn>")
    assert "$context.status" in stage["AccessLogSettings"]["Format"]


def test_the_stack_says_where_the_api_is() -> None:
    assert text(api()["Outputs"]["ApiUrl"]["Value"]).endswith(".ApiEndpoint>")
