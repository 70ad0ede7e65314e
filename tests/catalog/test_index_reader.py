"""Readers of published indexes: what they fetch, when they look again, what serves when something is damaged."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.catalog.catalog_cloud import BUCKET, CatalogCloud, Cut, catalog_cloud, put
from tests.catalog.published import indexer, reader
from tradewind.catalog.editing import Edit, UnknownIndex
from tradewind.search.index import IndexUnavailable


@pytest.fixture
def cloud() -> Iterator[CatalogCloud]:
    with catalog_cloud() as made:
        made.store().edit("products", [put("a")])
        indexer(made).run()
        yield made


def publish(cloud: CatalogCloud, *object_ids: str) -> None:
    cloud.store().edit("products", [put(each) for each in object_ids])
    cloud.later(1)
    indexer(cloud).run()


def seen(here: Any) -> list[str]:
    return sorted(here.named("products")[0].snapshot.records)


def keys(cloud: CatalogCloud, prefix: str) -> list[str]:
    return [each["Key"] for each in cloud.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]


def damage(cloud: CatalogCloud, *wanted: str) -> None:
    for key in wanted:
        cloud.s3.put_object(Bucket=BUCKET, Key=key, Body=b"{damaged")


def test_a_new_version_is_seen_when_the_pointer_is_looked_at_again(cloud: CatalogCloud) -> None:
    now = [0.0]
    here = reader(cloud, clock=lambda: now[0])
    assert seen(here) == ["a"]
    publish(cloud, "b")
    now[0] = 1.9
    assert seen(here) == ["a"]
    now[0] = 2.1
    assert seen(here) == ["a", "b"]


def test_an_unchanged_index_costs_one_question_and_no_fetch(cloud: CatalogCloud) -> None:
    now = [0.0]
    s3 = Cut(cloud.s3)
    here = reader(cloud, s3=s3, clock=lambda: now[0])
    here.named("products")
    before = s3.done
    for step in range(1, 4):
        now[0] = 3.0 * step
        here.named("products")
        here.named("products")
    assert s3.done - before == 3


def test_a_new_version_fetches_only_the_files_that_are_new(cloud: CatalogCloud) -> None:
    publish(cloud, *(f"p{number}" for number in range(30)))
    now = [0.0]
    s3 = Cut(cloud.s3)
    here = reader(cloud, s3=s3, clock=lambda: now[0])
    here.named("products")
    publish(cloud, "p1", "new")
    before, now[0] = s3.done, 9.0
    assert "new" in seen(here)
    # Pointer, definition, manifest, and one of four files of records: p1 is as it was, the vectors are none.
    assert s3.done - before == 4


def test_an_index_that_is_not_there_is_unknown_and_one_that_was_deleted_is_too(cloud: CatalogCloud) -> None:
    here = reader(cloud)
    with pytest.raises(UnknownIndex, match="nothing"):
        here.named("nothing")
    assert seen(here) == ["a"]
    cloud.store().delete("products")
    indexer(cloud).run()
    cloud.later(3)
    with pytest.raises(UnknownIndex):
        here.named("products")


@pytest.mark.parametrize("what", ["pointer", "manifest", "definition", "files"])
def test_the_last_good_version_keeps_serving_when_the_new_one_is_damaged(
    cloud: CatalogCloud, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    here = reader(cloud)
    assert seen(here) == ["a"]
    before = {prefix: set(keys(cloud, prefix)) for prefix in ("objects/", "snapshots/")}
    if what == "definition":
        cloud.store().set_settings("products", {"hitsPerPage": 3})
    publish(cloud, "b")
    match what:
        case "pointer":
            damage(cloud, "indexes/products.json")
        case "manifest":
            damage(cloud, *(set(keys(cloud, "snapshots/")) - before["snapshots/"]))
        case _:
            damage(cloud, *(set(keys(cloud, "objects/")) - before["objects/"]))
    cloud.later(3)
    with caplog.at_level(logging.WARNING):
        assert seen(here) == ["a"]
    assert "keeps serving" in caplog.text
    cloud.later(60)
    publish(cloud, "c")  # the indexer finds the damage and builds anew from the store
    cloud.later(60)
    assert seen(here) == ["a", "b", "c"]


def test_a_new_process_falls_back_to_the_version_before_a_damaged_one(
    cloud: CatalogCloud, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(keys(cloud, "snapshots/"))
    publish(cloud, "b")
    damage(cloud, *(set(keys(cloud, "snapshots/")) - before))
    here = reader(cloud)
    with caplog.at_level(logging.WARNING):
        assert seen(here) == ["a"]
    assert "serves instead" in caplog.text


def test_a_file_that_is_missing_is_named_where_nothing_older_can_be_read(cloud: CatalogCloud) -> None:
    for key in keys(cloud, "objects/"):
        cloud.s3.delete_object(Bucket=BUCKET, Key=key)
    with pytest.raises(IndexUnavailable, match="object"):
        reader(cloud).named("products")


def test_a_version_that_is_in_use_can_be_read_after_its_files_were_removed(cloud: CatalogCloud) -> None:
    here = reader(cloud)
    index: Any = here.named("products")[0]
    for number in range(4):
        publish(cloud, f"b{number}")
        cloud.later(3)
        here.named("products")
    assert index.get(["a"]) == [b'{"objectID":"a"}']


def test_a_removed_record_goes(cloud: CatalogCloud) -> None:
    here = reader(cloud)
    publish(cloud, "b")
    cloud.store().edit("products", [Edit("deleteObject", "a")])
    indexer(cloud).run()
    cloud.later(3)
    assert seen(here) == ["b"]
