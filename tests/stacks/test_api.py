"""The HTTP API as it is deployed."""

from typing import Any

import pytest

from stacks.events.settings import limits
from tests.stacks.templates import DEV, allows, only, resources, statements, templates, text
from tradewind.config import config_for
from tradewind.protocols import cors as cors_lists


def api() -> dict[str, Any]:
    return templates("dev")["Api"]


def test_the_api_answers_browsers_of_the_allowed_origins() -> None:
    cors = only(api(), "AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["*"]
    assert set(cors["AllowMethods"]) == {"GET", "POST", "PUT", "DELETE", "OPTIONS"}
    assert (cors["ExposeHeaders"], cors["MaxAge"]) == (["retry-after", "x-compat-ignored"], 86_400)


def test_headers_are_allowed_by_name_because_a_star_never_covers_authorization() -> None:
    headers = only(api(), "AWS::ApiGatewayV2::Api")["CorsConfiguration"]["AllowHeaders"]
    assert headers == list(cors_lists.ALLOWED_HEADERS)
    assert {"authorization", "content-type", "x-retry-count", "anonymousid", "sentat"} <= set(headers)
    assert [header for header in headers if "*" in header] == []


def routes_to(function: str) -> list[str]:
    """Return the routes whose integration is named like `function`."""
    found = resources(api(), "AWS::ApiGatewayV2::Route").values()
    integrations = resources(api(), "AWS::ApiGatewayV2::Integration")
    called = {f"<{id}>": text(one["Properties"]["IntegrationUri"]) for id, one in integrations.items()}
    return sorted(
        route["Properties"]["RouteKey"]
        for route in found
        if called[text(route["Properties"]["Target"]).removeprefix("integrations/")].startswith(f"<{function}")
    )


def test_searching_reads_and_whatever_else_is_below_1_edits() -> None:
    reads = [
        "GET {}/1/indexes/{index}",
        "GET {}/1/indexes/{index}/browse",
        "GET {}/1/indexes/{index}/{name}",
        "POST {}/1/indexes/{index}/browse",
        "POST {}/1/indexes/{index}/facets/{name}/query",
        "POST {}/1/indexes/{index}/objects",
        "POST {}/1/indexes/{index}/queries",
        "POST {}/1/indexes/{index}/query",
    ]
    edits = ["ANY {}/1/{proxy+}", "GET {}/1/indexes/{index}/settings"]
    names = ("", "/s1", "/s2")
    assert routes_to("SearchSearchProducts") == sorted(each.replace("{}", name) for name in names for each in reads)
    assert routes_to("SearchEditIndexes") == sorted(each.replace("{}", name) for name in names for each in edits)


def test_routes_are_those_of_health_and_events_and_whatever_is_left() -> None:
    routes = [*routes_to("ReportHealth"), *routes_to("Collector")]
    assert sorted(routes) == [
        "$default",
        "ANY /1/events",
        "ANY /1/usertokens/{token}",
        "ANY /beacon/{proxy+}",
        "ANY /pixel/{proxy+}",
        "ANY /s1/1/events",
        "ANY /s1/1/usertokens/{token}",
        "ANY /s2/1/events",
        "ANY /s2/1/usertokens/{token}",
        "ANY /sourceConfig",
        "ANY /sourceConfig/{proxy+}",
        "ANY /ubi/{proxy+}",
        "ANY /ubi_events",
        "ANY /ubi_queries",
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
        "ERASURES_TABLE": DEV.erasures_table,
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


def test_the_function_that_searches_reads_indexes_and_keys_and_leaves_traces() -> None:
    variables = only(api(), "AWS::Lambda::Function", starting="SearchSearchProducts")["Environment"]["Variables"]
    assert {name: variables.get(name) for name in ("INDEXES_BUCKET", "KEYS_TABLE", "EVENTS_STREAM")} == {
        "INDEXES_BUCKET": DEV.indexes_bucket,
        "KEYS_TABLE": DEV.keys_table,
        "EVENTS_STREAM": DEV.events_stream,
    }
    assert (variables["KEY_CACHE_SECONDS"], variables["DEVELOPMENT"]) == ("30", "false")
    assert "CATALOG_TABLE" not in variables


def test_the_function_that_searches_may_change_no_index_and_no_key() -> None:
    found = statements(api(), "SearchSearchProducts")
    actions = {action for statement in found for action in statement.actions}
    assert {action for action in actions if action.startswith("s3:")} == {"s3:GetObject", "s3:ListBucket"}
    assert not actions & {"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    catalog = f"arn:aws:dynamodb:eu-west-1:111122223333:table/{DEV.catalog_table}"
    assert not allows(found, "dynamodb:Query", catalog)


def test_the_function_that_edits_reads_what_is_published_to_judge_settings_and_changes_none_of_it() -> None:
    found = statements(api(), "SearchEditIndexes")
    actions = {action for statement in found for action in statement.actions}
    assert {action for action in actions if action.startswith("s3:")} == {"s3:GetObject", "s3:ListBucket"}
    assert not [action for action in actions if action.startswith("kinesis:")]
    for prefix in ("objects/", "snapshots/", "indexes/"):
        assert allows(found, "s3:GetObject", f"arn:aws:s3:::{DEV.indexes_bucket}/{prefix}x")
    assert allows(found, "s3:GetObject", f"arn:aws:s3:::{DEV.lake_bucket}/evaluations/judgements/x")
    assert not allows(found, "s3:GetObject", f"arn:aws:s3:::{DEV.lake_bucket}/clean/x")
    variables = only(api(), "AWS::Lambda::Function", starting="SearchEditIndexes")["Environment"]["Variables"]
    assert (variables["INDEXES_BUCKET"], "ENCODER_FOLDER" in variables) == (DEV.indexes_bucket, True)


def test_the_function_that_searches_counts_queries_and_touches_no_other_counter() -> None:
    found = statements(api(), "SearchSearchProducts")
    (counting,) = [each for each in found if any("Rates" in arn for arn in each.arns)]
    assert counting.actions == ("dynamodb:UpdateItem",)
    assert counting.conditions == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["search#*"]}}
    variables = only(api(), "AWS::Lambda::Function", starting="SearchSearchProducts")["Environment"]["Variables"]
    assert variables["RATES_TABLE"] == DEV.rates_table
