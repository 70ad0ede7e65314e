"""Objects of the lake bucket."""

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from botocore.exceptions import ClientError

from tests.sales_cloud import SalesCloud, aws_environment, sales_cloud
from tradewind.aws.lake_store import LakeStore

ODD = "raw/sales/Läden +1 50%.csv"


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeStore]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with sales_cloud() as cloud:
        yield _lake(cloud)


def _lake(cloud: SalesCloud) -> LakeStore:
    return cloud.stores.lake


def test_a_text_comes_back_under_any_key(lake: LakeStore) -> None:
    lake.put_text(ODD, "grün")
    assert lake.read_text(ODD) == "grün"
    assert list(lake.list("raw/")) == [ODD]


def test_what_is_not_there_is_none(lake: LakeStore) -> None:
    assert (lake.read_text("no"), lake.head("no")) == (None, None)


@pytest.mark.parametrize(("there", "denied"), [(False, False), (True, True)])
def test_a_refusal_means_absence_only_where_the_object_is_not_listed(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch, *, there: bool, denied: bool
) -> None:
    if there:
        lake.put_text("a", "x")
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")

    def refuse(**_: object) -> NoReturn:
        raise refusal

    monkeypatch.setattr(lake._client, "get_object", refuse)
    if denied:
        with pytest.raises(ClientError):
            lake.read_text("a")
    else:
        assert lake.read_text("a") is None


def test_the_first_bytes_can_be_read_alone(lake: LakeStore) -> None:
    lake.put_text("a", "abcdef")
    assert (lake.read_bytes("a", 3), lake.read_bytes("a", 99)) == (b"abc", b"abcdef")


def test_files_come_back_in_the_order_of_their_keys(lake: LakeStore, tmp_path: Path) -> None:
    lake.put_text("x/b.csv", "B")
    lake.put_text("x/a.csv", "A")
    found = lake.download(["x/b.csv", "x/a.csv"], tmp_path)
    assert [(path.name, path.read_text()) for path in found] == [("b.csv", "B"), ("a.csv", "A")]


def test_a_copy_replaces_its_target(lake: LakeStore) -> None:
    lake.put_text(ODD, "new")
    lake.put_text("target", "old")
    lake.copy(ODD, "target")
    assert lake.read_text("target") == "new"


def test_more_keys_than_one_call_takes_are_deleted(lake: LakeStore) -> None:
    keys = [f"k/{number:04d}" for number in range(1001)]
    for key in keys[:2] + keys[-2:]:
        lake.put_text(key, "x")
    lake.delete(keys)
    assert list(lake.list("k/")) == []
