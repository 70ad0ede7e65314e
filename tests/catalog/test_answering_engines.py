"""Which engine answers an index: chosen by one command, seen by readers, kept by the indexer."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.catalog.catalog_cloud import BUCKET, CatalogCloud, Cut, catalog_cloud, put
from tests.catalog.published import indexer, reader, visible
from tests.search.oracle_index import OracleIndex
from tests.search.shop import RECORDS, SHOP
from tests.search.shop import stored as records_of
from tradewind.aws.answering_engines import AnsweringEngines, let_answer, undecided
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import UnknownIndex
from tradewind.errors import InputError
from tradewind.search.fallback import FallbackReader
from tradewind.search.index import CatalogIndex, IndexUnavailable


@pytest.fixture
def cloud() -> Iterator[CatalogCloud]:
    """A shop that was published before there was a cluster."""
    with catalog_cloud() as made:
        made.store().edit("products", [put("a")])
        made.store().set_settings("products", {"replicas": ["cheapest"]})
        indexer(made).run()
        yield made


class OnCluster:
    """A cluster's reader that has every index."""

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        return OracleIndex(records_of(RECORDS), SHOP), SHOP


def snapshots(cloud: CatalogCloud) -> SnapshotStore:
    return SnapshotStore(cloud.s3, BUCKET)


def engines(cloud: CatalogCloud, *, s3: Any = None) -> AnsweringEngines:
    return AnsweringEngines(
        SnapshotStore(s3 or cloud.s3, BUCKET), pointer_seconds=2.0, clock=lambda: cloud.now.timestamp()
    )


def edit(cloud: CatalogCloud, object_id: str, *, beside_cluster: bool = True) -> None:
    cloud.store().edit("products", [put(object_id)])
    cloud.later(3)
    indexer(cloud, beside_cluster=beside_cluster).run()


def answers(cloud: CatalogCloud, name: str = "products") -> str | None:
    held = snapshots(cloud).pointer(name)
    assert held is not None
    return held.pointer.answers


def test_what_was_published_before_the_cluster_is_answered_by_the_embedded_engine(cloud: CatalogCloud) -> None:
    edit(cloud, "b")  # the first change that goes to both
    assert not engines(cloud).is_cluster("products")
    assert undecided(snapshots(cloud)) == ["products"]


def test_a_reader_follows_a_flip_and_the_way_back_within_the_time_of_a_pointer(cloud: CatalogCloud) -> None:
    here = engines(cloud)
    both = FallbackReader(OnCluster(), reader(cloud), first_answers=here.is_cluster)
    assert both.named("products")[0].records == 1
    let_answer(snapshots(cloud), "products", "opensearch")
    cloud.later(1.9)
    assert both.named("products")[0].records == 1
    cloud.later(0.2)
    assert both.named("products")[0].records == 6  # of the cluster
    assert both.named("cheapest")[0].records == 6  # a replica follows its primary
    assert undecided(snapshots(cloud)) == []
    let_answer(snapshots(cloud), "products", "embedded")
    cloud.later(2.1)
    assert both.named("products")[0].records == 1


def test_the_embedded_reader_serves_on_through_a_flip(cloud: CatalogCloud) -> None:
    here = reader(cloud)
    version = here.named("products")[0].version
    let_answer(snapshots(cloud), "products", "opensearch")
    cloud.later(3)
    assert here.named("products")[0].version == version
    edit(cloud, "b")
    cloud.later(3)
    assert here.named("products")[0].records == 2


@pytest.mark.parametrize("chosen", ["opensearch", "embedded"])
def test_what_was_chosen_survives_edits_clearing_replacing_and_settings(cloud: CatalogCloud, chosen: Any) -> None:
    let_answer(snapshots(cloud), "products", chosen)
    edit(cloud, "b")
    assert answers(cloud) == chosen
    store = cloud.store()
    store.clear("products")
    store.set_settings("products", {"hitsPerPage": 3})
    indexer(cloud, beside_cluster=True).run()
    assert answers(cloud) == chosen
    store.edit("products_tmp", [put("new")])
    store.move("products_tmp", "products")
    indexer(cloud, beside_cluster=True).run(sweep=True)
    assert (answers(cloud), sorted(visible(cloud))) == (chosen, ["new"])


