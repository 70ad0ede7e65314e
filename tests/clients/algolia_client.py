"""Plays calls with algoliasearch for Python and prints what each gave.

Reads a job on standard input: {appId, key, host, calls: [{method, args, collect?}]}.
"""

import json
import sys
from typing import Any

from algoliasearch.http.exceptions import RequestException
from algoliasearch.http.hosts import CallType, Host, HostsCollection
from algoliasearch.search.client import SearchClientSync
from algoliasearch.search.config import SearchConfig


def main() -> None:
    job = json.load(sys.stdin)
    config = SearchConfig(job["appId"], job["key"])
    host, _, port = job["host"].partition(":")
    there = Host(host, scheme="http", port=int(port), accept=CallType.READ | CallType.WRITE)
    config.hosts = HostsCollection([there])
    client = SearchClientSync.create_with_config(config)
    print(json.dumps({"results": [_played(client, call) for call in job["calls"]]}))


def _played(client: SearchClientSync, call: dict[str, Any]) -> Any:
    arguments = dict(call.get("args", {}))
    collected: list[Any] = []
    if call.get("collect"):
        arguments["aggregator"] = lambda answer: collected.extend(answer.hits)
    try:
        answer = getattr(client, call["method"])(**arguments)
    except RequestException as error:
        return {"error": str(error), "status": error.status_code}
    return [_plain(each) for each in collected] if call.get("collect") else _plain(answer)


def _plain(answer: Any) -> Any:
    if hasattr(answer, "to_json"):
        return json.loads(answer.to_json())
    if isinstance(answer, list | tuple):
        return [_plain(each) for each in answer]
    return answer


if __name__ == "__main__":
    main()
