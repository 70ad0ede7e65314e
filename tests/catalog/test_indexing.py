"""From open tasks to what readers find; the indexer killed between any two of its calls."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.catalog.catalog_cloud import BUCKET, NOW, CatalogCloud, Cut, KilledError, catalog_cloud, put
from tests.catalog.plain_engine import PlainEngine
from tests.catalog.published import indexer, reader, stored, visible
from tests.search.fake_encoder import BagOfWordsEncoder
from tradewind.aws.embedded_publisher import EmbeddedPublisher
from tradewind.aws.indexing import Indexer
from tradewind.aws.snapshot_store import SnapshotStore
from tradewind.catalog.editing import Edit, UnknownIndex
from tradewind.catalog.index_name import IndexName
from tradewind.catalog.indexing import plan_work
from tradewind.catalog.publishing import PublisherMovedError
from tradewind.catalog.tasks import Task
from tradewind.search.embedded.engine import EmbeddedEngine, Engine


class FakeEncoder:
    name = "fake"


@pytest.fixture
def cloud() -> Iterator[CatalogCloud]:
    with catalog_cloud() as made:
        yield made


def test_what_was_edited_is_found_and_its_task_is_closed(cloud: CatalogCloud) -> None:
    store = cloud.store()
    task = store.edit("products", [put("a"), put("b")])
    indexer(cloud).run()
    assert visible(cloud) == stored(cloud)
    assert store.is_published("products", task)


def test_later_edits_build_on_what_is_published(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put(f"p{number}") for number in range(50)])
    worker = indexer(cloud)
    worker.run()
    store.edit("products", [put("p1", changed=True), Edit("deleteObject", "p2"), put("new")])
    worker.run()
    assert visible(cloud) == stored(cloud)
    assert len(visible(cloud)) == 50  # 50 - 1 + 1


def test_a_new_process_goes_on_from_the_bucket(cloud: CatalogCloud) -> None:
    store = cloud.store()
    for number in range(3):
        store.edit("products", [put(f"p{number}")])
        indexer(cloud).run()
    assert visible(cloud) == stored(cloud)


def test_an_index_of_settings_alone_is_found_empty(cloud: CatalogCloud) -> None:
    cloud.store().set_settings("products", {"hitsPerPage": 7})
    indexer(cloud).run()
    index, definition = reader(cloud).named("products")
    assert (index.records, definition.settings.hits_per_page) == (0, 7)


def test_a_writer_that_is_still_at_work_is_waited_for_and_a_dead_one_is_not(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put("a")])
    indexer(cloud).run()
    (facts,) = store.indexes()
    store.tasks.open("records", ("products",), index_id=facts.index_id, object_ids=("late",))
    store.stored.write(facts.index_id, {"late": b'{"objectID":"late"}'}, 1)
    cloud.later(60)
    indexer(cloud).run()
    assert sorted(visible(cloud)) == ["a"]
    cloud.later(61)
    indexer(cloud).run()
    assert sorted(visible(cloud)) == ["a", "late"]
    assert store.tasks.all() == []


def test_clearing_moving_and_deleting_are_seen(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put("old")])
    store.edit("tmp", [put("new")])
    indexer(cloud).run()
    store.move("tmp", "products")
    assert sorted(visible(cloud)) == ["old"]
    indexer(cloud).run()
    assert sorted(visible(cloud)) == ["new"]
    with pytest.raises(UnknownIndex):
        visible(cloud, "tmp")
    store.clear("products")
    indexer(cloud).run()
    assert visible(cloud) == {}
    store.delete("products")
    indexer(cloud).run()
    with pytest.raises(UnknownIndex):
        visible(cloud)


def test_replacing_all_before_the_indexer_comes_shows_the_new_records(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put("old")])
    indexer(cloud).run()
    store.copy("products", "tmp", ["settings"])
    store.edit("tmp", [put("new")])
    store.move("tmp", "products")
    store.edit("products", [put("newer")])
    indexer(cloud).run()
    assert sorted(visible(cloud)) == ["new", "newer"]


def test_a_copy_is_found_whole(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put(f"p{number}") for number in range(30)])
    store.copy("products", "other", None)
    indexer(cloud).run()
    assert visible(cloud, "other") == stored(cloud)


def test_a_replica_has_the_records_of_its_primary_and_settings_of_its_own(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.set_settings(
        "products", {"replicas": ["cheap"], "searchableAttributes": ["name"], "customRanking": ["asc(x)"]}
    )
    store.set_settings("cheap", {"ranking": ["asc(price)"]})
    store.edit("products", [put("a")])
    indexer(cloud).run()
    here = reader(cloud)
    index, definition = here.named("cheap")
    assert index.records == 1
    assert definition.settings.primary == "products"
    assert [place.names for place in definition.settings.searchable] == [("name",)]
    assert [(key.attribute, key.direction) for key in definition.settings.sort] == [("price", "asc")]
    assert definition.settings.custom_ranking == ()

    store.edit("products", [put("b")])
    store.set_settings("products", {"searchableAttributes": ["name", "brand"]})
    indexer(cloud).run()
    cloud.later(3)
    index, definition = here.named("cheap")
    assert index.records == 2
    assert [place.names for place in definition.settings.searchable] == [("name",), ("brand",)]


def test_encoding_stops_for_an_edit_and_goes_on_after_it(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put(f"p{number:02d}") for number in range(30)])
    worker = indexer(cloud, encoder=FakeEncoder())
    asked = 0
    edited = []
    encode_for = worker._encode_for

    def counting(*, edits: bool) -> Callable[[], bool]:
        goes_on = encode_for(edits=edits)

        def asks() -> bool:
            nonlocal asked
            asked += 1
            cloud.later(0.5)  # a record takes half a second
            if asked == 8:
                edited.append(store.edit("products", [put("edited")]))
            return goes_on()

        return asks

    worker._encode_for = counting  # type: ignore[method-assign]
    seen: list[tuple[int, int]] = []
    publish = worker._publisher.publish

    def publishing(*args: Any, **named: Any) -> Any:
        published = publish(*args, **named)
        seen.append((published.records, published.unencoded))
        return published

    worker._publisher.publish = publishing  # type: ignore[method-assign]
    worker.run()

    assert seen[0] == (30, 29)  # an edit waits .3 s for vectors, and the first one takes half a second
    assert seen[1][0] == 30  # vectors alone, until the edit came
    assert seen[1][1] > 0
    assert seen[2][0] == 31  # the edit
    assert seen[-1] == (31, 0)
    assert store.tasks.all() == []


def test_an_encoder_that_appears_later_is_found_by_the_sweep(cloud: CatalogCloud) -> None:
    cloud.store().edit("products", [put("a")])
    indexer(cloud).run()
    assert reader(cloud).named("products")[0].unencoded == 1
    indexer(cloud, encoder=FakeEncoder()).run(sweep=True)
    assert reader(cloud).named("products")[0].unencoded == 0


def test_a_broken_index_keeps_no_other_waiting_and_its_tasks_stay_open(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put("a")])
    bad = store.edit("bad", [put("b")])
    bad_names = {each.name: each for each in store.names.all()}
    store.definitions.change_settings(bad_names["bad"].definition_id, lambda _: {"hitsPerPage": "many"})
    with pytest.raises(RuntimeError, match="'bad'"):
        indexer(cloud).run()
    assert sorted(visible(cloud)) == ["a"]
    assert not store.is_published("bad", bad)


def test_of_two_indexers_none_overwrites_the_other(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put("a")])
    indexer(cloud).run()
    store.edit("products", [put("b")])
    slow = indexer(cloud)
    build = slow._publisher._engine.build  # type: ignore[attr-defined]
    raced: list[bool] = []

    def building(*args: Any) -> Any:
        manifest = build(*args)
        if not raced:
            raced.append(True)
            store.edit("products", [put("c")])
            indexer(cloud).run()  # publishes b and c while the slow one has b alone
        return manifest

    slow._publisher._engine.build = building  # type: ignore[attr-defined]
    slow.run()
    store.edit("products", [put("d")])
    indexer(cloud).run()
    assert visible(cloud) == stored(cloud)
    assert sorted(visible(cloud)) == ["a", "b", "c", "d"]


def test_a_base_that_is_damaged_is_built_anew_from_the_store(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put(f"p{number}") for number in range(20)])
    indexer(cloud).run()
    for key in [each["Key"] for each in cloud.s3.list_objects_v2(Bucket=BUCKET, Prefix="objects/")["Contents"]]:
        cloud.s3.put_object(Bucket=BUCKET, Key=key, Body=b"damaged")
    store.edit("products", [put("new")])
    indexer(cloud).run()
    assert visible(cloud) == stored(cloud)


def test_the_sweep_removes_old_versions_and_abandoned_records_and_nothing_that_is_used(cloud: CatalogCloud) -> None:
    store = cloud.store()
    for number in range(8):
        store.edit("products", [put(f"p{number}")])
        cloud.later(1)
        indexer(cloud).run()
    store.clear("products")
    store.edit("products", [put("last")])
    indexer(cloud).run()
    # Objects are dated by the bucket's own clock, records by ours: both are long past.
    cloud.now = cloud.now + timedelta(days=3650)
    indexer(cloud).run(sweep=True)

    assert len(cloud.items("record#")) == 1
    assert cloud.items("abandoned") == {}
    snapshots = SnapshotStore(cloud.s3, BUCKET)
    (versions,) = snapshots.generations().values()
    assert len(versions) <= 5
    assert visible(cloud) == stored(cloud)


def kills(cloud: CatalogCloud, act: Callable[[Any, Any], None], *, at_most: int = 200) -> Iterator[int]:
    """Do `act(dynamodb, s3)` again and again, killed one call later each time, until it comes through."""
    for calls in range(at_most):
        shared = Cut(None, calls)
        dynamodb, s3 = _Counted(cloud.dynamodb, shared), _Counted(cloud.s3, shared)
        try:
            act(dynamodb, s3)
        except KilledError:
            yield calls
            continue
        return
    raise AssertionError(f"not done after {at_most} calls")


class _Counted:
    """A client whose calls count in one cut together with another's."""

    def __init__(self, client: Any, cut: Cut) -> None:
        self._client = client
        self._cut = cut
        self.exceptions = client.exceptions

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name == "get_paginator":
            return method

        def call(**arguments: Any) -> Any:
            if self._cut.calls is not None and self._cut.done >= self._cut.calls:
                raise KilledError(name)
            self._cut.done += 1
            return method(**arguments)

        return call


