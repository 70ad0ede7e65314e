"""The HTTP API as it is deployed."""

from typing import Any

from tests.stacks.templates import only, templates, text


def api() -> dict[str, Any]:
    return templates("dev")["Api"]


def test_the_api_answers_browsers_of_the_allowed_origins() -> None:
    cors = only(api(), "AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert cors == {"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"], "MaxAge": 3600}


def test_health_is_the_only_route_so_far() -> None:
    assert only(api(), "AWS::ApiGatewayV2::Route")["RouteKey"] == "GET /health"


def test_the_api_is_a_bare_origin_that_is_throttled_and_logged() -> None:
    stage = only(api(), "AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 1000, "ThrottlingRateLimit": 500}
    assert text(stage["AccessLogSettings"]["DestinationArn"]).endswith(".Arn>")
    assert "$context.status" in stage["AccessLogSettings"]["Format"]


def test_the_stack_says_where_the_api_is() -> None:
    assert text(api()["Outputs"]["ApiUrl"]["Value"]).endswith(".ApiEndpoint>")
