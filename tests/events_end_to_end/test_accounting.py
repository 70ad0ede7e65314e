"""The accounts against the client's own tally: on a quiet day, with a kill -9 of anything, and after a rebuild."""

import os
import signal
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import boto3
import psutil
import pytest

from tests.events_end_to_end.shop import Shop, gained, identity_holds
from tests.events_end_to_end.tally import plan, post_all
from tradewind.cli.target import client_environment
from tradewind.deployment import LOCAL

pytestmark = pytest.mark.cloud

TERMS = ("accepted", "clean", "duplicate", "dropped", "rejected", "refused")
ROUNDS = 3


def test_the_accounts_are_the_clients_own_tally(shop: Shop) -> None:
    visitors, before = f"tally-{uuid.uuid4().hex[:8]}", shop.settled()

    tally = post_all(shop, plan(visitors, 60, Random(7)))
    meanwhile = shop.accounts()
    after = shop.settled()

    assert tally.wrong == []
    assert identity_holds(meanwhile), meanwhile
    assert identity_holds(after), after
    assert after["in_flight"] == 0
    assert gained(before, after, TERMS) == tally.expected()
    reasons = {name: after["dropped_by_reason"].get(name, 0) for name in ("bot", "consent")}
    assert gained({name: before["dropped_by_reason"].get(name, 0) for name in reasons}, reasons, tuple(reasons)) == {
        "bot": tally.dropped["bot"],
        "consent": tally.dropped["consent"],
    }
    assert _ids(shop, visitors) == sorted(tally.kept)


def test_a_refused_request_counts_its_events_as_refused_and_stores_nothing(shop: Shop) -> None:
    before = shop.settled()

    answer = shop.post("/v1/track", {"anonymousId": "a1", "event": "Product Viewed"}, key="0" * 32)

    assert (answer.status, answer.body["success"], answer.body["code"]) == (401, False, "unknown_key")
    after = shop.settled()
    assert gained(before, after, TERMS) == {**dict.fromkeys(TERMS, 0), "refused": 1}


def test_a_line_that_is_no_event_is_rejected_and_does_not_stop_those_behind_it(shop: Shop) -> None:
    visitor, before = f"behind-{uuid.uuid4().hex[:8]}", shop.settled()

    _stream(shop).put_record(StreamName=LOCAL.events_stream, Data=b"this is no event\n", PartitionKey=visitor)
    answer = shop.post("/v1/track", {"anonymousId": visitor, "event": "Product Viewed", "messageId": visitor})

    assert answer.status == 200
    after = _accepted(shop, before["accepted"] + 2)
    assert gained(before, after, TERMS) == {**dict.fromkeys(TERMS, 0), "accepted": 2, "clean": 1, "rejected": 1}
    assert _ids(shop, visitor) == [visitor]
    found = shop.sql("select line from events_quarantine where line like 'this is no event%'")
    assert found[-1]["line"].strip() == "this is no event"


def test_every_answered_event_is_in_the_lake_once_whatever_is_killed(shop: Shop) -> None:
    visitors, before, rng = f"killed-{uuid.uuid4().hex[:8]}", shop.settled(), Random()
    told: list[str] = []
    requests = plan(visitors, 90, Random(11))
    kept = set[str]()
    for number, kill in enumerate((_server, _worker, _everything)[:ROUNDS]):
        share = requests[number * 30 : (number + 1) * 30]
        with ThreadPoolExecutor(1) as striker:
            struck = striker.submit(_strike, shop, kill, rng.uniform(0.2, 2.5))
            tally = post_all(shop, share, patient=True)
            told.append(f"{struck.result()}, {tally.sent_again} requests were sent again")
        assert tally.wrong == [], told
        kept |= set(tally.kept)

    after = shop.settled()

    assert identity_holds(after), (after, told)
    assert after["in_flight"] == 0, (after, told)
    assert _ids(shop, visitors) == sorted(kept), told
    change = gained(before, after, TERMS)
    assert change["clean"] == len(kept), (change, told)
    assert change["rejected"] == 0, (change, told)


def test_a_kill_right_after_the_answers_loses_nothing(shop: Shop) -> None:
    visitors, before = f"buffered-{uuid.uuid4().hex[:8]}", shop.settled()

    tally = post_all(shop, plan(visitors, 20, Random(13)))  # most of it still lies in Firehose's buffer
    _everything(shop)
    shop.checkout.start()
    after = _accepted(shop, before["accepted"] + tally.expected()["accepted"])

    assert tally.wrong == []
    assert gained(before, after, TERMS) == tally.expected()
    assert _ids(shop, visitors) == sorted(tally.kept)


def test_a_rebuild_from_raw_gives_the_same_rows_and_counts(shop: Shop) -> None:
    before = shop.settled()
    tables = {name: _rows(shop, name) for name in ("events", "interactions")}

    shop.run("rebuild", "events")
    after = shop.settled()

    assert after == before
    for name, rows in tables.items():
        assert _without_shoppers(_rows(shop, name)) == _without_shoppers(rows)
    # Who was linked stays linked; earlier events of an anonymous id may be linked now.
    linked = {row["event_id"]: row["shopper_id"] for row in _rows(shop, "events")}
    assert all(linked[row["event_id"]] == row["shopper_id"] for row in tables["events"] if row["shopper_id"])


def _ids(shop: Shop, visitors: str) -> list[str]:
    """Return the event ids of visitors `<visitors>...` as often as the lake has them, sorted."""
    rows = shop.sql(f"select event_id from events where anonymous_id like '{visitors}%' order by event_id")
    return sorted(row["event_id"] for row in rows)


def _rows(shop: Shop, table: str) -> list[dict[str, Any]]:
    order = "receipt" if table == "events" else "event_id, line"
    return shop.sql(f"select * from {table} order by {order}")


def _without_shoppers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "shopper_id"} for row in rows]


def _accepted(shop: Shop, count: int) -> dict[str, Any]:
    """Return the accounts once `count` events are accepted and none is in flight; what goes by the door counts late."""
    from tests.local.running_cloud import eventually

    def look() -> dict[str, Any] | None:
        accounts = shop.accounts()
        return accounts if accounts["accepted"] >= count and accounts["in_flight"] == 0 else None

    return eventually(look, seconds=120) or shop.accounts()


def _stream(shop: Shop) -> Any:
    environment = client_environment(f"http://127.0.0.1:{shop.checkout.ports.cloud}")
    return boto3.client(
        "kinesis",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def _strike(shop: Shop, kill: Callable[[Shop], str], after: float) -> str:
    """Kill something after so many seconds, start the cloud again and return what was killed."""
    threading.Event().wait(after)
    killed = kill(shop)
    shop.checkout.start()  # leaves a server that still runs as it is
    return killed


def _server(shop: Shop) -> str:
    shop.checkout.kill()
    return "the server was killed"


def _worker(shop: Shop) -> str:
    """Kill one process of the server's: a function or what runs it."""
    workers = psutil.Process(shop.checkout.pid()).children(recursive=True)
    if not workers:
        return "there was no worker to kill"
    struck = Random().choice(workers)
    name = " ".join(struck.cmdline())[-80:]
    struck.kill()
    return f"killed: {name}"


def _everything(shop: Shop) -> str:
    os.killpg(shop.checkout.pid(), signal.SIGKILL)
    return "everything was killed"
