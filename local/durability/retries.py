"""A message whose function was killed comes back at once, not when its visibility time-out ends.

That time-out is six times the function's own, as AWS asks for: an hour and more for a long cleaning. Functions that
fail by themselves keep it, as on AWS.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sqs

_PAUSE = 1.0  # seconds, so that a message which kills its function does not spin until it is a dead letter
_DIED = ("Worker process died", "Broken pipe", "Worker returned no response")

_invocation = threading.local()  # an event source runs its batch and the invocation in one thread


def install() -> None:
    """Watch for functions that die."""
    lambda_runtime.Worker.invoke = _noting_death(lambda_runtime.Worker.invoke)
    lambda_svc._run_sqs_batch = _returning_messages(lambda_svc._run_sqs_batch)


def _noting_death(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_and_note(*arguments: Any, **named: Any) -> Any:
        result = invoke(*arguments, **named)
        _invocation.died = result.get("status") == "error" and any(s in str(result.get("error")) for s in _DIED)
        return result

    return invoke_and_note


def _returning_messages(run_batch: Callable[..., None]) -> Callable[..., None]:
    def run_and_return(esm: Any, function: Any, event: Any, batch: Sequence[Any], queue_url: str, name: str) -> None:
        _invocation.died = False
        run_batch(esm, function, event, batch, queue_url, name)
        if not _invocation.died:
            return
        receipts = {message["receipt_handle"] for message in batch}
        queue = sqs._queues.get(queue_url) or {"messages": []}
        for message in list(queue["messages"]):
            if message["receipt_handle"] in receipts:
                message["visible_at"] = time.time() + _PAUSE

    return run_and_return