def test_a_new_index_beside_a_cluster_is_answered_by_it_at_once(cloud: CatalogCloud) -> None:
    cloud.store().edit("shoes", [put("s")])
    indexer(cloud, beside_cluster=True).run()
    assert engines(cloud).is_cluster("shoes")
    assert not engines(cloud).is_cluster("products")
    cloud.store().delete("shoes")
    indexer(cloud, beside_cluster=True).run()
    assert not engines(cloud).is_cluster("shoes")


def test_a_change_that_the_cluster_did_not_get_takes_the_answer_from_it(cloud: CatalogCloud) -> None:
    let_answer(snapshots(cloud), "products", "opensearch")
    edit(cloud, "b", beside_cluster=False)  # deployed without the cluster
    assert undecided(snapshots(cloud)) == ["products"]
    edit(cloud, "c")  # and with it again: it lacks b
    assert not engines(cloud).is_cluster("products")


def test_a_flip_that_meets_a_publication_keeps_both(cloud: CatalogCloud) -> None:
    class Meanwhile(Cut):
        """A client under which somebody publishes right before the first write."""

        def __getattr__(self, name: str) -> Any:
            if name == "put_object" and not self.done:
                self.done = 1
                edit(cloud, "b")
            return getattr(self.client, name)

    s3: Any = Meanwhile(cloud.s3)
    let_answer(SnapshotStore(s3, BUCKET), "products", "opensearch")
    assert answers(cloud) == "opensearch"
    assert sorted(visible(cloud)) == ["a", "b"]


def test_a_damaged_pointer_is_written_anew_and_the_embedded_engine_answers(cloud: CatalogCloud) -> None:
    let_answer(snapshots(cloud), "products", "opensearch")
    cloud.s3.put_object(Bucket=BUCKET, Key="indexes/products.json", Body=b"{damaged")
    edit(cloud, "b")
    assert sorted(visible(cloud)) == ["a", "b"]
    assert answers(cloud) is None


def test_a_pointer_that_cannot_be_read_now_stays_and_the_task_waits(cloud: CatalogCloud) -> None:
    class Down(Cut):
        def __getattr__(self, name: str) -> Any:
            if name == "get_object":
                raise OSError("no route to S3")
            return getattr(self.client, name)

    cloud.store().edit("products", [put("b")])
    with pytest.raises(RuntimeError, match="its tasks stay open"):
        indexer(cloud, s3=Down(cloud.s3), beside_cluster=True).run()
    assert sorted(visible(cloud)) == ["a"]
    indexer(cloud, beside_cluster=True).run()
    assert sorted(visible(cloud)) == ["a", "b"]


def test_where_the_bucket_cannot_be_read_the_engine_that_answered_goes_on(
    cloud: CatalogCloud, caplog: pytest.LogCaptureFixture
) -> None:
    class Breaking(Cut):
        broken = False

        def __getattr__(self, name: str) -> Any:
            if Breaking.broken:
                raise OSError("no route to S3")
            return getattr(self.client, name)

    s3 = Breaking(cloud.s3)
    here = engines(cloud, s3=s3)
    assert not here.is_cluster("products")
    Breaking.broken = True
    cloud.later(3)
    with caplog.at_level(logging.WARNING):
        assert not here.is_cluster("products")
        assert engines(cloud, s3=s3).is_cluster("products")  # the embedded engine could not answer either
    assert "the engine that answered goes on" in caplog.text


def test_only_an_index_of_its_own_can_be_flipped(cloud: CatalogCloud) -> None:
    with pytest.raises(UnknownIndex, match="nothing"):
        let_answer(snapshots(cloud), "nothing", "opensearch")
    with pytest.raises(InputError, match="it is a replica and follows its primary: say 'products'"):
        let_answer(snapshots(cloud), "cheapest", "opensearch")


def test_an_index_that_is_published_all_the_time_asks_for_another_try(cloud: CatalogCloud) -> None:
    class Always(Cut):
        def __getattr__(self, name: str) -> Any:
            if name == "put_object":
                cloud.s3.put_object(Bucket=BUCKET, Key="indexes/products.json", Body=f'{{"definition":"{self.done}"}}')
                self.done += 1
            return getattr(self.client, name)

    s3: Any = Always(cloud.s3)
    with pytest.raises(IndexUnavailable, match="moved 10 times meanwhile: try again"):
        let_answer(SnapshotStore(s3, BUCKET), "products", "opensearch")
