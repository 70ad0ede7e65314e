"""The shop's HTTP API at a bare origin of its own port, without a stage or a path in the address.

ministack answers HTTP APIs at `{id}.execute-api.localhost` or below a path; some SDKs drop a path from their host.
"""

import base64
import logging
import os
from urllib.parse import parse_qs

from ministack import app as ministack_app
from ministack.core.responses import StreamingResponse, set_request_account_id, set_request_region
from ministack.services import apigateway, cloudformation

from local.gateway import Receive, Scope, Send, send_json
from local.http_events import MAX_BODY, Arrived, arrived
from tradewind.deployment import LOCAL, LOCAL_ACCOUNT, LOCAL_REGION

logger = logging.getLogger("tradewind.listener")

API_STACK = LOCAL.stack("Api")
_API_TYPE = "AWS::ApiGatewayV2::Api"
_NOT_DEPLOYED = "the shop's API is not deployed yet: run `make up`"


def deployed_api() -> str | None:
    """Return the id of the HTTP API that the Api stack holds."""
    for (account, region, name), stack in list(cloudformation._stacks._data.items()):
        if (account, region) != (LOCAL_ACCOUNT, LOCAL_REGION) or API_STACK not in (name, stack.get("StackName")):
            continue
        for resource in list((stack.get("_resources") or {}).values()):
            if resource.get("ResourceType", resource.get("Type")) == _API_TYPE:
                found = str(resource.get("PhysicalResourceId", ""))
                if apigateway.find_api_scope(found) is not None:
                    return found
    return None


class Listener:
    """Everything that arrives goes to the deployed API's $default stage."""

    def __init__(self) -> None:
        self.ready = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            api = deployed_api() if self.ready else None
            if api is None:
                await send_json(send, 503, {"message": _NOT_DEPLOYED})
            else:
                await _execute(api, scope, receive, send)


async def _execute(api: str, scope: Scope, receive: Receive, send: Send) -> None:
    set_request_account_id(LOCAL_ACCOUNT)
    set_request_region(LOCAL_REGION)
    query = scope["query_string"].decode("latin-1")
    named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body = await ministack_app._read_request_body(receive, scope["method"], named)
    if len(body) > MAX_BODY:
        await send_json(send, 413, {"message": "Request Entity Too Large"})
        return
    request = Arrived.of(scope["headers"], scope.get("client"), body)
    arrived.set(request)
    status, response_headers, response_body = await apigateway.handle_execute(
        api,
        "$default",
        apigateway.decode_http_api_path(scope["raw_path"].decode("ascii")),
        scope["method"],
        dict(request.headers),
        body,
        parse_qs(query, keep_blank_values=True),
        raw_query_string=query,
    )
    response_headers = _once_each(response_headers)
    response_headers.setdefault("apigw-requestid", base64.b64encode(os.urandom(11)).decode())
    if isinstance(response_body, StreamingResponse):
        await ministack_app._send_streaming_response(send, receive, status, response_headers, response_body)
    else:
        await ministack_app._send_response(send, status, response_headers, response_body)


def _once_each(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers with lower-case names; of one that is there twice the gateway's, which comes last.

    An HTTP API with CORS ignores the function's CORS headers; ministack sends both, which browsers refuse.
    """
    return {name.lower(): value for name, value in headers.items()}


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
