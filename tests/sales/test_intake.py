"""Uploads: what is sent in which order, what is refused, what changes nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sales_cloud import LATER, NOW, SHOP, SalesCloud, manifest_arrived
from tradewind.config import Limits
from tradewind.errors import InputError
from tradewind.sales.intake import upload
from tradewind.sales.loads import Manifest


def test_an_upload_is_its_parts_a_queued_record_and_a_manifest(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path, name="Läden +1.csv")

    folder = f"raw/sales/Läden +1.csv/{sent.upload_id}/"
    assert path.keys() == [folder + "manifest.json", folder + "part-00001-of-00001.csv"]
    assert (path.load("Läden +1.csv").state, path.load("Läden +1.csv").upload_id) == ("queued", sent.upload_id)
    manifest = Manifest.from_json(path.stores.lake.read_text(folder + "manifest.json") or "")
    assert (manifest.parts, manifest.size) == ((folder + "part-00001-of-00001.csv",), len(SHOP.encode()))


def test_progress_counts_every_byte_of_every_part(path: SalesCloud, tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(SHOP)
    seen: list[tuple[int, int]] = []

    upload([file], path.stores, now=NOW, progress=lambda sent, total: seen.append((sent, total)))

    assert sum(sent for sent, _ in seen) == len(SHOP.encode())
    assert {total for _, total in seen} == {len(SHOP.encode())}


def test_files_given_together_are_the_parts_of_one_load_in_their_order(path: SalesCloud, tmp_path: Path) -> None:
    first, second = tmp_path / "b.csv", tmp_path / "a.csv"
    first.write_text(SHOP)
    second.write_text(LATER)

    sent = upload([first, second], path.stores, now=NOW, name="both")
    path.deliver(manifest_arrived("both", sent.upload_id))

    months = sorted({row[0:1] + row[11:13] for row in path.rows("clean/", tmp_path)})
    assert months == [
        ("536365", 1, "both"),
        ("536365", 2, "both"),
        ("600001", 5, "both"),
        ("C536379", 3, "both"),
    ]


@pytest.mark.parametrize("split", [1, 3, 9])
def test_any_split_gives_the_same_rows(path: SalesCloud, tmp_path: Path, split: int) -> None:
    path.bring(SHOP, tmp_path, name="whole.csv")
    whole = [row[:12] for row in path.rows("clean/", tmp_path)]

    file = tmp_path / "split.csv"
    file.write_text(SHOP)
    sent = upload([file], path.stores, now=NOW, split=split)
    path.deliver(manifest_arrived("split.csv", sent.upload_id), message_id="m2")

    rows = path.rows("clean/", tmp_path)
    assert [row[:12] for row in rows if row[12] == "split.csv"] == whole
    assert len(path.keys("raw/sales/split.csv/")) == split + 1


def test_the_same_bytes_change_nothing(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path)
    before = path.load("shop.csv")

    again = path.send(SHOP, tmp_path)

    assert again.unchanged
    assert path.load("shop.csv") == before


def test_the_same_bytes_read_with_other_columns_are_another_upload(path: SalesCloud, tmp_path: Path) -> None:
    path.bring(SHOP, tmp_path)

    again = upload([tmp_path / "shop.csv"], path.stores, now=NOW, columns={"Country": "country"})

    assert not again.unchanged


def test_a_file_above_the_limit_is_refused_before_anything_is_sent(path: SalesCloud, tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text("x" * 2000)
    stores = replace(path.stores, limits=Limits(max_upload=1999))

    with pytest.raises(InputError) as refused:
        upload([file], stores, now=NOW)

    assert str(refused.value) == (
        "file 'shop.csv' has 2,000 bytes, above the limit of 1,999 (Config.limits.max_upload): "
        "cut it into several files and import each under a name of its own"
    )
    assert path.keys() == []


def test_a_file_that_is_not_there_is_named(path: SalesCloud) -> None:
    with pytest.raises(InputError, match=r"^file 'nowhere\.csv' does not exist: give the path of a sales file$"):
        upload([Path("nowhere.csv")], path.stores, now=NOW)


def test_a_name_is_refused_while_it_is_being_cleaned(path: SalesCloud, tmp_path: Path) -> None:
    path.send(SHOP, tmp_path)
    _begin(path, minutes=15)

    with pytest.raises(InputError) as refused:
        path.send(LATER, tmp_path)

    assert str(refused.value) == (
        "load 'shop.csv' is being cleaned since 2026-03-01 12:00:00 UTC: wait until it is done (tradewind status), "
        "or import under another name with --as NAME"
    )


def test_the_same_bytes_while_they_are_being_cleaned_wait_for_that_cleaning(path: SalesCloud, tmp_path: Path) -> None:
    path.send(SHOP, tmp_path)
    begun = _begin(path, minutes=15)

    assert not path.send(SHOP, tmp_path).unchanged
    assert path.load("shop.csv") == begun


def test_a_name_is_free_again_once_its_cleaning_is_dead(path: SalesCloud, tmp_path: Path) -> None:
    path.send(SHOP, tmp_path)
    _begin(path, minutes=15)
    path.clock.forward(minutes=16)

    sent = path.bring(LATER, tmp_path, message_id="m2")

    assert sent == "clean"


def test_a_name_is_refused_while_other_content_is_queued(path: SalesCloud, tmp_path: Path) -> None:
    path.send(SHOP, tmp_path)

    with pytest.raises(InputError) as refused:
        path.send(LATER, tmp_path)

    assert str(refused.value) == (
        "load 'shop.csv' is queued with other content since 2026-03-01 12:00:00 UTC: wait until it is done "
        "(tradewind status), or import under another name with --as NAME"
    )


def test_an_upload_killed_before_its_manifest_does_not_block_its_name(path: SalesCloud, tmp_path: Path) -> None:
    sent = path.send(SHOP, tmp_path)
    path.stores.lake.delete([f"raw/sales/shop.csv/{sent.upload_id}/manifest.json"])

    assert path.bring(LATER, tmp_path) == "clean"


def _begin(path: SalesCloud, *, minutes: int) -> object:
    return path.stores.loads.begin(
        path.load("shop.csv"), owner="other", attempt="x", now=path.clock(), lease=timedelta(minutes=minutes)
    )
