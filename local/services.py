"""The door for AWS services that we answer ourselves, ahead of ministack.

A handler is registered by service name, as the caller's signature scope says it (`athena`, `glue`). It sits behind
ministack's own check of the caller (`AUTH=true`): a role without the right is refused before the handler is asked.
A handler that does not know an operation returns None, and ministack answers.

    from local import services

    async def athena(request: services.Request) -> services.Response | None:
        if request.operation == "StartQueryExecution":
            return services.Response({"QueryExecutionId": ...})
        if request.operation == "GetQueryExecution":
            return services.refused("InvalidRequestException", "QueryExecutionId abc: no such query")
        return None

    services.register("athena", athena)

Only services with the JSON protocols (x-amz-target) come this way. A handler runs on the event loop: work that takes
longer than a few milliseconds goes through `asyncio.to_thread`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack import app as ministack_app
from ministack.core import responses, router


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call, by a caller who may make it."""

    service: str
    operation: str  # "StartQueryExecution"
    body: Mapping[str, Any]
    account: str
    region: str
    headers: Mapping[str, str]  # names in lower case


@dataclass(frozen=True, slots=True)
class Response:
    """What a handler answers; `status` above 299 is an error and its body has __type and message."""

    body: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


Handler = Callable[[Request], Awaitable[Response | None]]

_changed = False

_JSON = "application/x-amz-json-1.1"


def refused(code: str, message: str, *, status: int = 400) -> Response:
    """Return the error `code` as the SDKs read it."""
    return Response({"__type": code, "message": message, "Message": message}, status)


def register(service: str, handler: Handler) -> None:
    """Let `handler` answer `service`; what it answers with None goes to whoever answered the service before."""
    before = ministack_app.SERVICE_HANDLERS.get(service)
    router.SERVICE_PATTERNS.setdefault(service, {})

    async def answer(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], Any]:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        response = await handler(_request(service, operation, body, headers))
        if response is None and before is not None:
            return await before(method, path, headers, body, query)  # type: ignore[no-any-return]
        if response is None:
            response = refused("UnknownOperationException", f"operation {operation}: {service} does not answer it here")
        content_type = headers.get("content-type", _JSON)
        return response.status, {"Content-Type": content_type}, json.dumps(response.body).encode()

    ministack_app.SERVICE_HANDLERS[service] = answer


def changed() -> None:
    """Say that a handler has changed what ministack keeps (a Glue table, say): the next answer waits for a snapshot."""
    global _changed
    _changed = True


def take_changed() -> bool:
    """Return whether `changed` was called since the last question."""
    global _changed
    before, _changed = _changed, False
    return before


def _request(service: str, operation: str, body: bytes, headers: Mapping[str, str]) -> Request:
    return Request(
        service=service,
        operation=operation,
        body=json.loads(body or b"{}"),
        account=responses.get_account_id(),
        region=responses.get_region(),
        headers=headers,
    )
