"""What the on-failure destination of an event source mapping is told of records that were given up."""

import datetime as dt
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ministack.core.concurrency import esm_wake
from ministack.services import lambda_svc, sns, sqs

from local import roles
from local.streams.attempts import Item

logger = logging.getLogger("tradewind.mappings")


@dataclass(frozen=True, slots=True)
class Failure:
    """A part of a batch that is discarded; `info` is the name that AWS gives its facts (KinesisBatchInfo)."""

    info: str
    stream_arn: str
    shard: str
    items: Sequence[Item]
    reason: str
    attempts: int


def tell(mapping: Mapping[str, Any], failure: Failure, *, now: float) -> None:
    """Send the failure to the mapping's destination, if it has one and the function's role may.

    Raises: OSError when the message cannot be stored.
    """
    target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not target:
        return
    _, config = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    role, function = (config or {}).get("Role", ""), (config or {}).get("FunctionArn", "")
    body = json.dumps(failure_record(failure, function=function, now=now))
    action = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}.get(target.split(":")[2])
    if action is None or not roles.allows(role, action, target, session=mapping["FunctionName"]):
        logger.error("%s is not told of %d records: %s may not %s there", target, len(failure.items), role, action)
    elif action == "sns:Publish":
        sns._fanout(target, str(uuid4()), body, "Lambda event source mapping failure", "", {})
    elif (queue := sqs._queue_by_arn(target)) is None:
        logger.error("%s is not told of %d records: there is no such queue", target, len(failure.items))
    else:
        queue["messages"].append({"id": str(uuid4()), "body": body, "sent_at": now, "visible_at": now})
        esm_wake.set()


def failure_record(failure: Failure, *, function: str, now: float) -> dict[str, Any]:
    """Return what AWS sends: where the records are, not the records."""
    first, last = failure.items[0], failure.items[-1]
    return {
        "requestContext": {
            "requestId": str(uuid4()),
            "functionArn": function,
            "condition": failure.reason,
            "approximateInvokeCount": failure.attempts,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": _iso(now),
        failure.info: {
            "shardId": failure.shard,
            "startSequenceNumber": first.sequence,
            "endSequenceNumber": last.sequence,
            "approximateArrivalOfFirstRecord": _iso(first.arrived),
            "approximateArrivalOfLastRecord": _iso(last.arrived),
            "batchSize": len(failure.items),
            "streamArn": failure.stream_arn,
        },
    }


def _iso(moment: float) -> str:
    at = dt.datetime.fromtimestamp(moment, dt.UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
