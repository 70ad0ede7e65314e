"""CloudFormation types that ministack 1.5.33 lacks or reads wrongly.

Where we emulate the service, the type makes the real thing. Elsewhere it is a placeholder: the stack deploys, and every
call to the service behind it is refused with an error that names the type. Placeholders are listed by
`GET /_tradewind/status` and in docs/local-cloud.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ministack.services import athena, lambda_svc
from ministack.services.cloudformation import provisioners

from local import services

Properties = Mapping[str, Any]
Made = tuple[str, dict[str, Any]]  # physical id, attributes for Fn::GetAtt


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A type that deploys and does nothing; `service` is the signature scope whose calls are refused."""

    type: str
    service: str


# Types of later parts join here when their stacks are built, until we emulate them.
PLACEHOLDERS = (
    Placeholder("AWS::QuickSight::DataSource", "quicksight"),
    Placeholder("AWS::QuickSight::DataSet", "quicksight"),
    Placeholder("AWS::QuickSight::Dashboard", "quicksight"),
)


def install() -> None:
    """Teach ministack our types."""
    handlers = provisioners._RESOURCE_HANDLERS
    handlers["AWS::Athena::NamedQuery"] = {
        "create": _create_named_query,
        "update": _update_named_query,
        "delete": _delete_named_query,
    }
    for placeholder in PLACEHOLDERS:
        handlers.setdefault(placeholder.type, _deploys_and_does_nothing())
    for service in {placeholder.service for placeholder in PLACEHOLDERS}:
        services.register(service, _refuse_every_call(service))
    _lower_cors_keys(handlers["AWS::ApiGatewayV2::Api"])
    _reserve_concurrency(handlers["AWS::Lambda::Function"])


def _create_named_query(logical_id: str, properties: Properties, stack: str) -> Made:
    query_id = str(uuid4())
    _store_named_query(query_id, properties)
    return query_id, {"NamedQueryId": query_id}


def _update_named_query(query_id: str, old: Properties, new: Properties, stack: str, *_: object) -> Made:
    _store_named_query(query_id, new)
    return query_id, {"NamedQueryId": query_id}


def _delete_named_query(query_id: str, properties: Properties) -> None:
    athena._named_queries.pop(query_id, None)


def _store_named_query(query_id: str, properties: Properties) -> None:
    athena._named_queries[query_id] = {
        "NamedQueryId": query_id,
        "Name": properties.get("Name", query_id),
        "Description": properties.get("Description", ""),
        "Database": properties["Database"],
        "QueryString": properties["QueryString"],
        "WorkGroup": properties.get("WorkGroup", "primary"),
    }


def _deploys_and_does_nothing() -> dict[str, Callable[..., Any]]:
    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        made = str(properties.get("Name") or f"{stack}-{logical_id}")
        return made, {}

    def update(physical_id: str, old: Properties, new: Properties, stack: str, *_: object) -> Made:
        return physical_id, {}

    def delete(physical_id: str, properties: Properties) -> None:
        return None

    return {"create": create, "update": update, "delete": delete}


def _refuse_every_call(service: str) -> services.Handler:
    types = ", ".join(sorted(p.type for p in PLACEHOLDERS if p.service == service))

    async def refuse(request: services.Request) -> services.Response:
        message = f"{request.operation or 'call'}: {types} is only a placeholder in the local cloud: use an account"
        return services.refused("UnsupportedOperationException", message, status=501)

    return refuse


def _lower_cors_keys(api: dict[str, Callable[..., Any]]) -> None:
    """CloudFormation writes AllowOrigins, the API allowOrigins; 1.5.33 keeps what it gets and answers 403."""
    create, update = api["create"], api.get("update")

    def lowered(properties: Properties) -> Properties:
        cors = properties.get("CorsConfiguration")
        if not cors:
            return properties
        return {**properties, "CorsConfiguration": {key[0].lower() + key[1:]: cors[key] for key in cors}}

    def create_lowered(logical_id: str, properties: Properties, stack: str) -> Made:
        made: Made = create(logical_id, lowered(properties), stack)
        return made

    def update_lowered(physical_id: str, old: Properties, new: Properties, *rest: object) -> Made:
        assert update is not None
        made: Made = update(physical_id, lowered(old), lowered(new), *rest)
        return made

    api["create"] = create_lowered
    if update is not None:
        api["update"] = update_lowered


def _reserve_concurrency(function: dict[str, Callable[..., Any]]) -> None:
    """How many calls of a function may run at once is read by 1.5.33 from its API alone, not from a stack."""
    create, update = function["create"], function["update"]

    def create_reserved(logical_id: str, properties: Properties, stack: str) -> Made:
        return _reserved(create(logical_id, properties, stack), properties)

    def update_reserved(physical_id: str, old: Properties, new: Properties, *rest: object, **named: object) -> Made:
        return _reserved(update(physical_id, old, new, *rest, **named), new)

    function["create"], function["update"] = create_reserved, update_reserved


def _reserved(made: Made, properties: Properties) -> Made:
    at_once = properties.get("ReservedConcurrentExecutions")
    lambda_svc._functions[made[0]]["concurrency"] = None if at_once is None else int(at_once)
    return made
