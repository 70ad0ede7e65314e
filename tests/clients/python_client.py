"""Plays calls with a Python client, the first argument: segment.analytics or rudderstack.analytics.

Reads a job on standard input: {origin, writeKey, calls, options}; prints {failed}.
"""

import importlib
import json
import sys
from datetime import datetime
from typing import Any

WORDS = {"anonymousId": "anonymous_id", "userId": "user_id", "groupId": "group_id", "previousId": "previous_id"}
WORDS |= {"messageId": "message_id"}


def main(package: str) -> None:
    job = json.load(sys.stdin)
    failed: list[str] = []
    client = importlib.import_module(f"{package}.client").Client(
        job["writeKey"],
        host=job["origin"],
        on_error=lambda error, _: failed.append(str(error)),
        upload_interval=0.2,
        **job.get("options", {}),
    )
    for call in job["calls"]:
        getattr(client, call["type"])(**spelled(call))
    client.flush()
    client.join()
    print(json.dumps({"failed": failed}))


def spelled(call: dict[str, Any]) -> dict[str, Any]:
    """Return a call's fields as the Python clients name them."""
    words = {WORDS.get(name, name): value for name, value in call.items() if name != "type"}
    if "timestamp" in words:
        words["timestamp"] = datetime.fromisoformat(words["timestamp"])
    if call["type"] == "alias":
        words.pop("anonymous_id")  # it takes none
    return words


if __name__ == "__main__":
    main(sys.argv[1])
