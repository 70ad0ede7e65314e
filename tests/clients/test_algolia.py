"""Algolia's clients as they come from their registries, against the search API on a port of the loopback."""

import base64
import hashlib
import hmac
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.algolia_shop import ADMIN_KEY, APP_ID, SEARCH_KEY, AlgoliaShop, served
from tests.clients.algolia_products import PRODUCTS, SETTINGS
from tests.clients.browser import visit
from tests.clients.installed import HERE, need_chromium, need_node, run
from tradewind.key_rights import Rights

Call = dict[str, Any]


@pytest.fixture
def shop() -> AlgoliaShop:
    made = AlgoliaShop()
    made.fill("products", PRODUCTS, **SETTINGS)
    made.ask("PUT", "/1/indexes/products_price_asc/settings", {"ranking": ["asc(price)"]})
    return made


@pytest.fixture
def host(shop: AlgoliaShop) -> Iterator[str]:
    with served(shop) as origin:
        yield urlsplit(origin).netloc


def play_node(client: str, *hosts: str, calls: list[Call], app_id: str, key: str) -> list[Any]:
    """Return what each call of a JavaScript client gave: v5, lite or v4."""
    need_node()
    job = {"client": client, "appId": app_id, "key": key, "hosts": hosts, "calls": calls}
    return list(run(["node", str(HERE / "algolia_node.mjs")], job)["results"])


def play_python(host: str, calls: list[Call], *, app_id: str, key: str) -> list[Any]:
    """Return what each call of the Python client gave."""
    job = {"appId": app_id, "key": key, "host": host, "calls": calls}
    return list(run([sys.executable, str(HERE / "algolia_client.py")], job)["results"])


def node(client: str, host: str, calls: list[Call], *, key: str = ADMIN_KEY) -> list[Any]:
    return play_node(client, host, calls=calls, app_id=APP_ID, key=key)


def python(host: str, calls: list[Call], *, key: str = ADMIN_KEY) -> list[Any]:
    return play_python(host, calls, app_id=APP_ID, key=key)


def ids(result: dict[str, Any]) -> list[str]:
    return [hit["objectID"] for hit in result["hits"]]


