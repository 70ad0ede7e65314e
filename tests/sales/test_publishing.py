"""A cleaning killed before any of its writes ends as an undisturbed one after the next delivery."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.sales_cloud import LATER, NOW, SHOP, SalesCloud, manifest_arrived
from tradewind.lake import layout
from tradewind.sales.intake import upload
from tradewind.sales.publishing import staged_files
from tradewind.sales.stores import SalesStores

WRITES = {
    *("put_file", "put_text", "copy", "delete"),
    *("queue", "begin", "adopt", "abandon", "wait", "commit_publishing", "finish", "fail", "remove"),
    *("command", "postpone", "redrive", "start"),
}


class Killed(BaseException):
    """The process is gone: nothing catches it."""


class Killing:
    """A store that passes calls on and dies before write number `at` (1-based), counted over all stores."""

    def __init__(self, inner: object, countdown: list[int]) -> None:
        self._inner = inner
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._counted(found) if name in WRITES else found

    def _counted(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **named: Any) -> Any:
            self._countdown[0] -= 1
            if self._countdown[0] == 0:
                raise Killed
            return write(*args, **named)

        return counted


def killed_at(stores: SalesStores, at: int) -> tuple[SalesStores, list[int]]:
    countdown = [at]
    parts = {name: cast("Any", Killing(getattr(stores, name), countdown)) for name in ("loads", "lake", "queue", "job")}
    return replace(stores, **parts), countdown


def test_a_replacement_killed_anywhere_is_finished_by_the_next_delivery(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(LATER, tmp_path, name="undisturbed.csv")
    expected = [row[:12] for row in path.rows("clean/", tmp_path)]

    kills = 0
    for at in range(1, 100):
        name = f"killed-{at}.csv"
        path.bring(SHOP, tmp_path, name=name, message_id=f"first-{at}")
        sent = path.send(LATER, tmp_path, name=name)
        body = manifest_arrived(name, sent.upload_id)
        dying, _ = killed_at(path.stores, at)
        try:
            path.deliver(body, message_id=f"second-{at}", stores=dying)
        except Killed:
            kills += 1
            assert path.deliver(body, message_id=f"second-{at}", times=2) in (
                "clean",
                "this message was settled before",
            )
        else:
            break
        rows = [row[:12] for row in path.rows("clean/", tmp_path) if row[12] == name]
        assert rows == expected, f"killed before write {at}"
        assert not [row for row in path.rows("quarantine/", tmp_path) if row[12] == name]
        load = path.load(name)
        assert (load.state, load.live_upload_id, load.committed) == ("clean", sent.upload_id, None)

    # begin, checks, one month, staged.json, commit, one copy, stale keys, finish, staging removed
    assert kills == 9


def test_an_import_killed_anywhere_is_mended_by_importing_again(path: SalesCloud, tmp_path: Path) -> None:
    kills = 0
    for at in range(1, 100):
        file = tmp_path / f"killed-{at}.csv"
        file.write_text(SHOP)
        dying, _ = killed_at(path.stores, at)
        try:
            upload([file], dying, now=NOW)
        except Killed:
            kills += 1
            assert path.bring(SHOP, tmp_path, name=file.name, message_id=f"m-{at}") == "clean"
        else:
            break

    assert kills == 3  # the part, the record, the manifest


def test_a_removal_killed_anywhere_is_finished_by_the_next_delivery(path: SalesCloud, tmp_path: Path) -> None:
    kills = 0
    for at in range(1, 100):
        name = f"killed-{at}.csv"
        path.bring(SHOP, tmp_path, name=name, message_id=f"first-{at}")
        body = f'{{"command": "remove", "load": "{name}"}}'
        dying, _ = killed_at(path.stores, at)
        try:
            path.deliver(body, message_id=f"second-{at}", stores=dying)
        except Killed:
            kills += 1
            path.deliver(body, message_id=f"second-{at}", times=2)
        assert path.stores.loads.get(name) is None
        assert path.keys("clean/") + path.keys("quarantine/") == []
        if kills < at:
            break

    assert kills == 3  # the lease, the files, the record


def test_a_replaced_load_leaves_no_stale_month_and_no_stale_quarantine(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path)
    assert [key.split("/")[2] for key in path.keys("clean/")] == ["month=2010-12", "month=2011-01"]

    path.bring(LATER, tmp_path, message_id="m2")

    assert [key.split("/")[2] for key in path.keys("clean/")] == ["month=2011-02"]
    assert path.keys("quarantine/") == []
    assert path.keys("staging/") == []


def test_replacing_one_load_leaves_the_others_alone(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path, name="other.csv")
    before = path.rows("clean/", tmp_path)
    path.bring(SHOP, tmp_path, name="one.csv", message_id="m2")

    path.bring(LATER, tmp_path, name="one.csv", message_id="m3")

    assert [row for row in path.rows("clean/", tmp_path) if row[12] == "other.csv"] == before


def test_a_commit_whose_staging_has_expired_is_cleaned_again(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path)
    body = manifest_arrived("shop.csv", sent.upload_id)
    dying, _ = killed_at(path.stores, 8)  # before the first copy: lease, checks, 3 files, staged.json, commit
    with pytest.raises(Killed):
        path.deliver(body, stores=dying)
    assert path.load("shop.csv").state == "publishing"
    path.stores.lake.delete(list(path.stores.lake.list("staging/")))

    assert path.deliver(body, times=2) == "clean"
    assert len(path.rows("clean/", tmp_path)) == 3


def test_another_message_finishes_a_dead_publishing_before_its_own_work(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path)
    dying, _ = killed_at(path.stores, 8)
    with pytest.raises(Killed):
        path.deliver(manifest_arrived("shop.csv", sent.upload_id), stores=dying)
    path.clock.forward(hours=1)

    assert path.bring(LATER, tmp_path, message_id="m2") == "clean"
    assert [row[0] for row in path.rows("clean/", tmp_path)] == ["600001"]


def test_several_files_of_one_month_get_numbers_in_the_order_of_their_names() -> None:
    keys = [
        "p/clean/month=2010-12/b.parquet",
        "p/clean/month=2010-12/a.parquet",
        "p/quarantine/x.parquet",
        "p/staged.json",
    ]

    files = staged_files("shop", keys, "p/")

    assert files == {
        layout.clean_sales_key("shop", "2010-12", index=0): "p/clean/month=2010-12/a.parquet",
        layout.clean_sales_key("shop", "2010-12", index=1): "p/clean/month=2010-12/b.parquet",
        layout.quarantine_sales_key("shop"): "p/quarantine/x.parquet",
    }
