"""Working off messages: what each one does to a load, whatever order they come in."""

import errno
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import duckdb
import pytest

from tests.sales_cloud import HEADER, LATER, SHOP, SalesCloud, arrived, manifest_arrived
from tradewind.config import Limits
from tradewind.errors import InputError
from tradewind.lake import quality
from tradewind.sales import cleaning, in_process, upkeep
from tradewind.sales.attempts import LEASE
from tradewind.sales.intake import upload
from tradewind.sales.loads import MAX_DELIVERIES, Counts, Manifest

REBUILD = '{"command": "rebuild", "load": "shop.csv"}'
RETRY = '{"command": "retry", "load": "shop.csv"}'


def test_a_cleaned_load_has_its_counts_money_and_live_upload(path: SalesCloud, tmp_path: Path) -> None:
    assert path.bring(SHOP, tmp_path) == "clean"

    load = path.load("shop.csv")
    assert load.counts == Counts(read=4, sales=2, returns=1, quarantined={"no_price": 1})
    assert {kind: str(load.money[kind]) for kind in ("sale", "return")} == {"sale": "22.080", "return": "-2.550"}
    assert (load.state, load.live_upload_id, load.attempt) == ("clean", load.upload_id, None)


def test_the_object_of_a_part_starts_nothing(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path)

    done = path.deliver(arrived(f"raw/sales/shop.csv/{sent.upload_id}/part-00001-of-00001.csv"))

    assert done == "not about a load"
    assert path.load("shop.csv").state == "queued"


def test_a_message_that_comes_again_after_its_work_changes_nothing(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path)
    body = manifest_arrived("shop.csv", sent.upload_id)
    path.deliver(body)
    before = path.load("shop.csv")

    assert path.deliver(body, times=2) == "this message was settled before"
    assert path.deliver(body, message_id="a second event for the same object") == "it is clean"
    assert path.load("shop.csv") == before


def test_a_late_event_of_an_earlier_upload_changes_nothing(path: SalesCloud, tmp_path: Path) -> None:
    old = path.send(SHOP, tmp_path)
    path.clock.forward(hours=1)
    path.bring(LATER, tmp_path, message_id="m2")

    assert path.deliver(manifest_arrived("shop.csv", old.upload_id), message_id="m3") == "a newer upload took its place"
    assert [row[0] for row in path.rows("clean/", tmp_path)] == ["600001"]


