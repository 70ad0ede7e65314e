"""Requests as the unmodified clients wrote them (tests/wire), through the collector."""

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.collector_cloud import KEY, NOW, CollectorCloud, collector_cloud

WIRE = Path(__file__).resolve().parents[1] / "wire"
PLACEHOLDER = "WRITE_KEY"  # in place of the key, in headers, query and body
RECORDED = sorted(path.stem for path in WIRE.glob("*-*.json"))


@pytest.fixture
def shop() -> Iterator[CollectorCloud]:
    with collector_cloud() as cloud:
        cloud.add_key(PLACEHOLDER)
        yield cloud


def golden(name: str) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((WIRE / f"{name}.json").read_text())
    return recorded


def sent_events(recorded: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events in a recorded request, read the plain way."""
    body = b64decode(recorded["body_base64"])
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    if not text:
        return []
    content = json.loads(text)
    return list(content["batch"]) if "batch" in content else [content]


def replay(shop: CollectorCloud, recorded: dict[str, Any]) -> tuple[int, Any]:
    return shop.post(
        recorded["path"],
        b64decode(recorded["body_base64"]),
        method=recorded["method"],
        query=recorded["query"],
        headers=recorded["headers"],
        key=None,
    )


def test_there_are_recordings_of_each_client() -> None:
    clients = {golden(name)["client"] for name in RECORDED}
    assert clients >= {"segment-python", "segment-node", "segment-browser", "rudder-python", "rudder-node"}


@pytest.mark.parametrize("name", RECORDED)
def test_what_a_client_sends_is_taken(shop: CollectorCloud, name: str) -> None:
    recorded = golden(name)

    status, answer = replay(shop, recorded)

    assert status in (200, 204), answer
    assert shop.refused() == 0
    sent = sent_events(recorded)
    stored = shop.events()
    assert [event.message_id for event in stored] == [event["messageId"] for event in sent]
    for event, original in zip(stored, sent, strict=True):
        kind = original.get("type") or recorded["path"].rpartition("/")[2]
        assert event.type.startswith(kind)
        assert event.user_id == (original.get("userId") or None)
        assert event.anonymous_id == (original.get("anonymousId") or None)
        assert json.loads(bytes(event.properties)) == (original.get("properties") or {})
        assert json.loads(bytes(event.traits)) == (original.get("traits") or {})
        assert json.loads(bytes(event.context)).keys() >= original.get("context", {}).keys()


@pytest.mark.parametrize("name", [name for name in RECORDED if name.endswith("-preflight")])
def test_what_a_browser_asks_before_is_allowed(shop: CollectorCloud, name: str) -> None:
    recorded = golden(name)
    asked = recorded["headers"]["access-control-request-headers"].split(",")

    answer = shop.collected(recorded["path"], method="OPTIONS", headers=recorded["headers"], key=None).answer

    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {header.strip().lower() for header in asked} <= set(allowed)
    assert recorded["headers"]["access-control-request-method"] in answer.headers["access-control-allow-methods"]


def test_a_recorded_batch_of_a_hundred_is_packed_towards_25_kb(shop: CollectorCloud) -> None:
    body = gzip.decompress((WIRE / "analytics-node-batch-100.json.gz").read_bytes())
    headers = {"authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}

    assert shop.post("/v1/batch", body, headers=headers, key=None) == (200, {"success": True})

    assert len(shop.events()) == 100
    sizes = sorted(len(record["Data"]) for record in shop.records())
    assert sizes[-1] <= 25_000
    assert all(size > 20_000 for size in sizes[1:])


@pytest.mark.parametrize("name", ["segment-node-batch", "segment-python-batch", "segment-browser-batch"])
def test_recorded_times_keep_their_distance_to_when_they_were_sent(shop: CollectorCloud, name: str) -> None:
    """The recording is old, so its clock is taken for wrong: occurred_at = received_at - (sentAt - timestamp)."""
    recorded = golden(name)
    body = json.loads(b64decode(recorded["body_base64"]))
    sent_at = datetime.fromisoformat(body["sentAt"])

    replay(shop, recorded)

    for event, original in zip(shop.events(), body["batch"], strict=True):
        expected = NOW - (sent_at - datetime.fromisoformat(original["timestamp"]))
        assert (event.flags, datetime.fromisoformat(event.occurred_at)) == ((), expected)
