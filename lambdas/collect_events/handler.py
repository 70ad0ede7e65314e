"""Takes events from the clients of Segment and RudderStack (docs/events.md).

Without the libraries of the other functions, and without a router: shoppers' browsers wait for this one to start.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from tradewind.aws import collecting
from tradewind.events.collecting.collecting import Collected, collect
from tradewind.events.collecting.request import request_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    request = request_of(event)
    collected = collect(request, collecting.collector(), datetime.now(UTC))
    if collected.refused or collected.code:
        _log(collected)
    return collected.answer.as_lambda()


def _log(collected: Collected) -> None:
    """Write one line about a request that was not taken as it came: counts and codes, nothing of its content."""
    line = {
        "level": "ERROR" if collected.trouble else "INFO",
        "message": "not all collected",
        "status": collected.answer.status,
        "accepted": collected.accepted,
        "refused": collected.refused,
        "code": collected.code,
        "trouble": collected.trouble,
    }
    sys.stdout.write(json.dumps({name: value for name, value in line.items() if value is not None}) + "\n")
