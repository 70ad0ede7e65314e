"""The catalogue in DynamoDB: every verb, and what is left when a writer is killed."""

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.catalog.catalog_cloud import TABLE, CatalogCloud, Cut, KilledError, catalog_cloud, put, record
from tradewind.aws.catalog_store import CatalogStore
from tradewind.catalog.editing import ChangedMeanwhile, Edit, UnknownIndex
from tradewind.errors import InputError


@pytest.fixture
def cloud() -> Iterator[CatalogCloud]:
    with catalog_cloud() as made:
        yield made


@pytest.fixture
def store(cloud: CatalogCloud) -> CatalogStore:
    return cloud.store()


def ids(store: CatalogStore, index: str = "products") -> list[str]:
    return sorted(object_id for object_id, _ in store.records(index))


def one(store: CatalogStore, object_id: str, index: str = "products") -> Any:
    (body,) = store.get(index, [object_id])
    return orjson.loads(body) if body else None


def partial(object_id: str, changes: dict[str, Any], *, create: bool = True) -> Edit:
    action: Any = "partialUpdateObject" if create else "partialUpdateObjectNoCreate"
    return Edit(action, object_id, orjson.dumps(changes))


def test_a_record_is_kept_byte_for_byte(store: CatalogStore) -> None:
    body = b'{ "objectID":"a" , "big": 123456789012345678901234567890, "price": 1.10, "name":"caf\xc3\xa9" }'
    store.edit("products", [Edit("updateObject", "a", body)])
    assert store.get("products", ["a", "nobody"]) == [body, None]


def test_a_record_without_an_object_id_gets_it_in_front_and_keeps_its_bytes(store: CatalogStore) -> None:
    store.edit("products", [Edit("addObject", "a", b'{"n": 1.0}'), Edit("addObject", 'q"', b"{ }")])
    assert store.get("products", ["a", 'q"']) == [b'{"objectID":"a","n": 1.0}', b'{"objectID":"q\\"" }']


def test_a_thousand_records_of_one_request_are_all_stored(store: CatalogStore) -> None:
    store.edit("products", [put(f"p{number}", n=number) for number in range(1000)])
    assert len(ids(store)) == 1000


def test_records_are_read_in_the_order_of_the_ids_that_are_asked_for(store: CatalogStore) -> None:
    store.edit("products", [put("a"), put("b")])
    assert store.get("products", ["b", "a", "b"]) == [record("b"), record("a"), record("b")]


def test_of_several_edits_of_one_record_the_order_counts(store: CatalogStore) -> None:
    store.edit(
        "products",
        [
            put("a", n=1),
            partial("a", {"n": {"_operation": "Increment", "value": 2}}),  # 1 + 2 = 3
            put("b"),
            Edit("deleteObject", "b"),
            Edit("deleteObject", "c"),
            partial("c", {"n": 5}),
        ],
    )
    assert one(store, "a")["n"] == 3
    assert ids(store) == ["a", "c"]


def test_a_partial_update_changes_what_is_stored(store: CatalogStore) -> None:
    store.edit("products", [Edit("updateObject", "a", b'{"objectID":"a","big":123456789012345678901,"n":1}')])
    store.edit("products", [partial("a", {"n": {"_operation": "Increment", "value": 4}})])
    assert store.get("products", ["a"]) == [b'{"objectID":"a","big":123456789012345678901,"n":5}']


def test_a_partial_update_without_creation_leaves_what_is_not_there(store: CatalogStore) -> None:
    store.edit("products", [partial("a", {"n": 1}, create=False), partial("b", {"n": 1})])
    assert ids(store) == ["b"]


