"""The shop's API answers at a bare origin, as the HTTP API behind it is deployed by CloudFormation."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.local.running_cloud import RunningCloud, eventually

pytestmark = pytest.mark.cloud

_ECHO = """
import json
def handler(event, context):
    http = event["requestContext"]["http"]
    told = {"method": http["method"], "path": event["rawPath"], "query": event["rawQueryString"]}
    told["body"] = event.get("body")
    headers = {"x-shop": "yes", "access-control-allow-origin": "https://own.example"}
    return {"statusCode": 201, "headers": headers, "body": json.dumps(told)}
"""


def _template() -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    integration = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
    api = {"ApiId": {"Ref": "Api"}}
    resources: dict[str, Any] = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
        },
        "Echo": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": _ECHO},
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Echo"},
                "Principal": "apigateway.amazonaws.com",
            },
        },
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": "shop",
                "ProtocolType": "HTTP",
                # As CloudFormation spells it; the API itself says allowOrigins.
                "CorsConfiguration": {"AllowOrigins": ["*"], "AllowMethods": ["POST"], "AllowHeaders": ["x-key"]},
            },
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {**api, **integration, "IntegrationUri": {"Fn::GetAtt": ["Echo", "Arn"]}},
        },
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                **api,
                "RouteKey": "ANY /{proxy+}",
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
            },
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {**api, "StageName": "$default", "AutoDeploy": True},
        },
    }
    return json.dumps({"Resources": resources})


def _call(
    cloud: RunningCloud, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, Any, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"http://127.0.0.1:{cloud.ports.api}{path}"
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, data=body, method=method, headers=named))
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers, answer.read()


def test_before_anything_is_deployed_it_says_so(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    status, _, body = _call(own_cloud, "GET", "/search")
    assert (status, json.loads(body)) == (503, {"message": "the shop's API is not deployed yet: run `make up`"})


def test_the_deployed_api_answers_at_the_same_address_before_and_after_a_kill(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    stacks = own_cloud.client("cloudformation")
    stacks.create_stack(StackName="Tradewind-local-Api", TemplateBody=_template(), Capabilities=["CAPABILITY_IAM"])

    def status() -> bool:
        found = stacks.describe_stacks(StackName="Tradewind-local-Api")["Stacks"][0]["StackStatus"]
        assert "ROLLBACK" not in found
        return bool(found == "CREATE_COMPLETE")

    assert eventually(status)
    for _ in range(2):
        code, headers, body = _call(
            own_cloud,
            "POST",
            "/1/a%20b?x=1&y=%2B",
            b'{"a":1}',
            content_type="application/json",
            origin="http://shop.test",
        )
        # The gateway's own; browsers refuse an answer that says it twice.
        assert headers.get_all("access-control-allow-origin") == ["*"]
        assert (code, headers["x-shop"]) == (201, "yes")
        assert json.loads(body) == {"method": "POST", "path": "/1/a b", "query": "x=1&y=%2B", "body": '{"a":1}'}
        preflight = {"origin": "http://shop.test", "access_control_request_method": "POST"}
        code, headers, _ = _call(
            own_cloud, "OPTIONS", "/1/x", None, **preflight, access_control_request_headers="x-key"
        )
        assert code in (200, 204)
        assert headers["access-control-allow-origin"] == "*"
        assert "x-key" in headers["access-control-allow-headers"]
        own_cloud.kill()
        own_cloud.start()
