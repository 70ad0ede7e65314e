"""Algolia's clients as they come, against the local cloud: API, functions, catalogue, indexer, snapshots."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from local import process
from tests.checkout import new_checkout
from tests.clients.algolia_products import PRODUCTS, SETTINGS
from tests.clients.browser import visit
from tests.clients.installed import need_chromium
from tests.clients.test_algolia import call, ids, play_node, play_python, secured
from tests.missing import missing

pytestmark = pytest.mark.cloud


@dataclass(frozen=True, slots=True)
class Deployed:
    """Where the API is and who may ask it."""

    host: str
    app_id: str
    search_key: str
    admin_key: str

    def node(self, client: str, *calls: dict[str, Any], key: str | None = None) -> list[Any]:
        # Two names for one origin, as docs/algolia.md has it: a client gives the second one more time.
        names = (f"{self.host}/s1", f"{self.host}/s2")
        return play_node(client, *names, calls=list(calls), app_id=self.app_id, key=key or self.admin_key)

    def python(self, *calls: dict[str, Any]) -> list[Any]:
        return play_python(self.host, list(calls), app_id=self.app_id, key=self.admin_key)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A cloud of its own with the index `lanterns` and its replica."""
    if not process.INTERPRETER.exists():
        missing(f"{process.INTERPRETER} is not there: build it with `make setup`")
    checkout = new_checkout(tmp_path_factory.mktemp("search") / "home")
    try:
        up = checkout.up(DEMO="0")
        assert up.returncode == 0, up.stdout + up.stderr
        told = checkout.status()
        made = Deployed(
            host=urlsplit(str(told["api_url"])).netloc,
            app_id=str(told["app_id"]),
            search_key=str(told["search_key"]),
            admin_key=str(told["admin_key"]),
        )
        settings = {**SETTINGS, "replicas": ["lanterns_price_asc"]}
        index = {"indexName": "lanterns"}
        put = made.node("v5", call("setSettings", {**index, "indexSettings": settings}))[0]
        assert "taskID" in put, put
        cheap = {"indexName": "lanterns_price_asc", "indexSettings": {"ranking": ["asc(price)"]}}
        saved = made.node(
            "v5",
            call("waitForTask", {**index, "taskID": put["taskID"]}),
            call("setSettings", cheap),
            call("saveObjects", {**index, "objects": PRODUCTS, "waitForTasks": True}),
        )
        assert saved[-1][0]["objectIDs"] == [product["objectID"] for product in PRODUCTS], saved
        yield made
    finally:
        process.stop(checkout.home)


def test_what_was_saved_and_waited_for_is_found_by_every_client(shop: Deployed) -> None:
    request = {"requests": [{"indexName": "lanterns", "query": "lant", "facets": ["brand"]}]}
    (five,) = shop.node("v5", call("search", request), key=shop.search_key)
    (lite,) = shop.node("lite", call("search", request), key=shop.search_key)
    (four,) = shop.node("v4", call("search", "lant", {"facets": ["brand"]}, index="lanterns"), key=shop.search_key)
    (python,) = shop.python({"method": "search", "args": {"search_method_params": request}})

    for answer in (five["results"][0], lite["results"][0], four, python["results"][0]):
        assert sorted(ids(answer)) == ["1", "2", "3"]
        assert answer["facets"] == {"brand": {"Acme": 2, "Umbrella": 1}}


def test_replacing_all_records_browsing_and_deleting_an_index(shop: Deployed) -> None:
    records = [{"objectID": f"n{number:03d}", "name": f"Lamp {number}"} for number in range(120)]
    index = {"indexName": "lamps"}
    saved, replaced, browsed, settings, listed, deleted = shop.node(
        "v5",
        call("saveObjects", {**index, "objects": records, "waitForTasks": True}),
        call("replaceAllObjects", {**index, "objects": records[:5], "batchSize": 2}),
        call("browseObjects", index, collect=True),
        call("getSettings", index),
        call("listIndices"),
        call("deleteIndex", index),
    )

    assert "error" not in replaced, replaced
    assert (len(saved[0]["objectIDs"]), browsed) == (120, records[:5])
    assert settings["hitsPerPage"] == 20
    assert "lamps" in [item["name"] for item in listed["items"]]
    assert not [item["name"] for item in listed["items"] if "_tmp_" in item["name"]]
    assert "taskID" in deleted


def test_a_secured_key_and_one_that_was_just_made(shop: Deployed) -> None:
    search = call("searchSingleIndex", {"indexName": "lanterns", "searchParams": {"query": ""}})
    (made,) = shop.node("v5", call("addApiKey", {"acl": ["search"], "indexes": ["lant*"]}))

    (held,) = shop.node("v5", search, key=secured(shop.search_key, "filters=brand%3AAcme"))
    (anew,) = shop.node("v5", search, key=secured(made["key"], "filters=brand%3AHooli"))
    (refused,) = shop.node("v5", search, key=secured("0" * 32, "filters=brand%3AAcme"))

    assert (sorted(ids(held)), ids(anew)) == (["1", "3", "4"], ["6"])
    assert refused["status"] == 403


def test_instantsearch_in_a_browser_of_another_origin(shop: Deployed) -> None:
    need_chromium()
    job = {
        "host": shop.host,
        "appId": shop.app_id,
        "key": shop.search_key,
        "index": "lanterns",
        "sorted": "lanterns_price_asc",
    }
    said = visit("instantsearch", job)

    assert said["start"]["stats"].startswith("6 results found")
    assert said["start"]["brands"] == [["Acme", 3], ["Hooli", 1], ["Umbrella", 2]]
    assert sorted(said["brands"]["ids"]) == ["1", "2", "3"]
    assert sorted(said["level1"]["ids"]) == ["1", "2", "3"]
    assert sorted(said["price"]["ids"]) == ["1", "2"]
    assert said["sorted"]["ids"] == ["3", "1", "4", "6"]