def test_a_message_for_a_load_in_work_comes_back_later(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path)
    in_work = path.stores.loads.begin(
        path.load("shop.csv"), owner="another", attempt="x", now=path.clock(), lease=LEASE
    )

    assert path.deliver(REBUILD, message_id="m2") == "postponed: another attempt works on the load"
    assert path.load("shop.csv") == in_work
    postponed = path.sqs.get_queue_attributes(
        QueueUrl=path.queue_url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert postponed["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


def test_a_redelivered_message_takes_over_from_its_own_dead_attempt_at_once(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path)
    path.stores.loads.begin(path.load("shop.csv"), owner="m1", attempt="dead", now=path.clock(), lease=LEASE)

    assert path.deliver(manifest_arrived("shop.csv", sent.upload_id), message_id="m1", times=2) == "clean"


def test_an_attempt_that_lost_its_lease_publishes_nothing(
    path: SalesCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = path.send(SHOP, tmp_path)
    clean = cleaning.clean

    def slow(*args: object, **named: object) -> object:
        path.stores.loads.begin(path.load("shop.csv"), owner="m1", attempt="successor", now=path.clock(), lease=LEASE)
        return clean(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(cleaning, "clean", slow)

    done = path.deliver(manifest_arrived("shop.csv", sent.upload_id))

    assert done == "given up: load 'shop.csv': attempt attempt1 was replaced by successor"
    assert path.keys("clean/") == []
    assert path.load("shop.csv").attempt == "successor"


def test_a_file_that_cannot_be_read_fails_with_the_reason_and_keeps_the_last_good_version(
    path: SalesCloud, tmp_path: Path
) -> None:
    path.bring(SHOP, tmp_path)
    before = path.rows("clean/", tmp_path)

    path.bring("InvoiceNo,Quantity\n1,2\n", tmp_path, message_id="m2")

    load = path.load("shop.csv")
    assert load.state == "failed"
    assert load.message is not None
    assert "'shop.csv'" in load.message
    assert "--map" in load.message
    assert load.live_upload_id != load.upload_id
    assert path.rows("clean/", tmp_path) == before


def test_a_failed_check_keeps_the_last_good_version_and_says_which_rows(
    path: SalesCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.bring(SHOP, tmp_path)
    before = path.rows("clean/", tmp_path)
    monkeypatch.setattr(quality, "run_checks", _one_failing)

    path.bring(LATER, tmp_path, message_id="m2")

    load = path.load("shop.csv")
    assert load.state == "failed"
    assert load.message == (
        "check sales.keys_present of load 'shop.csv' found 2 rows against 'Every row has its keys.', "
        "the first: source_row 7: the last good version, if any, stays in place; mend the file and import it again "
        "(more of its rows: select * from quality_checks where not passed)"
    )
    assert path.rows("clean/", tmp_path) == before
    results = path.rows("quality/", tmp_path)
    assert [row[3:] for row in results if row[5:7] == ("error", False)] == [
        ("sales", "keys_present", "error", False, 2, '[{"source_row": "7"}]', path.clock.now.replace(tzinfo=None))
    ]


def test_a_failed_warning_is_kept_and_stops_nothing(path: SalesCloud, tmp_path: Path) -> None:
    assert path.bring(SHOP, tmp_path) == "clean"  # a row of four is quarantined: more than a tenth

    failed = [row[3:6] for row in path.rows("quality/", tmp_path) if row[6] is False]
    assert ("sales_quarantine", "share_small", "warning") in failed


@pytest.mark.parametrize("text", ["disk", "spill"])
def test_a_full_disk_fails_with_a_way_out_and_changes_nothing(
    path: SalesCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        if text == "disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        raise duckdb.OutOfMemoryException("failed to offload data block ... adjust 'max_temp_directory_size'")

    monkeypatch.setattr(cleaning, "clean", full)

    path.bring(SHOP, tmp_path)

    load = path.load("shop.csv")
    assert load.state == "failed"
    assert load.message == (
        f"disk space ran out while load 'shop.csv' ({len(SHOP)} bytes) was cleaned: free some and run "
        "`tradewind quarantine retry`, or import the file as CSV or Parquet in parts (nothing was changed)"
    )
    assert path.keys("clean/") == []


def test_the_unexpected_is_raised_and_told_at_the_last_delivery(
    path: SalesCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = path.send(SHOP, tmp_path)
    body = manifest_arrived("shop.csv", sent.upload_id)

    def broken(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(cleaning, "clean", broken)
        with pytest.raises(ZeroDivisionError):
            path.deliver(body, times=1)
        assert path.load("shop.csv").state == "cleaning"
        with pytest.raises(ZeroDivisionError):
            path.deliver(body, times=MAX_DELIVERIES)
    load = path.load("shop.csv")
    assert (load.state, load.message) == (
        "failed",
        "ZeroDivisionError: a fault of ours: look at the log, then ask again with `tradewind quarantine retry`",
    )

    assert path.deliver(body, message_id="redriven") == "clean"
    assert path.load("shop.csv").message is None


def test_a_file_dropped_into_the_bucket_is_a_load_of_its_own(path: SalesCloud, tmp_path: Path) -> None:
    path.stores.lake.put_text("raw/sales/Läden +1.csv", SHOP)
    path.clock.now = _modified(path, "raw/sales/Läden +1.csv")

    assert path.deliver(arrived("raw/sales/Läden +1.csv")) == "clean"
    assert path.load("Läden +1.csv").counts == Counts(read=4, sales=2, returns=1, quarantined={"no_price": 1})
    assert path.deliver(arrived("raw/sales/Läden +1.csv"), message_id="again") == "it is clean"
    assert path.deliver('{"command": "rebuild", "load": "Läden +1.csv"}', message_id="m3") == "clean"


def test_a_dropped_file_that_is_older_than_an_import_changes_nothing(path: SalesCloud, tmp_path: Path) -> None:
    path.stores.lake.put_text("raw/sales/shop.csv", SHOP)
    path.clock.now = _modified(path, "raw/sales/shop.csv")
    path.clock.forward(hours=1)
    path.bring(LATER, tmp_path)

    assert path.deliver(arrived("raw/sales/shop.csv"), message_id="m2") == "a newer upload took its place"


def test_a_rebuild_gives_the_same_rows(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path)
    before = path.rows("clean/", tmp_path), path.rows("quarantine/", tmp_path)
    path.stores.lake.delete(path.keys("clean/"))

    assert path.deliver(REBUILD, message_id="m2") == "clean"
    assert (path.rows("clean/", tmp_path), path.rows("quarantine/", tmp_path)) == before
    assert path.deliver(REBUILD, message_id="m2", times=2) == "this message was settled before"


def test_a_rebuild_of_a_load_whose_newer_upload_failed_rebuilds_what_is_live(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path)
    before = path.rows("clean/", tmp_path)
    path.bring("InvoiceNo,Quantity\n1,2\n", tmp_path, message_id="m2")
    failed = path.load("shop.csv")

    assert path.deliver(REBUILD, message_id="m3") == "clean"
    assert path.rows("clean/", tmp_path) == before
    load = path.load("shop.csv")
    assert (load.state, load.message, load.upload_id) == ("failed", failed.message, failed.upload_id)


def test_a_rebuild_whose_raw_files_are_gone_says_so(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path)
    before = path.rows("clean/", tmp_path)
    path.stores.lake.delete(path.keys("raw/"))

    path.deliver(REBUILD, message_id="m2")

    assert path.load("shop.csv").message == "load 'shop.csv' has no files in the raw zone any more: import it again"
    assert path.rows("clean/", tmp_path) == before


def test_a_removed_load_is_gone_and_a_late_event_does_not_bring_it_back(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path)
    path.deliver(manifest_arrived("shop.csv", sent.upload_id))
    asked = upkeep.remove(path.stores, "shop.csv")

    assert path.deliver(path.messages()[0], message_id=asked.message_id) == "removed"
    assert path.keys("clean/") + path.keys("quarantine/") == []
    assert upkeep.is_settled(path.stores.loads.get("shop.csv"), asked)
    done = path.deliver(manifest_arrived("shop.csv", sent.upload_id), message_id="late")
    assert (done, path.keys("clean/")) == ("the load was removed", [])


def test_a_retry_cleans_what_failed(path: SalesCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(quality, "run_checks", _one_failing)
        path.bring(SHOP, tmp_path)
    assert path.load("shop.csv").state == "failed"

    retried = upkeep.retry_failed(path.stores)

    assert ([asked.load for asked in retried.loads], retried.messages) == (["shop.csv"], 0)
    assert json.loads(path.messages()[0]) == json.loads(RETRY)
    assert path.deliver(RETRY, message_id=retried.loads[0].message_id) == "clean"


def test_dead_letters_are_listed_and_sent_again_once(path: SalesCloud, tmp_path: Path) -> None:
    path.sqs.send_message(QueueUrl=path.dead_letters_url, MessageBody=REBUILD)
    assert [letter.load for letter in upkeep.dead_letters(path.stores)] == ["shop.csv"]
    path.sqs.purge_queue(QueueUrl=path.dead_letters_url)
    path.sqs.send_message(QueueUrl=path.dead_letters_url, MessageBody=REBUILD)

    assert upkeep.retry_failed(path.stores).messages == 1
    assert path.messages() == [REBUILD]
    left = path.sqs.get_queue_attributes(QueueUrl=path.dead_letters_url, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_load_that_does_not_exist_cannot_be_rebuilt(path: SalesCloud, tmp_path: Path) -> None:
    path.send(SHOP, tmp_path)
    with pytest.raises(InputError) as refused:
        upkeep.rebuild(path.stores, ["shop.xlsx"])
    assert str(refused.value) == "load 'shop.xlsx' does not exist: give one of: 'shop.csv'"


def test_a_large_csv_is_handed_to_the_spark_job_with_its_message(path: SalesCloud, tmp_path: Path) -> None:
    small = replace(path.stores, limits=Limits(spark_above=100))
    sent = path.send(SHOP, tmp_path)
    body = manifest_arrived("shop.csv", sent.upload_id)

    done = path.deliver(body, stores=small)

    assert done.startswith("handed to job run ")
    assert path.load("shop.csv").state == "queued"


def test_a_large_workbook_is_cleaned_in_process(path: SalesCloud) -> None:
    stores = replace(path.stores, limits=Limits(spark_above=100))
    engine = in_process.InProcess()
    assert engine.takes(Manifest(load="a", upload_id="0", parts=("a/part-1.xlsx",), size=101), stores)
    assert engine.takes(Manifest(load="a", upload_id="0", parts=("a/part-1.csv",), size=100), stores)
    assert not engine.takes(Manifest(load="a", upload_id="0", parts=("a/part-1.csv",), size=101), stores)


def test_a_file_without_rows_fails_with_the_file_as_its_owner_knows_it(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(HEADER, tmp_path, name="march sales.csv")

    assert path.load("march sales.csv").message == (
        "file 'march sales.csv' has no rows below its header: export it again with its rows"
    )


def _modified(path: SalesCloud, key: str) -> datetime:
    found = path.stores.lake.head(key)
    assert found is not None
    return found.modified


def _one_failing(*_: object, **__: object) -> list[quality.CheckResult]:
    return [
        quality.CheckResult(
            table="sales",
            check="keys_present",
            severity="error",
            description="Every row has its keys.",
            failing_rows=2,
            sample=({"source_row": "7"},),
        )
    ]


def bring_demo(path: SalesCloud, tmp_path: Path) -> None:
    file = tmp_path / "demo.csv"
    file.write_text(LATER)
    sent = upload([file], path.stores, now=path.clock(), demo=True)
    path.deliver(manifest_arrived(sent.load, sent.upload_id), message_id="demo")


def work_off_messages(path: SalesCloud) -> None:
    for number, body in enumerate(path.messages()):
        path.deliver(body, message_id=f"sent{number}")


def test_a_file_dropped_by_hand_takes_the_demos_place(path: SalesCloud, tmp_path: Path) -> None:
    bring_demo(path, tmp_path)
    path.stores.lake.put_text("raw/sales/shop.csv", SHOP)
    assert path.deliver(arrived("raw/sales/shop.csv")) == "clean"
    work_off_messages(path)
    assert [load.name for load in path.stores.loads.list()] == ["shop.csv"]


def test_an_attempt_that_was_killed_before_it_asked_for_the_demos_removal_asks_when_its_message_comes_again(
    path: SalesCloud, tmp_path: Path
) -> None:
    bring_demo(path, tmp_path)
    path.stores.lake.put_text("raw/sales/shop.csv", SHOP)
    path.deliver(arrived("raw/sales/shop.csv"))
    path.sqs.purge_queue(QueueUrl=path.queue_url)  # as if it had never been sent
    path.deliver(arrived("raw/sales/shop.csv"), times=2)
    work_off_messages(path)
    assert [load.name for load in path.stores.loads.list()] == ["shop.csv"]


def test_a_demo_that_was_kept_stays_through_later_imports(path: SalesCloud, tmp_path: Path) -> None:
    bring_demo(path, tmp_path)
    file = tmp_path / "shop.csv"
    file.write_text(SHOP)
    sent = upload([file], path.stores, now=path.clock(), keep_demo=True)
    path.deliver(manifest_arrived(sent.load, sent.upload_id))
    path.bring(LATER, tmp_path, name="later.csv", message_id="m2")
    assert path.messages() == []
    assert [load.name for load in path.stores.loads.list()] == ["demo.csv", "later.csv", "shop.csv"]