def secured(parent: str, restrictions: str) -> str:
    """Return a secured key as Algolia documents it, independently of our code."""
    signed = hmac.new(parent.encode(), restrictions.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(f"{signed}{restrictions}".encode()).decode()


def call(method: str, *args: Any, **more: Any) -> Call:
    return {"method": method, "args": list(args), **more}


@pytest.mark.parametrize("client", ["v5", "lite", "v4"])
def test_queries_of_each_javascript_client(host: str, client: str) -> None:
    conditions = {"facets": ["brand"], "facetFilters": [["brand:Acme", "brand:Hooli"]], "numericFilters": ["price<15"]}
    if client == "v4":
        calls = [call("multipleQueries", [{"indexName": "products", "query": "lant", "params": conditions}])]
    else:
        calls = [call("search", {"requests": [{"indexName": "products", "query": "lant", **conditions}]})]

    ((answer,),) = [each["results"] for each in node(client, host, calls, key=SEARCH_KEY)]

    # Lanterns of Acme below 15: 1 (12.50) and 3 (4.00).
    assert sorted(ids(answer)) == ["1", "3"]
    assert (answer["nbHits"], answer["facets"]) == (2, {"brand": {"Acme": 2}})
    marked = {hit["objectID"]: hit["_highlightResult"]["name"]["value"] for hit in answer["hits"]}
    assert marked == {"1": "Copper <em>lant</em>ern", "3": "Paper <em>lant</em>ern"}


ROOMS: list[dict[str, Any]] = [
    {"objectID": "sofa-bed", "name": "Red sofa bed", "text": "Sleeps two", "_geoloc": {"lat": 1, "lng": 1}},
    {"objectID": "sofa", "name": "Velvet sofa", "text": "A bed for the cat", "_geoloc": {"lat": 1, "lng": 9}},
    {"objectID": "bed", "name": "Oak bed", "text": "Beside a sofa"},
]


@pytest.mark.parametrize("client", ["v5", "lite", "v4"])
def test_signs_polygons_and_words_that_leave(shop: AlgoliaShop, host: str, client: str) -> None:
    shop.fill("rooms", ROOMS)
    asked: list[tuple[str, dict[str, Any]]] = [
        ('"sofa bed"', {"advancedSyntax": True}),
        ("bed -velvet", {"advancedSyntax": True, "advancedSyntaxFeatures": ["excludeWords"]}),
        ("", {"insidePolygon": [[0, 0, 0, 3, 3, 1], [0, 8, 0, 10, 2, 10, 2, 8]]}),
        ("velvet bed kayak ", {"removeWordsIfNoResults": "lastWords"}),
        ("sofa", {"restrictSearchableAttributes": ["text"]}),
    ]
    if client == "v4":
        calls = [call("multipleQueries", [{"indexName": "rooms", "query": q, "params": more} for q, more in asked])]
    else:
        calls = [call("search", {"requests": [{"indexName": "rooms", "query": q, **more} for q, more in asked]})]
    (answers,) = [each["results"] for each in node(client, host, calls, key=SEARCH_KEY)]
    assert [set(ids(each)) for each in answers] == [
        {"sofa-bed"},
        {"sofa-bed", "bed"},
        {"sofa-bed", "sofa"},
        {"sofa"},
        {"bed"},
    ]


@pytest.mark.parametrize("client", ["v5", "v4"])
def test_a_client_hears_that_its_key_allows_no_more_queries(shop: AlgoliaShop, host: str, client: str) -> None:
    key = "b" * 32
    shop.keys.make(key, "custom", rights=Rights(acl=("search",), max_queries=1))
    one = {"indexName": "products", "query": "lantern"}
    search = call("multipleQueries", [one]) if client == "v4" else call("search", {"requests": [one]})
    again = {
        **search,
        "args": [[{**one, "query": "glass"}] if client == "v4" else {"requests": [{**one, "query": "glass"}]}],
    }
    answered, refused = node(client, host, [search, again], key=key)
    assert answered["results"][0]["nbHits"] == 3
    assert (refused["kind"], refused["status"]) == ("ApiError", 429)
    assert refused["error"].startswith("Too many requests: this key allows 1 queries an hour")


@pytest.mark.parametrize("client", ["v5", "lite", "v4"])
def test_suggestions_are_asked_for_beside_products(host: str, client: str) -> None:
    queries = [
        {
            "indexName": name,
            "query": "gla",
            **({"params": {"hitsPerPage": 2}} if client == "v4" else {"hitsPerPage": 2}),
        }
        for name in ("products_query_suggestions", "products")
    ]
    asked = call("multipleQueries", queries) if client == "v4" else call("search", {"requests": queries})

    ((suggestions, products),) = [each["results"] for each in node(client, host, [asked], key=SEARCH_KEY)]

    assert [hit["query"] for hit in suggestions["hits"]] == ["glass", "Glass lantern"]
    assert suggestions["hits"][1]["_highlightResult"]["query"]["value"] == "<em>Gla</em>ss lantern"
    assert ids(products) == ["2"]


def test_facet_values_are_searched_by_both_majors(host: str) -> None:
    (new,) = node(
        "v5",
        host,
        [
            call(
                "searchForFacetValues",
                {"indexName": "products", "facetName": "brand", "searchForFacetValuesRequest": {"facetQuery": "um"}},
            )
        ],
        key=SEARCH_KEY,
    )
    (old,) = node("v4", host, [call("searchForFacetValues", "brand", "um", index="products")], key=SEARCH_KEY)

    expected = [{"value": "Umbrella", "highlighted": "<em>Um</em>brella", "count": 2}]
    assert (new["facetHits"], old["facetHits"]) == (expected, expected)


def test_version_5_puts_reads_browses_and_replaces(shop: AlgoliaShop, host: str) -> None:
    records = [{"objectID": f"n{number:04d}", "name": f"Lamp {number}"} for number in range(1500)]
    saved, browsed, replaced, again, unknown = node(
        "v5",
        host,
        [
            call("saveObjects", {"indexName": "lamps", "objects": records, "waitForTasks": True}),
            call("browseObjects", {"indexName": "lamps"}, collect=True),
            call("replaceAllObjects", {"indexName": "lamps", "objects": records[:3], "batchSize": 2}),
            call("browseObjects", {"indexName": "lamps"}, collect=True),
            call("getObject", {"indexName": "lamps", "objectID": "n0007"}),
        ],
    )

    assert [len(each["objectIDs"]) for each in saved] == [1000, 500]
    assert browsed == records  # in the order of their ids, each once
    assert sorted(replaced) == ["batchResponses", "copyOperationResponse", "moveOperationResponse"]
    assert again == records[:3]
    assert unknown == {"error": "ObjectID does not exist", "status": 404, "kind": "ApiError"}
    assert sorted(shop.catalog.stored) == ["lamps", "products", "products_price_asc"]  # no temporary one is left


def test_version_5_waits_until_a_task_is_published(shop: AlgoliaShop, host: str) -> None:
    (saved,) = node("v5", host, [call("saveObject", {"indexName": "lamps", "body": {"name": "Lamp"}})])
    shop.catalog.waits.add(saved["taskID"])

    (waited,) = node(
        "v5", host, [call("waitForTask", {"indexName": "lamps", "taskID": saved["taskID"], "maxRetries": 2})]
    )

    assert "after 2 retries" in waited["error"]


def test_version_5_settings_synonyms_and_rules(host: str) -> None:
    synonym = {"objectID": "s1", "type": "synonym", "synonyms": ["lantern", "lamp"]}
    rule = {
        "objectID": "r1",
        "conditions": [{"pattern": "gift", "anchoring": "is"}],
        "consequence": {"promote": [{"objectID": "5", "position": 0}]},
    }
    index = {"indexName": "products"}
    results = node(
        "v5",
        host,
        [
            call("setSettings", {**index, "indexSettings": {"hitsPerPage": 2}}),
            call("getSettings", index),
            call("saveSynonyms", {**index, "synonymHit": [synonym]}),
            call("searchSynonyms", {**index, "searchSynonymsParams": {"query": "lamp"}}),
            call("browseSynonyms", index, collect=True),
            call("saveRules", {**index, "rules": [rule]}),
            call("getRule", {**index, "objectID": "r1"}),
            call("browseRules", index, collect=True),
            call("searchSingleIndex", {**index, "searchParams": {"query": "lamp"}}),
            call("searchSingleIndex", {**index, "searchParams": {"query": "gift"}}),
            call("deleteRule", {**index, "objectID": "r1"}),
            call("clearSynonyms", index),
            call("getRule", {**index, "objectID": "r1"}),
        ],
    )

    assert results[1]["hitsPerPage"] == 2
    assert results[1]["searchableAttributes"] == SETTINGS["searchableAttributes"]
    assert results[3] == {"hits": [synonym], "nbHits": 1}
    assert results[4] == [synonym]
    assert (results[6], results[7]) == (rule, [rule])
    assert (results[8]["nbHits"], results[8]["hitsPerPage"]) == (3, 2)  # the three lanterns
    assert ids(results[9])[0] == "5"
    assert results[9]["appliedRules"] == [{"objectID": "r1"}]
    assert results[12]["status"] == 404


def test_version_5_makes_waits_for_changes_and_deletes_a_key(host: str) -> None:
    (made,) = node("v5", host, [call("addApiKey", {"acl": ["search"], "indexes": ["prod*"], "description": "till"})])
    key = made["key"]
    waited, told, changed, *_ = node(
        "v5",
        host,
        [
            call("waitForApiKey", {"operation": "add", "key": key}),
            call("getApiKey", {"key": key}),
            call("updateApiKey", {"key": key, "apiKey": {"acl": ["search", "browse"]}}),
            call("waitForApiKey", {"operation": "update", "key": key, "apiKey": {"acl": ["search", "browse"]}}),
        ],
    )
    assert waited["value"] == told["value"] == changed["key"] == key
    assert (told["acl"], told["indexes"], told["description"]) == (["search"], ["prod*"], "till")
    search = [call("searchSingleIndex", {"indexName": "products", "searchParams": {"query": "blanket"}})]
    assert node("v5", host, search, key=key)[0]["nbHits"] == 1

    deleted, gone = node(
        "v5", host, [call("deleteApiKey", {"key": key}), call("waitForApiKey", {"operation": "delete", "key": key})]
    )
    assert "deletedAt" in deleted
    assert gone is None
    assert node("v5", host, search, key=key)[0]["status"] == 403


def test_a_secured_key_of_the_client_itself_is_held_to_its_filters(host: str) -> None:
    (key,) = node(
        "v5",
        host,
        [
            call(
                "generateSecuredApiKey",
                {
                    "parentApiKey": SEARCH_KEY,
                    "restrictions": {
                        "filters": "brand:Acme",
                        "restrictIndices": ["products"],
                        "validUntil": 1_900_000_000,
                    },
                },
            )
        ],
    )
    search = call("searchSingleIndex", {"indexName": "products", "searchParams": {"filters": "price > 0"}})

    (answer,) = node("v5", host, [search], key=key)

    assert sorted(ids(answer)) == ["1", "3", "4"]
    other = call("searchSingleIndex", {"indexName": "products_price_asc", "searchParams": {}})
    assert node("v5", host, [other], key=key)[0] == {
        "error": "Index not allowed with this API key",
        "status": 403,
        "kind": "ApiError",
    }
    assert node("v5", host, [search], key=secured("0" * 32, "filters=price>0"))[0]["status"] == 403


def test_version_4_indexes_browses_and_replaces(host: str) -> None:
    records = [{"objectID": f"n{number:04d}", "name": f"Lamp {number}"} for number in range(1500)]
    results = node(
        "v4",
        host,
        [
            call("saveObjects", records, index="lamps", wait=True),
            call("browseObjects", {}, index="lamps", collect=True),
            call("partialUpdateObject", {"objectID": "n0001", "stock": 3}, index="lamps", wait=True),
            call("getObject", "n0001", index="lamps"),
            call("replaceAllObjects", records[:3], {"safe": True}, index="lamps", wait=True),
            call("search", "lamp", {"hitsPerPage": 2}, index="lamps"),
            call("setSettings", {"attributesForFaceting": ["name"]}, index="lamps", wait=True),
            call("deleteBy", {"filters": 'name:"Lamp 1"'}, index="lamps", wait=True),
            call("getObjects", ["n0000", "n0001"], index="lamps"),
            call("exists", index="lamps"),
            call("listIndices"),
            call("delete", index="lamps", wait=True),
            call("exists", index="lamps"),
        ],
    )

    assert len(results[0]["objectIDs"]) == 1500
    assert results[1] == records
    assert results[3] == {"objectID": "n0001", "name": "Lamp 1", "stock": 3}
    assert (results[5]["nbHits"], len(results[5]["hits"]), results[5]["nbPages"]) == (3, 2, 2)
    assert results[8]["results"] == [records[0], None]
    assert (results[9], results[12]) == (True, False)
    assert [(item["name"], item["entries"]) for item in results[10]["items"]] == [
        ("lamps", 2),
        ("products", 6),
        ("products_price_asc", 6),
    ]


def test_version_4_reads_the_message_of_a_mistake(host: str) -> None:
    (wrong,) = node("v4", host, [call("search", "", {"filters": "brand:Acme AND OR"}, index="products")])

    assert wrong["status"] == 400
    assert wrong["error"].startswith("filters")


def test_the_python_client_puts_reads_browses_and_replaces(host: str) -> None:
    records = [{"objectID": f"n{number:04d}", "name": f"Lamp {number}"} for number in range(1500)]
    results = python(
        host,
        [
            {"method": "save_objects", "args": {"index_name": "lamps", "objects": records, "wait_for_tasks": True}},
            {"method": "browse_objects", "args": {"index_name": "lamps"}, "collect": True},
            {"method": "replace_all_objects", "args": {"index_name": "lamps", "objects": records[:2]}},
            {"method": "search_single_index", "args": {"index_name": "lamps", "search_params": {"query": "lamp"}}},
            {"method": "get_settings", "args": {"index_name": "lamps"}},
            {"method": "list_indices", "args": {}},
            {"method": "search_single_index", "args": {"index_name": "unknown"}},
            {"method": "list_api_keys", "args": {}},
            {"method": "delete_by", "args": {"index_name": "products", "delete_by_params": {"filters": "price >= 20"}}},
            {
                "method": "search",
                "args": {
                    "search_method_params": {
                        "requests": [
                            {"indexName": "products", "query": "", "facets": ["price"]},
                            {"indexName": "products", "type": "facet", "facet": "brand", "facetQuery": "ac"},
                        ]
                    }
                },
            },
        ],
    )

    assert [len(each["objectIDs"]) for each in results[0]] == [1000, 500]
    assert [each["objectID"] for each in results[1]] == [each["objectID"] for each in records]
    assert (results[3]["nbHits"], results[4]["hitsPerPage"]) == (2, 20)
    assert "lamps" in [item["name"] for item in results[5]["items"]]
    assert results[6] == {"error": "Index unknown does not exist", "status": 404}
    assert [each["value"] for each in results[7]["keys"]] == [SEARCH_KEY]
    queried, facet = results[9]["results"]
    # 20 and 40 are gone; left 12.5 + 4 + 15 + 18 = 49.5.
    assert queried["facets_stats"]["price"] == {"min": 4, "max": 18, "avg": 12.375, "sum": 49.5}
    assert [each["value"] for each in facet["facetHits"]] == ["Acme"]


def test_the_python_client_reads_suggestions(host: str) -> None:
    asked = {"index_name": "products_query_suggestions", "search_params": {"query": "paper la"}}
    (answer,) = python(host, [{"method": "search_single_index", "args": asked}], key=SEARCH_KEY)

    assert [hit["query"] for hit in answer["hits"]] == ["paper lantern"]


def test_the_python_client_signs_keys_that_are_accepted(host: str) -> None:
    restrictions = {"filters": "brand:Hooli", "userToken": "shopper 7"}
    (key,) = python(
        host,
        [{"method": "generate_secured_api_key", "args": {"parent_api_key": SEARCH_KEY, "restrictions": restrictions}}],
    )
    (answer,) = python(host, [{"method": "search_single_index", "args": {"index_name": "products"}}], key=key)

    assert ids(answer) == ["6"]
    assert quote("userToken") in answer["params"] or answer["params"] == ""


def test_instantsearch_in_a_browser(host: str) -> None:
    need_chromium()
    job = {"host": host, "appId": APP_ID, "key": SEARCH_KEY, "index": "products", "sorted": "products_price_asc"}
    said = visit("instantsearch", job)

    start = said["start"]
    assert len(start["ids"]) == 4
    assert start["stats"].startswith("6 results found")
    assert start["pages"] == ["1", "2"]
    assert start["brands"] == [["Acme", 3], ["Hooli", 1], ["Umbrella", 2]]
    assert start["menu"] == [["Garden", 4], ["Home", 2]]
    assert start["range"] == ["4", "40"]
    # The pages are the six products, none twice.
    assert sorted(start["ids"] + said["second"]["ids"]) == ["1", "2", "3", "4", "5", "6"]
    # Typing: the typed letters are marked in the three lanterns.
    assert sorted(said["typed"]["names"]) == [
        "Copper <mark>lant</mark>ern",
        "Glass <mark>lant</mark>ern",
        "Paper <mark>lant</mark>ern",
    ]
    assert all("<mark>lant</mark>ern made by hand" in each for each in said["typed"]["snippets"])
    # One brand: its lanterns; the counts of the other brands stay (they are alternatives).
    assert sorted(said["brand"]["ids"]) == ["1", "3"]
    assert said["brand"]["brands"] == [["Acme", 2], ["Umbrella", 1]]
    assert sorted(said["brands"]["ids"]) == ["1", "2", "3"]
    # A level of the menu: its children appear, its neighbours stay.
    assert sorted(said["level0"]["ids"]) == ["1", "2", "3", "4"]
    assert [each for each in said["level0"]["menu"] if each[0] in ("Lanterns", "Tools")] == [
        ["Lanterns", 3],
        ["Tools", 1],
    ]
    assert sorted(said["level1"]["ids"]) == ["1", "2", "3"]
    # 12.50 and 20 lie within 10 to 20, both ends count.
    assert sorted(said["price"]["ids"]) == ["1", "2"]
    assert [each["value"] for each in said["found"]] == ["Umbrella"]
    # The widget makes HTML of it.
    assert said["found"][0]["highlighted"] == "__ais-highlight__Umb__/ais-highlight__rella"
    # By price: 4, 12.50, 15, 18.
    assert said["sorted"]["ids"] == ["3", "1", "4", "6"]
