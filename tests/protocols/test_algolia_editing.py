"""Records, settings, synonyms, rules and whole indexes, changed as the clients do."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.algolia_shop import ADMIN_KEY, SEARCH_KEY, AlgoliaShop
from tests.protocols.conftest import SHOES
from tradewind.key_rights import Rights

BATCH = "/1/indexes/shoes/batch"
STAMP = "2026-03-01T12:00:00.000Z"


def batch(*requests: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"requests": [{"action": action, "body": body} for action, body in requests]}


def stored(shop: AlgoliaShop, index: str = "shoes") -> dict[str, Any]:
    return {object_id: json.loads(body) for object_id, body in shop.catalog.records(index)}


def test_a_batch_is_carried_out_in_its_order_and_names_its_records(shop: AlgoliaShop) -> None:
    status, answer = shop.ask(
        "POST",
        BATCH,
        batch(
            ("addObject", {"name": "Boot"}),
            ("updateObject", {"objectID": "2", "name": "Green shoe"}),
            ("partialUpdateObject", {"objectID": "1", "price": {"_operation": "Increment", "value": 2}}),
            ("partialUpdateObjectNoCreate", {"objectID": "99", "name": "Nobody"}),
            ("deleteObject", {"objectID": "3"}),
        ),
    )

    assert status == 200
    assert answer["objectIDs"] == ["made-1", "2", "1", "99", "3"]
    assert 0 < answer["taskID"] < 2**53
    assert stored(shop) == {
        "1": {**SHOES[0], "price": 13},
        "2": {"objectID": "2", "name": "Green shoe"},
        "made-1": {"objectID": "made-1", "name": "Boot"},
    }


def test_clearing_and_deleting_within_a_batch(shop: AlgoliaShop) -> None:
    requests = [
        {"action": "clear"},
        {"action": "addObject", "body": {"objectID": "9", "name": "Boot"}},
    ]
    assert shop.ask("POST", BATCH, {"requests": requests})[0] == 200
    assert list(stored(shop)) == ["9"]
    assert shop.ask("POST", BATCH, {"requests": [{"action": "delete"}]})[0] == 200
    assert shop.ask("POST", "/1/indexes/shoes/query", {})[0] == 404


def test_a_batch_on_many_indexes_has_a_task_for_each(shop: AlgoliaShop) -> None:
    requests = [
        {"action": "addObject", "indexName": name, "body": {"objectID": object_id}}
        for name, object_id in (("hats", "1"), ("lamps", "2"), ("hats", "3"))
    ]
    answer = shop.ask("POST", "/1/indexes/*/batch", {"requests": requests})[1]
    assert sorted(answer["taskID"]) == ["hats", "lamps"]
    assert answer["objectIDs"] == ["1", "2", "3"]
    assert (list(stored(shop, "hats")), list(stored(shop, "lamps"))) == (["1", "3"], ["2"])


def test_single_records_are_added_put_changed_and_deleted(shop: AlgoliaShop) -> None:
    status, added = shop.ask("POST", "/1/indexes/shoes", {"name": "Boot"})
    assert (status, added["createdAt"], added["objectID"]) == (201, STAMP, "made-1")
    assert (
        shop.ask("PUT", "/1/indexes/shoes/b", {"name": "Boot"})[1].items()
        >= {"objectID": "b", "updatedAt": STAMP}.items()
    )
    shop.ask("POST", "/1/indexes/shoes/b/partial", {"price": 3})
    shop.ask("POST", "/1/indexes/shoes/c/partial", {"price": 4}, query="createIfNotExists=false")
    shop.ask("POST", "/1/indexes/shoes/d/partial", {"price": 5})
    assert shop.ask("DELETE", "/1/indexes/shoes/made-1")[1]["deletedAt"] == STAMP
    assert {key: value for key, value in stored(shop).items() if key not in "123"} == {
        "b": {"objectID": "b", "name": "Boot", "price": 3},
        "d": {"objectID": "d", "price": 5},
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"requests": 1}, "requests"),
        ("{", "body"),
        (batch(("upsert", {})), "requests[0].action 'upsert': choose one of addObject"),
        (batch(("addObject", {"objectID": "1"}), ("updateObject", {"a": 1})), "requests[1].body.objectID None"),
        (batch(("deleteObject", {})), "requests[0].body.objectID None: must be a text"),
        (batch(("addObject", {"objectID": ["1"]})), "requests[0].body.objectID ['1']: must be a text"),
        (batch(("addObject", {"objectID": ""})), "requests[0].body.objectID ''"),
        ({"requests": [{"action": "addObject", "body": [1]}]}, "requests[0].body [1]: must be a JSON object"),
        (batch(("addObject", {"objectID": "1", "text": "x" * 100_000})), "requests[0].body of 1000"),
        (batch(*[("addObject", {"objectID": "1"})] * 10_001), "requests has 10001 entries: send at most 10000"),
        (b'{"requests":[{"action":"addObject","body":{"objectID":"1","a":"\xff"}}]}', "body"),
        ('{"requests":[{"action":"addObject","body":{"objectID":"1","a":"\\ud800"}}]}', "body"),
        ('{"requests":[{"action":"addObject","body":{"objectID":"1","a":NaN}}]}', "body"),
        (batch(("partialUpdateObject", {"objectID": "1", "name": {"_operation": "Increment", "value": 1}})), "name"),
    ],
)
def test_a_batch_that_cannot_be_stored_is_refused_whole_and_by_name(shop: AlgoliaShop, body: Any, message: str) -> None:
    before = stored(shop)
    status, answer = shop.ask("POST", BATCH, body)
    assert status == 400
    assert answer["message"].startswith(message)
    assert stored(shop) == before


def test_a_batch_of_ten_thousand_is_taken(shop: AlgoliaShop) -> None:
    requests = [("addObject", {"objectID": str(number)}) for number in range(10_000)]
    assert len(shop.ask("POST", "/1/indexes/many/batch", batch(*requests))[1]["objectIDs"]) == 10_000


def test_deeply_nested_json_is_refused_and_not_a_crash(shop: AlgoliaShop) -> None:
    deep = '{"objectID":"1","a":' + "[" * 50_000 + "]" * 50_000 + "}"
    body = f'{{"requests":[{{"action":"addObject","body":{deep}}}]}}'
    status, answer = shop.ask("POST", BATCH, body)
    assert (status, answer["status"]) == (400, 400)


def test_a_key_needs_the_right_of_each_action(shop: AlgoliaShop) -> None:
    shop.keys.make("a" * 32, "custom", rights=Rights(acl=("addObject",)))
    assert shop.ask("POST", BATCH, batch(("addObject", {"objectID": "7"})), key="a" * 32)[0] == 200
    for action in ("deleteObject", "clear"):
        body = batch(("addObject", {"objectID": "8"}), (action, {"objectID": "1"}))
        assert shop.ask("POST", BATCH, body, key="a" * 32)[0] == 403
    assert sorted(stored(shop)) == ["1", "2", "3", "7"]


def test_deleting_by_conditions(shop: AlgoliaShop) -> None:
    path = "/1/indexes/shoes/deleteByQuery"
    assert shop.ask("POST", path, {"params": "filters=price%20%3E%2012&facetFilters=brand:Acme"})[0] == 200
    assert list(stored(shop)) == ["1", "2"]
    for nothing in ({}, {"filters": ""}, {"params": ""}):
        status, answer = shop.ask("POST", path, nothing)
        assert (status, answer["message"].partition(" ")[0]) == (400, "filters")
    assert list(stored(shop)) == ["1", "2"]


def test_a_condition_that_deletions_do_not_know_deletes_nothing(shop: AlgoliaShop) -> None:
    body = {"filters": "price > 0", "aroundLatLng": "1,1", "aroundRadius": 5}
    assert shop.ask("POST", "/1/indexes/shoes/deleteByQuery", body)[0] == 400
    assert len(stored(shop)) == 3


def test_a_task_is_asked_for_until_it_is_published(shop: AlgoliaShop) -> None:
    task = shop.ask("POST", BATCH, batch(("addObject", {"objectID": "7"})))[1]["taskID"]
    shop.catalog.waits.add(task)
    assert shop.ask("GET", f"/1/indexes/shoes/task/{task}")[1]["status"] == "notPublished"
    shop.catalog.waits.clear()
    assert shop.ask("GET", f"/1/indexes/shoes/task/{task}")[1]["status"] == "published"
    assert shop.ask("GET", "/1/indexes/shoes/task/soon")[0] == 400


def test_an_index_is_copied_and_moved(shop: AlgoliaShop) -> None:
    path = "/1/indexes/shoes/operation"
    shop.ask("PUT", "/1/indexes/shoes/synonyms/s", {"type": "synonym", "synonyms": ["shoe", "boot"]})
    assert shop.ask("POST", path, {"operation": "copy", "destination": "copy", "scope": ["synonyms"]})[0] == 200
    assert stored(shop, "copy") == {}
    assert shop.ask("POST", "/1/indexes/copy/synonyms/search", {})[1]["nbHits"] == 1
    assert shop.ask("POST", path, {"operation": "move", "destination": "boots"})[0] == 200
    assert sorted(shop.catalog.stored) == ["boots", "copy"]
    for wrong in (
        {"operation": "swap", "destination": "x"},
        {"operation": "copy"},
        {"operation": "copy", "destination": ""},
    ):
        assert shop.ask("POST", "/1/indexes/boots/operation", wrong)[0] == 400
    assert shop.ask("POST", "/1/indexes/gone/operation", {"operation": "move", "destination": "x"})[0] == 404


def test_the_settings_of_an_index_that_is_not_there_yet_are_copied_as_none(shop: AlgoliaShop) -> None:
    body = {"operation": "copy", "destination": "new_tmp", "scope": ["settings", "synonyms", "rules"]}
    assert shop.ask("POST", "/1/indexes/new/operation", body)[0] == 200


def test_settings_are_kept_as_they_were_set(shop: AlgoliaShop) -> None:
    changes = {"customRanking": ["desc(price)"], "hitsPerPage": 7, "somethingNew": {"a": 1}}
    assert shop.ask("PUT", "/1/indexes/shoes/settings", changes)[0] == 200
    told = shop.ask("GET", "/1/indexes/shoes/settings")[1]
    assert {name: told[name] for name in changes} == changes
    assert (told["minWordSizefor1Typo"], told["paginationLimitedTo"]) == (4, 1000)
    assert shop.ask("PUT", "/1/indexes/shoes/settings", {"hitsPerPage": None})[0] == 200
    assert shop.ask("GET", "/1/indexes/shoes/settings")[1]["hitsPerPage"] == 20


@pytest.mark.parametrize(
    "wrong", [{"hitsPerPage": "many"}, {"searchableAttributes": 3}, {"customRanking": ["up(price)"]}]
)
def test_settings_that_cannot_be_read_are_refused(shop: AlgoliaShop, wrong: dict[str, Any]) -> None:
    status, answer = shop.ask("PUT", "/1/indexes/shoes/settings", wrong)
    assert (status, answer["message"].startswith(next(iter(wrong)))) == (400, True)


def test_synonyms_and_rules_are_put_found_and_removed(shop: AlgoliaShop) -> None:
    for kind, entry in (
        ("synonyms", {"type": "synonym", "synonyms": ["shoe", "sneaker"]}),
        (
            "rules",
            {"conditions": [{"pattern": "sneaker", "anchoring": "is"}], "consequence": {"params": {"query": "red"}}},
        ),
    ):
        path = f"/1/indexes/shoes/{kind}"
        batch_of = [{"objectID": str(number), **entry} for number in range(3)]
        assert shop.ask("POST", f"{path}/batch", batch_of)[0] == 200
        found = shop.ask("POST", f"{path}/search", {"query": "SNEAK", "hitsPerPage": 2, "page": 1})[1]
        assert (found["nbHits"], found["hits"]) == (3, [batch_of[2]])
        assert shop.ask("POST", f"{path}/search", {"query": "lamp"})[1]["nbHits"] == 0
        assert shop.ask("DELETE", f"{path}/1")[0] == 200
        assert shop.ask("GET", f"{path}/1")[0] == 404
        assert shop.ask("GET", f"{path}/2")[1] == batch_of[2]
        replace = "replaceExistingSynonyms=true&clearExistingRules=true"
        assert shop.ask("POST", f"{path}/batch", batch_of[:1], query=replace)[0] == 200
        assert shop.ask("POST", f"{path}/search", {})[1]["nbHits"] == 1
        assert shop.ask("POST", f"{path}/clear")[0] == 200
        assert shop.ask("POST", f"{path}/search", {})[1]["nbHits"] == 0
        assert shop.ask("POST", f"{path}/batch", [{"objectID": "x", "type": "no", "conditions": 1}])[0] == 400
        assert shop.ask("POST", f"{path}/batch", {"objectID": "x"})[0] == 400


def test_entries_are_forwarded_to_replicas(shop: AlgoliaShop) -> None:
    shop.ask("PUT", "/1/indexes/shoes/settings", {"replicas": ["shoes_asc"]})
    entry = {"objectID": "s", "type": "synonym", "synonyms": ["a", "b"]}
    shop.ask("PUT", "/1/indexes/shoes/synonyms/s", entry, query="forwardToReplicas=true")
    assert shop.ask("GET", "/1/indexes/shoes_asc/synonyms/s")[1] == entry


def test_indexes_are_listed_as_far_as_the_key_sees_them(shop: AlgoliaShop) -> None:
    shop.ask("PUT", "/1/indexes/shoes/settings", {"replicas": ["shoes_asc"]})
    shop.keys.make("l" * 32, "custom", rights=Rights(acl=("listIndexes",), indexes=("shoes_*",)))
    items = shop.ask("GET", "/1/indexes")[1]["items"]
    assert [(item["name"], item["entries"], item.get("primary"), item.get("replicas")) for item in items] == [
        ("shoes", 3, None, ["shoes_asc"]),
        ("shoes_asc", 3, "shoes", None),
    ]
    assert [item["name"] for item in shop.ask("GET", "/1/indexes", key="l" * 32)[1]["items"]] == ["shoes_asc"]
    paged = shop.ask("GET", "/1/indexes", query="page=1&hitsPerPage=1")[1]
    assert ([item["name"] for item in paged["items"]], paged["nbPages"]) == (["shoes_asc"], 2)
    assert shop.ask("GET", "/1/indexes", query="page=1&hitsPerPage=0")[0] == 400


def test_a_key_that_is_changed_meanwhile_is_a_conflict(shop: AlgoliaShop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = shop.ask("POST", "/1/keys", {"acl": ["search"]})[1]["key"]
    known = dict(shop.keys.records)
    monkeypatch.setattr(type(shop.keys), "record", lambda _self, key_hash: _older(known[key_hash]))
    assert shop.ask("DELETE", f"/1/keys/{key}")[0] == 409


def _older(record: Any) -> Any:
    from dataclasses import replace

    return replace(record, created_at=record.created_at - timedelta(days=1))


def test_a_search_key_asks_for_tasks_but_edits_nothing(shop: AlgoliaShop) -> None:
    task = shop.ask("POST", BATCH, batch(("addObject", {"objectID": "7"})), key=ADMIN_KEY)[1]["taskID"]
    assert shop.ask("GET", f"/1/indexes/shoes/task/{task}", key=SEARCH_KEY)[0] == 200
    assert shop.ask("PUT", "/1/indexes/shoes/7", {"name": "x"}, key=SEARCH_KEY)[0] == 403
