"""A deployed shop in a local cloud: its API to post to, its accounts and its lake to look into."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.checkout import Checkout
from tests.local.running_cloud import eventually

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_ANSWER_SECONDS = 60
SETTLE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the API; `body` is its JSON, else its bytes."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop whose stacks are deployed."""

    checkout: Checkout
    api_url: str
    write_key: str

    def post(
        self, path: str, content: Any, *, key: str | None = None, headers: dict[str, str] | None = None
    ) -> Answered:
        """Post JSON with a write key (the shop's own by default). Raises: OSError where nobody answers."""
        encoded = base64.b64encode(f"{key or self.write_key}:".encode()).decode()
        return self.ask(
            "POST", path, json.dumps(content).encode(), {"authorization": f"Basic {encoded}", **(headers or {})}
        )

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answered:
        request = urllib.request.Request(self.api_url + path, data=body, method=method, headers=headers or {})
        try:
            with _DIRECT.open(request, timeout=_ANSWER_SECONDS) as answer:
                return _answered(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return _answered(answer.code, answer.headers, answer.read())

    def accounts(self) -> dict[str, Any]:
        """Return `events` of `tradewind status --json`."""
        counted = self.checkout.status()["events"]
        assert isinstance(counted, dict), counted
        return counted

    def settled(self) -> dict[str, Any]:
        """Return the accounts once nothing is in flight; those of the last look where that never comes."""

        def look() -> dict[str, Any] | None:
            seen.append(self.accounts())
            return seen[-1] if seen[-1]["in_flight"] == 0 else None

        seen: list[dict[str, Any]] = []
        return eventually(look, seconds=SETTLE_SECONDS) or seen[-1]

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of `tradewind sql`."""
        done = self.checkout.tradewind("sql", "--format", "json", query)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))

    def run(self, *arguments: str) -> str:
        """Return what a command prints that succeeds."""
        done = self.checkout.tradewind(*arguments)
        assert done.returncode == 0, f"tradewind {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout


def identity_holds(accounts: dict[str, Any]) -> bool:
    """Return whether every accepted event is in exactly one of the other terms."""
    terms = ("clean", "duplicate", "dropped", "rejected", "in_flight")
    whole = all(isinstance(accounts[name], int) for name in ("accepted", "refused", *terms))
    return (
        whole
        and accounts["dropped"] == sum(accounts["dropped_by_reason"].values())
        and accounts["accepted"] == sum(accounts[name] for name in terms)
    )


def gained(before: dict[str, Any], after: dict[str, Any], names: Sequence[str]) -> dict[str, int]:
    """Return by how much each count grew."""
    return {name: after[name] - before[name] for name in names}


def _answered(status: int, headers: Any, body: bytes) -> Answered:
    names = {name.lower(): value for name, value in headers.items()}
    return Answered(status, names, json.loads(body) if "json" in names.get("content-type", "") else body)
