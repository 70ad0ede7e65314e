"""A process that slept after its commit takes nothing back of what came after it."""

import pytest
from botocore.exceptions import ClientError

from tests.event_cloud import EventCloud
from tests.events_cleaning.shop import NOON, raw
from tradewind.events.accounts import Accounts
from tradewind.events.cleaning.ports import Link
from tradewind.events.settling import publishing, registry
from tradewind.events.settling.manifest import Manifest, Step, manifest_key
from tradewind.events.settling.registry import LeaseLostError, Span, State
from tradewind.lake import layout


def _committed(cloud: EventCloud) -> tuple[State, Manifest]:
    """Commit a cleaning whose process dies before it puts anything in place."""
    key = cloud.put_raw([raw("q1-0000", received_at=NOON)], name="one")
    for position in range(30):
        deliveries = cloud.deliveries
        with cloud.killing(position):
            cloud.arrive(key)
        cloud.deliveries = deliveries
        state = cloud.stores.cleanings.state()
        if state.phase == "publishing":
            assert state.attempt is not None
            return state, publishing.read_manifest(cloud.stores, state.attempt)
    pytest.fail("nothing was committed")


def test_two_who_put_the_same_commit_in_place_end_as_one(cloud: EventCloud) -> None:
    state, manifest = _committed(cloud)
    assert publishing.finish_committed(cloud.stores, cloud.clock)

    with pytest.raises((LeaseLostError, ClientError)):
        publishing._put_in_place(cloud.stores, state, manifest, cloud.clock)

    assert cloud.accounts() == Accounts(accepted=1, clean=1)
    assert cloud.rows(layout.CLEAN_EVENTS, "receipt") == [("q1-0000",)]


def test_a_sleeper_cannot_copy_over_what_was_published_after_it(cloud: EventCloud) -> None:
    state, manifest = _committed(cloud)
    cloud.arrive(cloud.put_raw([raw("q2-0000")], name="two"))

    with pytest.raises(ClientError):
        publishing._put_in_place(cloud.stores, state, manifest, cloud.clock)

    assert cloud.rows(layout.CLEAN_EVENTS, "receipt") == [("q1-0000",), ("q2-0000",)]
    assert cloud.accounts() == Accounts(accepted=2, clean=2)


def test_a_sleeper_deletes_no_day_that_has_events_again(cloud: EventCloud) -> None:
    state, manifest = _committed(cloud)
    cloud.arrive(cloud.put_raw([raw("q2-0000")], name="two"))
    removing = Manifest(attempt=manifest.attempt, removed=(layout.clean_events_key("2024-03-10"),))

    with pytest.raises(LeaseLostError):
        publishing._put_in_place(cloud.stores, state, removing, cloud.clock)

    assert cloud.keys(layout.CLEAN_EVENTS) == [layout.clean_events_key("2024-03-10")]


def test_a_sleeper_takes_no_settled_number_back(cloud: EventCloud) -> None:
    cloud.collect("q1", 5)
    cloud.stores.receipts.settle({"q1": 4}, cloud.clock())
    cloud.stores.receipts.settle({"q1": 3}, cloud.clock())

    assert cloud.receipts() == {"q1": {"events": 5, "settled": 4}}


def test_nothing_is_committed_while_another_commit_is_published(cloud: EventCloud) -> None:
    state, _ = _committed(cloud)

    with pytest.raises(LeaseLostError):
        registry.committed(state, "another")


def test_a_manifest_that_is_gone_is_named(cloud: EventCloud) -> None:
    _, manifest = _committed(cloud)
    cloud.stores.lake.delete([manifest_key(manifest.attempt)])

    with pytest.raises(publishing.ManifestGoneError, match=manifest.attempt):
        publishing.finish_committed(cloud.stores, cloud.clock)


def test_a_manifest_comes_back_as_it_was_written() -> None:
    link = Link(anonymous_id="ä1", user_id="u", linked_at=NOON.replace(microsecond=1), receipt="q1-0000")
    manifest = Manifest(
        attempt="a",
        files={"live": "staged"},
        removed=("gone",),
        objects={"k": Span(received=("2024-03-10", "2024-03-11"), occurred=("2024-03-09", "2024-03-10"))},
        settled={"q1": 3},
        links=(link,),
        step=Step(rebuild_id="r", received_day="2024-03-10", received_days=("2024-03-11",), event_days=("2024-03-09",)),
    )

    assert Manifest.from_json(manifest.to_json()) == manifest
