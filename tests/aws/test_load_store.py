"""The registry of loads: what is written comes back, and no write is lost to another."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.sales_cloud import NOW, SalesCloud, aws_environment, sales_cloud
from tradewind.aws.load_store import LoadStore
from tradewind.sales.loads import Counts, Load, Manifest
from tradewind.sales.transitions import ConflictError, LeaseLostError

MANIFEST = Manifest(load="Läden +1.csv", upload_id="0123456789abcdef", parts=("p",), demo=True)
COUNTS = Counts(read=3, sales=1, returns=1, quarantined={"other": 1})
MONEY = {"sale": Decimal("1.500"), "return": Decimal("-0.250")}
LEASE = timedelta(minutes=5)


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> Iterator[SalesCloud]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with sales_cloud() as cloud:
        yield cloud


@pytest.fixture
def loads(path: SalesCloud) -> LoadStore:
    return path.stores.loads


def _published(loads: LoadStore) -> Load:
    begun = loads.begin(loads.queue(MANIFEST, NOW), owner="m1", attempt="a1", now=NOW, lease=LEASE)
    loads.commit_publishing(begun.name, "a1", NOW)
    return loads.finish(
        begun.name, "a1", answered="m1", upload_id=MANIFEST.upload_id, counts=COUNTS, money=MONEY, now=NOW
    )


def test_every_field_comes_back_as_it_was_written(loads: LoadStore) -> None:
    written = _published(loads)

    assert loads.get("Läden +1.csv") == written
    assert written == Load(
        name="Läden +1.csv",
        upload_id=MANIFEST.upload_id,
        state="clean",
        updated_at=NOW,
        queued_at=NOW,
        demo=True,
        live_upload_id=MANIFEST.upload_id,
        counts=COUNTS,
        money=MONEY,
        answered="m1",
        version=4,
    )


def test_a_load_that_nobody_knows_is_none(loads: LoadStore) -> None:
    assert loads.get("nobody") is None


def test_loads_are_listed_by_name(loads: LoadStore) -> None:
    for name in ("b", "c", "a"):
        loads.queue(replace(MANIFEST, load=name), NOW)
    assert [load.name for load in loads.list()] == ["a", "b", "c"]


def test_of_two_who_take_the_same_lease_one_gets_it(loads: LoadStore) -> None:
    read = loads.queue(MANIFEST, NOW)
    loads.begin(read, owner="m1", attempt="a1", now=NOW, lease=LEASE)
    with pytest.raises(ConflictError):
        loads.begin(read, owner="m2", attempt="a2", now=NOW, lease=LEASE)


def test_who_lost_the_lease_can_neither_commit_nor_fail_nor_remove(loads: LoadStore) -> None:
    first = loads.begin(loads.queue(MANIFEST, NOW), owner="m1", attempt="a1", now=NOW, lease=LEASE)
    second = loads.begin(first, owner="m1", attempt="a2", now=NOW, lease=LEASE)

    with pytest.raises(LeaseLostError):
        loads.commit_publishing(first.name, "a1", NOW)
    with pytest.raises(LeaseLostError):
        loads.fail(first.name, "a1", "text", NOW)
    with pytest.raises(LeaseLostError):
        loads.remove(first.name, "a1")
    assert loads.get(first.name) == second


def test_a_new_upload_keeps_the_live_version_and_its_counts(loads: LoadStore) -> None:
    live = _published(loads)

    queued = loads.queue(replace(MANIFEST, upload_id="fedcba9876543210"), NOW)

    assert (queued.state, queued.live_upload_id, queued.counts) == ("queued", live.live_upload_id, COUNTS)


def test_a_removed_load_is_forgotten(loads: LoadStore) -> None:
    load = _published(loads)
    begun = loads.begin(load, owner="m2", attempt="a2", now=NOW, lease=LEASE)

    loads.remove(begun.name, "a2")

    assert loads.get(load.name) is None


def test_a_load_that_waits_for_spark_says_why(loads: LoadStore) -> None:
    loads.queue(MANIFEST, NOW)
    waiting = loads.wait(MANIFEST.load, "needs Java 17", NOW)
    assert (waiting.state, waiting.message) == ("waiting", "needs Java 17")


def test_a_load_whose_job_has_begun_waits_no_more(loads: LoadStore) -> None:
    begun = loads.begin(loads.queue(MANIFEST, NOW), owner="job:m1", attempt="a1", now=NOW, lease=LEASE)
    assert loads.wait(begun.name, "needs Java 17", NOW).state == "cleaning"
