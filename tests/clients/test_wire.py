"""The golden wire files against what the installed clients write today."""

import gzip
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.clients import record
from tests.clients.busy_hour import busy_hour
from tests.clients.installed import NODE_CLIENTS, PYTHON_CLIENTS, need_chromium, need_node
from tests.clients.logging_server import Request


def goldens() -> list[Path]:
    return sorted(record.WIRE.glob("*-*.json"))


@pytest.mark.parametrize("client", [*PYTHON_CLIENTS, *NODE_CLIENTS])
def test_a_server_client_writes_what_its_golden_says(client: str) -> None:
    if client in NODE_CLIENTS:
        need_node()

    for name, request in record.cases_of_server(client):
        assert _shape(request) == _shape(_golden(client, name)), f"{client}-{name}: record it again"


@pytest.mark.parametrize("client", ["segment-browser", "rudder-browser"])
def test_a_browser_client_writes_what_its_golden_says(client: str) -> None:
    need_node()
    need_chromium()

    for name, request in record.cases_of_browser(client):
        assert _shape(request) == _shape(_golden(client, name)), f"{client}-{name}: record it again"


def test_no_golden_holds_a_key() -> None:
    assert goldens()
    for path in goldens():
        told = json.loads(path.read_text())
        sent = told["headers"].get("authorization")
        assert sent in (None, "Basic V1JJVEVfS0VZOg=="), path.name  # WRITE_KEY:


def test_the_busy_hour_is_a_hundred_events_of_a_usual_size() -> None:
    body = gzip.decompress(record.BUSY_HOUR.read_bytes())
    batch = json.loads(body)["batch"]

    assert 780 <= len(body) / len(batch) <= 880
    told = [{name: event.get(name) for name in ("event", "anonymousId", "properties")} for event in batch]
    planned = [{name: call.get(name) for name in ("event", "anonymousId", "properties")} for call in busy_hour()]
    assert told == planned


def _golden(client: str, case: str) -> Request:
    told = json.loads((record.WIRE / f"{client}-{case}.json").read_text())
    return Request(told["method"], told["path"], told["query"], told["headers"], b64decode(told["body_base64"]))


def _shape(request: Request) -> dict[str, Any]:
    """Return what is the same in every recording: names, not ids and times."""
    body = gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body
    sent = json.loads(body or b"{}")
    events = sent.pop("batch", [sent])
    headers = {name for name in request.headers if name not in record.LEFT_OUT}
    # A browser that still knows the answer to a preflight asks no second time; nothing else differs.
    return {
        "request": (request.method, request.path.rstrip("/"), sorted(headers)),
        "batch": sorted(sent) if events != [sent] else [],
        "events": [(event.get("type"), event.get("event"), sorted(event)) for event in events],
    }
