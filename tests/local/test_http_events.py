"""What a function behind the shop's API is told of a request, and how many of them work at once."""

import base64
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.local.running_cloud import RunningCloud
from tests.local.stream_parts import deploy, function

pytestmark = pytest.mark.cloud

# Tells all of its event; asked to `wait`, it takes its time and tells its process.
_TELL = """
import json, os, time
def handler(event, context):
    if event["rawPath"] == "/v1/wait":
        time.sleep(0.3)
        return {"statusCode": 200, "body": str(os.getpid())}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "cookies": ["a=1", "b=2"],
            "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def api(cloud: RunningCloud) -> Iterator[RunningCloud]:
    to = {"ApiId": {"Ref": "Api"}}
    target = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
    resources: dict[str, Any] = {
        **function("Tell", _TELL, []),
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Tell"},
                "Principal": "apigateway.amazonaws.com",
            },
        },
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": "shop",
                "ProtocolType": "HTTP",
                "CorsConfiguration": {
                    "AllowOrigins": ["*"],
                    "AllowMethods": ["GET", "POST"],
                    "AllowHeaders": ["authorization", "content-type", "x-key"],
                    "MaxAge": 600,
                },
            },
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                **to,
                "IntegrationType": "AWS_PROXY",
                "PayloadFormatVersion": "2.0",
                "IntegrationUri": {"Fn::GetAtt": ["Tell", "Arn"]},
            },
        },
        "V1": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {**to, "RouteKey": "ANY /v1/{proxy+}", "Target": target},
        },
        "Rest": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {**to, "RouteKey": "$default", "Target": target}},
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {**to, "StageName": "$default", "AutoDeploy": True},
        },
    }
    deploy(cloud, resources, stack="Tradewind-local-Api")
    yield cloud
    cloud.client("cloudformation").delete_stack(StackName="Tradewind-local-Api")


def _send(cloud: RunningCloud, start: str, headers: list[str], body: bytes = b"") -> tuple[bytes, bytes]:
    """Send a request as it is written here; return the answer's head and body."""
    head = "\r\n".join([f"{start} HTTP/1.1", f"Host: 127.0.0.1:{cloud.ports.api}", "Connection: close", *headers])
    with socket.create_connection(("127.0.0.1", cloud.ports.api), timeout=60) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    found, _, content = answer.partition(b"\r\n\r\n")
    return found, content


def _told(cloud: RunningCloud, start: str, headers: list[str], body: bytes = b"") -> Any:
    if body and not any("chunked" in header for header in headers):
        headers = [*headers, f"Content-Length: {len(body)}"]
    return json.loads(_send(cloud, start, headers, body)[1])


def test_a_compressed_body_arrives_byte_by_byte_in_base64(api: RunningCloud) -> None:
    body = gzip.compress(b'{"a":1}')
    event = _told(api, "POST /v1/batch", ["Content-Type: application/json", "Content-Encoding: gzip"], body)
    assert event["isBase64Encoded"] is True
    assert gzip.decompress(base64.b64decode(event["body"])) == b'{"a":1}'


def test_a_body_in_chunks_arrives_whole(api: RunningCloud) -> None:
    chunks = b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'
    event = _told(api, "POST /v1/track", ["Content-Type: text/plain", "Transfer-Encoding: chunked"], chunks)
    assert (event["body"], event["isBase64Encoded"]) == ('{"a":1}', False)


def test_a_body_that_is_no_text_arrives_in_base64_whatever_its_type_says(api: RunningCloud) -> None:
    event = _told(api, "POST /v1/track", ["Content-Type: application/json"], b"\xff\xfe")
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\xff\xfe").decode(), True)


def test_headers_of_one_name_are_joined_and_cookies_are_apart(api: RunningCloud) -> None:
    headers = ["X-Key: one", "x-key: two", "Cookie: a=1; b=2", "User-Agent: snippet/1.0"]
    event = _told(api, "GET /v1/pixel/track?data=a%2Bb&x=1&x=2", headers)
    assert event["headers"]["x-key"] == "one,two"
    assert (event["cookies"], "cookie" in event["headers"]) == (["a=1", "b=2"], False)
    assert event["rawQueryString"] == "data=a%2Bb&x=1&x=2"
    assert event["queryStringParameters"] == {"data": "a+b", "x": "1,2"}
    http = event["requestContext"]["http"]
    assert (http["sourceIp"], http["userAgent"], http["path"]) == ("127.0.0.1", "snippet/1.0", "/v1/pixel/track")
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert (event["routeKey"], event["pathParameters"]) == ("ANY /v1/{proxy+}", {"proxy": "pixel/track"})
    assert "body" not in event


def test_the_default_route_takes_every_other_path(api: RunningCloud) -> None:
    assert _told(api, "GET /projects/k/settings", [])["routeKey"] == "$default"


def test_each_cookie_that_a_function_sets_is_a_header_of_its_own(api: RunningCloud) -> None:
    head, _ = _send(api, "GET /v1/x", [])
    assert sorted(line for line in head.lower().split(b"\r\n") if line.startswith(b"set-cookie")) == [
        b"set-cookie: a=1",
        b"set-cookie: b=2",
    ]


def test_a_preflight_is_answered_by_the_api_itself(api: RunningCloud) -> None:
    asked = ["Origin: https://shop.test", "Access-Control-Request-Method: POST"]
    head, _ = _send(api, "OPTIONS /v1/batch", [*asked, "Access-Control-Request-Headers: Authorization, X-Key"])
    lines = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
    assert head.startswith(b"HTTP/1.1 204")
    assert lines["access-control-allow-origin"] == "*"
    assert {"authorization", "x-key"} <= set(lines["access-control-allow-headers"].split(","))
    assert (lines["access-control-allow-methods"], lines["access-control-max-age"]) == ("get,post", "600")


def test_a_body_above_ten_megabytes_is_refused(api: RunningCloud) -> None:
    body = b"x" * (10 * 1024**2 + 1)
    head, _ = _send(api, "POST /v1/batch", [f"Content-Length: {len(body)}"], body)
    assert head.startswith(b"HTTP/1.1 413")


def test_many_requests_at_once_are_answered_by_few_processes(api: RunningCloud) -> None:
    barrier = threading.Barrier(16)

    def ask(_: int) -> bytes:
        barrier.wait()
        return _send(api, "GET /v1/wait", [])[1]

    with ThreadPoolExecutor(16) as together:
        processes = set(together.map(ask, range(16)))
    assert 2 <= len(processes) <= 8
