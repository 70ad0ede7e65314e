"""What a message asks for, and what is decided about it as the registry stands."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sales_cloud import NOW
from tradewind.sales.loads import Load
from tradewind.sales.messages import Clean, Decision, Finish, Ignore, Postpone, Remove, Request, decide, parse

EVENTS = Path(__file__).resolve().parent.parent / "events"
NAME = "Läden März +1 50%.csv"

QUEUED = Load(name="shop", upload_id="u2", state="queued", updated_at=NOW, live_upload_id="u1")
CLEAN = replace(QUEUED, state="clean", live_upload_id="u2")
HELD = replace(QUEUED, state="cleaning", owner="m1", attempt="a1", lease_until=NOW + timedelta(minutes=1))
COMMITTED = replace(HELD, state="publishing", committed="a1")

UPLOAD = Request("shop", "upload", "u2")
OLD = Request("shop", "upload", "u1")
REBUILD = Request("shop", "rebuild")
RETRY = Request("shop", "retry")
REMOVE = Request("shop", "remove")


def _body(event: str) -> str:
    return str(json.loads((EVENTS / f"{event}.json").read_text())["Records"][0]["body"])


@pytest.mark.parametrize(
    ("event", "request_"),
    [
        ("eventbridge_manifest", Request(NAME, "upload", "0123456789abcdef")),
        ("eventbridge_part", None),
        ("eventbridge_dropped_file", Request(NAME, "file")),
        ("s3_dropped_file", Request(NAME, "file")),
        ("command_remove", Request(NAME, "remove")),
    ],
)
def test_a_message_names_its_load_with_spaces_plus_signs_and_umlauts(event: str, request_: Request | None) -> None:
    assert parse(_body(event)) == request_


@pytest.mark.parametrize("body", ['{"command": "explode", "load": "x"}', '{"Event": "s3:TestEvent"}', "{}"])
def test_a_message_that_asks_for_nothing_we_know_is_no_request(body: str) -> None:
    assert parse(body) is None


@pytest.mark.parametrize(
    ("request_", "load", "decision"),
    [
        (UPLOAD, None, Ignore("the load was removed")),
        (UPLOAD, QUEUED, Clean("u2")),
        (UPLOAD, CLEAN, Ignore("it is clean")),
        (UPLOAD, replace(CLEAN, state="failed", live_upload_id="u1"), Clean("u2")),
        (UPLOAD, HELD, Clean("u2")),  # m1 again: its own attempt is dead
        (UPLOAD, replace(HELD, owner="m0"), Postpone()),
        (UPLOAD, replace(HELD, owner="m0", lease_until=NOW), Clean("u2")),  # the other attempt is dead
        (UPLOAD, COMMITTED, Finish("a1")),
        (UPLOAD, replace(COMMITTED, owner="m0"), Postpone()),
        (UPLOAD, replace(QUEUED, committed="a0"), Finish("a0")),
        (UPLOAD, replace(QUEUED, answered="m1"), Ignore("this message was settled before")),
        (OLD, QUEUED, Ignore("a newer upload took its place")),
        (OLD, CLEAN, Ignore("a newer upload took its place")),
        (REBUILD, CLEAN, Clean("u2")),
        (REBUILD, replace(QUEUED, state="failed"), Clean("u1")),  # what is live, not what failed
        (REBUILD, replace(QUEUED, live_upload_id=None), Clean("u2")),
        (RETRY, replace(QUEUED, state="failed"), Clean("u2")),
        (RETRY, CLEAN, Ignore("it is clean")),
        (REMOVE, CLEAN, Remove()),
        (REMOVE, replace(HELD, owner="m0"), Postpone()),
        (REMOVE, COMMITTED, Finish("a1")),
    ],
)
def test_the_decision_about_message_m1(request_: Request, load: Load | None, decision: Decision) -> None:
    assert decide(request_, load, message_id="m1", now=NOW) == decision