def _scenario(cloud: CatalogCloud) -> None:
    """Leave a catalogue in which everything waits for the indexer at once."""
    store = cloud.store()
    store.edit("products", [put(f"p{number}") for number in range(4)])
    store.edit("gone", [put("g")])
    store.set_settings("products", {"replicas": ["cheap"]})
    indexer(cloud).run()
    store.edit("products", [put("p1", changed=True), Edit("deleteObject", "p2")])
    store.set_settings("products", {"hitsPerPage": 3})
    store.edit("tmp", [put("t")])
    store.move("tmp", "moved")
    store.delete("gone")


@pytest.mark.parametrize(("engine", "encoder"), [(PlainEngine(), None), (EmbeddedEngine(), BagOfWordsEncoder())])
def test_an_indexer_that_is_killed_anywhere_loses_nothing(cloud: CatalogCloud, engine: Engine, encoder: Any) -> None:
    cloud.engine = engine
    _scenario(cloud)
    killed = 0
    for _ in kills(cloud, lambda dynamodb, s3: _run(cloud, dynamodb, s3, encoder)):
        killed += 1
        assert sorted(visible(cloud)) in (["p0", "p1", "p2", "p3"], ["p0", "p1", "p3"])  # before or after, whole
    assert killed > 15
    assert visible(cloud) == stored(cloud)
    assert visible(cloud, "moved") == stored(cloud, "moved")
    assert visible(cloud, "cheap") == stored(cloud)
    assert reader(cloud).named("products")[1].settings.hits_per_page == 3
    with pytest.raises(UnknownIndex):
        visible(cloud, "gone")
    assert cloud.store().tasks.all() == []


