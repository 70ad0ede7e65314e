"""The accounts add up at every moment, also between a commit and the settling of its receipts."""

from dataclasses import replace

import pytest

from tests.event_cloud import EventCloud
from tests.events_cleaning.shop import raw
from tradewind.aws.receipt_settlement import ReceiptSettlement
from tradewind.deployment import LOCAL
from tradewind.events.accounts import Accounts
from tradewind.events.settling.registry import State


def test_nothing_yet_is_all_zero(cloud: EventCloud) -> None:
    assert cloud.accounts() == Accounts()


def test_after_every_write_of_a_cleaning_accepted_is_the_sum_of_the_others(cloud: EventCloud) -> None:
    seen = []

    def look(**_named: object) -> None:
        told = cloud.accounts()
        seen.append(told)
        assert told.accepted == told.clean + told.duplicate + told.dropped + told.rejected + told.in_flight == 2

    cloud.collect("q1", 2)
    key = cloud.put_raw([raw("q1-0000"), raw("q1-0001", event_id="message of q1-0000")], name="one")
    cloud.dynamodb.meta.events.register("after-call.dynamodb.UpdateItem", look)
    cloud.dynamodb.meta.events.register("after-call.dynamodb.TransactWriteItems", look)
    cloud.dynamodb.meta.events.register("after-call.dynamodb.PutItem", look)
    cloud.arrive(key)

    assert seen[0] == Accounts(accepted=2, in_flight=2)
    assert seen[-1] == Accounts(accepted=2, clean=1, duplicate=1)
    assert len(seen) > 5


def test_a_commit_between_the_readings_has_them_read_again(cloud: EventCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.collect("q1", 1)
    key = cloud.put_raw([raw("q1-0000")], name="one")
    read = ReceiptSettlement.open_receipts

    def commit_first(store: ReceiptSettlement) -> object:
        monkeypatch.undo()
        cloud.arrive(key)
        return read(store)

    monkeypatch.setattr(ReceiptSettlement, "open_receipts", commit_first)

    # The totals of before and the receipts of after would be nothing at all.
    assert cloud.accounts() == Accounts(accepted=1, clean=1)


def test_a_commit_whose_manifest_has_ended_meanwhile_is_read_again(
    cloud: EventCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.arrive(cloud.put_raw([raw("q1-0000")], name="one"))
    read = type(cloud.stores.cleanings).state_and_totals

    def a_moment_ago(store: object) -> tuple[State, Accounts]:
        monkeypatch.undo()
        state, totals = read(cloud.stores.cleanings)
        return replace(state, phase="publishing", attempt="swept"), totals

    monkeypatch.setattr(type(cloud.stores.cleanings), "state_and_totals", a_moment_ago)

    assert cloud.accounts() == Accounts(accepted=1, clean=1)


def test_of_very_many_receipts_at_least_so_many_are_told(cloud: EventCloud) -> None:
    for number in range(480):
        names = [f"q{number}-{place}" for place in range(25)]
        items = [{"PutRequest": {"Item": {"request_id": {"S": name}, "events": {"N": "2"}}}} for name in names]
        cloud.dynamodb.batch_write_item(RequestItems={LOCAL.receipts_table: items})  # type: ignore[dict-item]

    told = cloud.accounts()
    assert (told.accepted, told.in_flight, told.at_least) == (20_000, 20_000, True)  # 10,000 receipts of 2 events


@pytest.mark.parametrize(
    ("limits", "receipts", "whole"),
    [
        ({"most_open": 3}, 3, True),
        ({"most_open": 2}, 2, False),
        ({"most_read": 4}, 3, True),
    ],
)
def test_few_receipts_are_counted_exactly(
    cloud: EventCloud, limits: dict[str, int], receipts: int, whole: bool
) -> None:
    for number in range(4):
        cloud.collect(f"q{number}", 1)
    store = ReceiptSettlement(cloud.dynamodb, LOCAL.receipts_table)
    store.settle({"q0": 1}, cloud.clock.now)  # its collector may write it again: it stays, and is not open
    assert len(cloud.receipts()) == 4
    found = store.open_receipts(**limits)
    assert (len(found.receipts), found.whole) == (receipts, whole)
    assert not store.open_receipts(most_open=0).whole