def test_of_two_writers_of_one_counter_none_is_lost(cloud: CatalogCloud, store: CatalogStore) -> None:
    store.edit("products", [put("a", n=0)])
    other = cloud.store()
    interrupted = {"done": False}

    class Interrupting:
        """Lets another writer in between the reading and the writing of a record."""

        exceptions = cloud.dynamodb.exceptions

        def __getattr__(self, name: str) -> Any:
            return getattr(cloud.dynamodb, name)

        def put_item(self, **arguments: Any) -> Any:
            if "revision = :read" in arguments.get("ConditionExpression", "") and not interrupted["done"]:
                interrupted["done"] = True
                other.edit("products", [partial("a", {"n": {"_operation": "Increment", "value": 10}})])
            return cloud.dynamodb.put_item(**arguments)

    cloud.store(Interrupting()).edit("products", [partial("a", {"n": {"_operation": "Increment", "value": 1}})])
    assert one(store, "a")["n"] == 11  # 0 + 10 + 1


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (Edit("updateObject", "", b"{}"), "objectID"),
        (Edit("updateObject", "x" * 1001, b"{}"), "1000 bytes"),
        (Edit("updateObject", "a", b"[1]"), "JSON object"),
        (Edit("updateObject", "a", b"{"), "valid JSON"),
        (Edit("updateObject", "a", b'{"objectID":"b"}'), "objectID 'b'"),
        (Edit("updateObject", "a", b'{"objectID":"a","t":"' + b"x" * 100_000 + b'"}'), "100,000 bytes"),
        (Edit("partialUpdateObject", "a", b'{"n":{"_operation":"Twice","value":1}}'), "Increment"),
        (Edit("partialUpdateObject", "a", b'{"n":{"_operation":"Increment","value":"x"}}'), "n.value"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_nothing_of_its_request_is_written(
    cloud: CatalogCloud, store: CatalogStore, edit: Edit, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        store.edit("products", [put("good"), edit])
    assert cloud.items("record#") == {}
    assert all(item["state"]["S"] == "written" for item in cloud.items("task").values())


def test_a_record_of_the_largest_size_is_taken(store: CatalogStore) -> None:
    body = b'{"objectID":"a","t":"' + b"x" * (100_000 - 23) + b'"}'
    assert len(body) == 100_000
    store.edit("products", [Edit("updateObject", "a", body)])
    assert store.get("products", ["a"]) == [body]


@pytest.mark.parametrize("name", ["", " ", "a\n", "x" * 257])
def test_an_index_name_that_cannot_be_one_is_refused(store: CatalogStore, name: str) -> None:
    with pytest.raises(InputError, match="index"):
        store.edit(name, [put("a")])


def test_a_task_is_open_until_it_is_closed_and_is_known_by_its_id_alone(store: CatalogStore) -> None:
    task = store.edit("products", [put("a")])
    assert not store.is_published("another name", task)
    for part in store.tasks.all():
        store.tasks.close(part)
    assert store.is_published("products", task)
    assert task < 2**53


def test_a_task_of_many_ids_has_several_items_with_all_of_them(store: CatalogStore) -> None:
    wanted = [f"{number:05d}" + "x" * 200 for number in range(2500)]
    task = store.edit("products", [Edit("deleteObject", each) for each in wanted])
    parts = store.tasks.all()
    assert {part.id for part in parts} == {task}
    assert [each for part in parts for each in part.object_ids] == wanted
    assert max(len(json.dumps(part.object_ids)) for part in parts) < 300_000


def test_a_task_that_its_writer_finished_after_it_was_read_stays_open(store: CatalogStore) -> None:
    parts = store.tasks.open("records", ("products",), index_id="i", object_ids=("a",))
    (as_read,) = store.tasks.all()
    store.tasks.finish(parts)
    store.tasks.close(as_read)
    assert not store.is_published("products", parts[0].id)


def test_clearing_leaves_settings_and_removes_all_records_at_once(store: CatalogStore) -> None:
    store.edit("products", [put("a"), put("b")])
    store.set_settings("products", {"hitsPerPage": 7})
    store.clear("products")
    assert ids(store) == []
    assert store.settings("products") == {"hitsPerPage": 7}


def test_a_deleted_index_is_unknown_and_deleting_it_again_is_no_error(store: CatalogStore) -> None:
    store.edit("products", [put("a")])
    store.delete("products")
    store.delete("products")
    with pytest.raises(UnknownIndex):
        store.get("products", ["a"])


def test_moving_replaces_the_destination_and_keeps_its_replicas(store: CatalogStore) -> None:
    store.set_settings("products", {"replicas": ["cheap"], "hitsPerPage": 5})
    store.edit("products", [put("old")])
    store.copy("products", "tmp", ["settings", "synonyms", "rules"])
    store.edit("tmp", [put("new")])
    task = store.move("tmp", "products")

    assert ids(store) == ids(store, "cheap") == ["new"]
    assert store.settings("products") == {"hitsPerPage": 5, "replicas": ["cheap"]}
    assert [each.name for each in store.indexes()] == ["cheap", "products"]
    assert not store.is_published("tmp", task)


def test_moving_an_index_that_is_not_there_says_so(store: CatalogStore) -> None:
    with pytest.raises(UnknownIndex, match="tmp"):
        store.move("tmp", "products")


def test_copying_takes_records_settings_synonyms_and_rules_but_no_replicas(store: CatalogStore) -> None:
    store.set_settings("products", {"replicas": ["cheap"], "hitsPerPage": 5})
    store.edit("products", [put(f"p{number}") for number in range(40)])
    store.put_entries("products", "synonym", [{"objectID": "s", "type": "synonym", "synonyms": ["a", "b"]}])
    store.copy("products", "other", None)
    store.edit("products", [Edit("deleteObject", "p0")])

    assert len(ids(store, "other")) == 40
    assert store.settings("other") == {"hitsPerPage": 5}
    assert [each["objectID"] for each in store.entries("other", "synonym")] == ["s"]


def test_copying_some_scopes_leaves_the_records_of_the_destination(store: CatalogStore) -> None:
    store.set_settings("products", {"hitsPerPage": 5})
    store.edit("other", [put("mine")])
    store.copy("products", "other", ["settings"])
    assert ids(store, "other") == ["mine"]
    assert store.settings("other") == {"hitsPerPage": 5}


def test_settings_change_one_by_one_and_null_puts_back_the_default(store: CatalogStore) -> None:
    store.set_settings("products", {"hitsPerPage": 5, "tradewind": {"language": "en", "fields": {"price": "p"}}})
    store.set_settings("products", {"hitsPerPage": None, "tradewind": {"language": "de"}})
    assert store.settings("products") == {"tradewind": {"language": "de", "fields": {"price": "p"}}}


def test_settings_that_are_wrong_are_refused(store: CatalogStore) -> None:
    with pytest.raises(InputError, match="hitsPerPage"):
        store.set_settings("products", {"hitsPerPage": "many"})


def test_replicas_are_made_changed_and_removed(store: CatalogStore) -> None:
    store.set_settings("products", {"replicas": ["cheap", "virtual(dear)"]})
    assert {each.name: each.primary for each in store.indexes()} == {
        "cheap": "products",
        "dear": "products",
        "products": None,
    }
    assert store.settings("products") == {"replicas": ["cheap", "virtual(dear)"]}
    assert store.settings("dear") == {"primary": "products"}
    store.set_settings("products", {"replicas": ["dear"]})
    assert [each.name for each in store.indexes()] == ["dear", "products"]
    store.delete("dear")
    assert store.settings("products") == {}


def test_settings_reach_the_replicas_where_that_is_asked_for(store: CatalogStore) -> None:
    store.set_settings("products", {"replicas": ["cheap"]})
    store.set_settings("products", {"hitsPerPage": 3}, forward=True)
    store.set_settings("products", {"hitsPerPage": 9})
    assert store.settings("cheap")["hitsPerPage"] == 3


def test_a_replica_takes_no_records(store: CatalogStore) -> None:
    store.set_settings("products", {"replicas": ["cheap"]})
    with pytest.raises(InputError, match="primary 'products'"):
        store.edit("cheap", [put("a")])
    with pytest.raises(InputError, match="primary 'products'"):
        store.clear("cheap")


def test_replacing_synonyms_removes_the_others(store: CatalogStore) -> None:
    def named(*names: str) -> list[dict[str, Any]]:
        return [{"objectID": name, "type": "synonym", "synonyms": ["x", name]} for name in names]

    store.put_entries("products", "synonym", named("a", "b"))
    store.put_entries("products", "synonym", named("c"))
    assert [each["objectID"] for each in store.entries("products", "synonym")] == ["a", "b", "c"]
    store.put_entries("products", "synonym", named("b", "d"), replace=True)
    store.delete_entry("products", "synonym", "d")
    assert [each["objectID"] for each in store.entries("products", "synonym")] == ["b"]


def test_what_left_a_name_is_noted_until_it_is_removed(cloud: CatalogCloud, store: CatalogStore) -> None:
    store.edit("products", [put("a")])
    (before,) = store.indexes()
    store.clear("products")
    assert ("index", before.index_id) in {(each.what, each.id) for each in store.abandoned.all()}
    assert store.stored.drop(before.index_id, 1000) == 1
    assert cloud.items("record#") == {}


def kills(cloud: CatalogCloud, act: Any) -> Iterator[int]:
    """Do `act(store)` again and again, each time killed one call later, until it comes through."""
    calls = 0
    while True:
        client = Cut(cloud.dynamodb, calls)
        try:
            act(cloud.store(client))
        except KilledError:
            yield calls
            calls += 1
            continue
        return


def test_an_edit_that_is_killed_anywhere_has_announced_every_record_that_it_wrote(cloud: CatalogCloud) -> None:
    wanted = [put(f"p{number}") for number in range(60)] + [partial("q", {"n": 1})]
    killed = 0
    for _ in kills(cloud, lambda store: store.edit("products", wanted)):
        killed += 1
        store = cloud.store()
        announced = {each for task in store.tasks.all() for each in task.object_ids}
        written = {item["sk"]["S"] for item in cloud.items("record#").values()}
        assert written <= announced
        for task in store.tasks.all():
            store.tasks.close(task)
        if any(each.name == "products" for each in store.indexes()):
            store.clear("products")
            for task in store.tasks.all():
                store.tasks.close(task)
            for each in store.abandoned.all():
                store.stored.drop(each.id, 1000)
    assert killed >= 5
    assert len(ids(cloud.store())) == 61


def test_a_move_that_is_killed_anywhere_is_done_whole_or_not_at_all(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put("old")])
    store.edit("tmp", [put("new")])
    before = {task.id for task in store.tasks.all()}
    for _ in kills(cloud, lambda killed: killed.move("tmp", "products")):
        assert ids(store) == ["old"]
        assert ids(store, "tmp") == ["new"]
        assert {task.id for task in store.tasks.all()} == before
    assert ids(store) == ["new"]
    assert [task.names for task in store.tasks.all() if task.id not in before] == [("products", "tmp")]


def test_a_copy_that_is_killed_anywhere_leaves_the_destination_and_notes_what_it_made(cloud: CatalogCloud) -> None:
    store = cloud.store()
    store.edit("products", [put(f"p{number}") for number in range(30)])
    store.edit("other", [put("mine")])
    live = {each.index_id for each in store.indexes()}
    for _ in kills(cloud, lambda killed: killed.copy("products", "other", None)):
        assert ids(store, "other") == ["mine"]
        made = {item["pk"]["S"].split("#")[1] for item in cloud.items("record#").values()} - live
        assert made <= {each.id for each in store.abandoned.all()}
    assert len(ids(store, "other")) == 30


class Quicker:
    """A client whose transactions always find that others were quicker."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.tries = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **_: Any) -> Any:
        self.tries += 1
        raise self._client.exceptions.TransactionCanceledException(
            {"Error": {"Code": "TransactionCanceledException", "Message": ""}}, "TransactWriteItems"
        )


def test_a_change_that_others_are_always_quicker_than_gives_up_after_longer_and_longer_pauses(
    cloud: CatalogCloud,
) -> None:
    cloud.store().edit("products", [put("a")])
    pauses: list[float] = []
    client: Any = Quicker(cloud.dynamodb)
    store = CatalogStore(client, TABLE, below=lambda below: below // 2, pause=pauses.append)
    with pytest.raises(ChangedMeanwhile, match="products"):
        store.clear("products")
    assert client.tries == 8
    assert pauses == [0.005 * 2**number for number in range(8)]  # half of 10, 20, 40 ... ms
    assert ids(store) == ["a"]  # nothing was done