@pytest.mark.parametrize("engine", [PlainEngine(), EmbeddedEngine()])
def test_a_writer_that_is_killed_anywhere_leaves_store_and_index_alike(cloud: CatalogCloud, engine: Engine) -> None:
    cloud.engine = engine
    store = cloud.store()
    store.edit("products", [put("a"), put("b")])
    indexer(cloud).run()
    wanted = [put("a", n=1), Edit("deleteObject", "b"), Edit("partialUpdateObject", "c", b'{"n":2}'), put("d")]
    for _ in kills(cloud, lambda dynamodb, _: _edited(cloud, dynamodb, wanted)):
        cloud.later(121)  # the writer is dead
        indexer(cloud).run()
        assert visible(cloud) == stored(cloud)
        assert cloud.store().tasks.all() == []
    indexer(cloud).run()
    assert sorted(visible(cloud)) == ["a", "c", "d"]


def _edited(cloud: CatalogCloud, dynamodb: Any, edits: list[Edit]) -> None:
    cloud.store(dynamodb).edit("products", edits)


def _run(cloud: CatalogCloud, dynamodb: Any, s3: Any, encoder: Any) -> None:
    indexer(cloud, dynamodb=dynamodb, s3=s3, encoder=encoder).run()


def _name(name: str, index_id: str, **rest: Any) -> IndexName:
    return IndexName(name=name, index_id=index_id, definition_id="d", created_at=NOW, updated_at=NOW, **rest)


