"""DynamoDB: an answered write is in the journal as the call that it was.

Replaying the calls since the snapshot, in their order, gives the state again: the handlers run on the event loop
without a pause, so a call and its line cannot be parted, and a snapshot is taken between two calls.
"""

import base64
import logging
from collections.abc import Mapping
from typing import Any

from ministack import app as ministack_app
from ministack.core.responses import (
    AccountRegionScopedDict,
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)
from ministack.services import dynamodb

from local.durability.journal import Journal, Record

logger = logging.getLogger("tradewind.tables")

CALL = "call"
# What a snapshot holds beside the tables, as the module's variables are named.
_HELD = (
    "tags",
    "ttl_settings",
    "pitr_settings",
    "kinesis_destinations",
    "contributor_insights",
    "backups",
    "resource_policies",
    "exports",
    "imports",
)
_WRITES = {
    "dynamodb": frozenset(
        {
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
            "TransactWriteItems",
            "ExecuteStatement",
            "BatchExecuteStatement",
            "ExecuteTransaction",
        }
    ),
}


def journalled(service: str, operation: str) -> bool:
    """Whether the operation is in the journal and needs no snapshot."""
    return operation in _WRITES.get(service, ())


def state() -> dict[str, Any]:
    """Return what ministack's `get_state` does, not copied: a big table takes seconds to copy, and all calls wait.

    It is to be encoded before anything else happens: `json` does that without letting another thread in.
    """
    held = {name: getattr(dynamodb, f"_{name}") for name in _HELD}
    held["tables"] = AccountRegionScopedDict()
    for (account, region, name), table in dynamodb._tables.all_items():
        kept = {key: value for key, value in table.items() if key != dynamodb._INDEX_MEMBERS}
        held["tables"].set_scoped(account, region, name, kept)
    return held


def install(journal: Journal) -> None:
    """Keep the journal of the writes from now on. They come here after the check of the caller."""
    for service in _WRITES:
        ministack_app.SERVICE_HANDLERS[service] = _keeping_journal(service, journal)


def _keeping_journal(service: str, journal: Journal) -> Any:
    handler = ministack_app.SERVICE_HANDLERS[service]

    async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
        answer = await handler(method, path, headers, body, query)
        target = headers.get("x-amz-target", "")
        if answer[0] < 300 and journalled(service, target.rpartition(".")[2]):
            journal.append(
                {
                    "kind": CALL,
                    "service": service,
                    "account": get_account_id(),
                    "region": get_region(),
                    "target": target,
                    "body": base64.b64encode(body).decode(),
                }
            )
        return answer

    return handle


async def replay(record: Record) -> None:
    """Make the call again, as the account that made it. What it put into a Kinesis stream is still there."""
    dynamodb._fan_out_to_kinesis, fan_out = _nothing, dynamodb._fan_out_to_kinesis
    try:
        await _call_again(record)
    finally:
        dynamodb._fan_out_to_kinesis = fan_out


def _nothing(*_: object) -> None:
    return None


async def _call_again(record: Record) -> None:
    set_request_account_id(record["account"])
    set_request_region(record["region"])
    handler = ministack_app.SERVICE_HANDLERS[record["service"]]
    headers = {"x-amz-target": record["target"], "content-type": "application/x-amz-json-1.0"}
    status, _, answer = await handler("POST", "/", headers, base64.b64decode(record["body"]), {})
    if status >= 300:
        logger.error("%s was answered before and is refused now: %s", record["target"], answer[:300])