def _task(number: int, **rest: Any) -> Task:
    return Task(**{"id": number, "kind": "records", "names": ("products",), "index_id": "i1", "opened_at": NOW, **rest})


def test_a_task_is_worked_off_only_when_all_its_parts_are_written() -> None:
    parts = [_task(1, object_ids=("a",)), _task(1, part=1, object_ids=("b",), state="writing")]
    now = parts[0].opened_at
    names = [_name("products", "i1")]
    assert plan_work(parts, names, now + timedelta(seconds=119)).tasks == ()
    assert plan_work(parts, names, now + timedelta(seconds=120)).generations[0].object_ids == ("a", "b")


def test_tasks_of_a_generation_that_no_name_leads_to_are_closed_without_work() -> None:
    task = _task(1, index_id="old", object_ids=("a",))
    work = plan_work([task], [_name("products", "new")], task.opened_at)
    assert [each.object_ids for each in work.generations] == [()]
    assert work.tasks_of(["products"]) == [task]


def test_a_task_of_two_names_is_closed_when_both_are_settled() -> None:
    task = _task(1, kind="names", names=("products", "tmp"))
    work = plan_work([task], [_name("products", "i1")], task.opened_at)
    assert work.tasks_of(["products"]) == []
    assert work.tasks_of(["tmp", "products"]) == [task]


def test_publishing_on_a_version_that_is_gone_asks_for_another_round(cloud: CatalogCloud) -> None:
    from tradewind.catalog.publishing import Changes
    from tradewind.catalog.raw_definition import RawDefinition

    worker: Indexer = indexer(cloud)
    publisher = worker._publisher
    assert isinstance(publisher, EmbeddedPublisher)
    with pytest.raises(PublisherMovedError):
        publisher.publish(
            Changes(name="products", index_id="i", definition=RawDefinition(), puts=()), encode_for=lambda: False
        )
