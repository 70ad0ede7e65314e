"""Requests as Algolia's unmodified clients wrote them (tests/wire/algolia), through the search API."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.algolia_shop import NOW, AlgoliaShop
from tests.clients.algolia_products import PRODUCTS, SETTINGS
from tradewind.events.collecting.request import Request

WIRE = Path(__file__).resolve().parents[1] / "wire" / "algolia"
RECORDED = sorted(path.stem for path in WIRE.glob("*.json"))


@pytest.fixture
def filled() -> AlgoliaShop:
    shop = AlgoliaShop()
    shop.fill("products", PRODUCTS, **SETTINGS)
    shop.ask("PUT", "/1/indexes/products_price_asc/settings", {"ranking": ["asc(price)"]})
    shop.fill("products", [{"objectID": "7", "name": "Tin lantern"}])
    return shop


def replayed(shop: AlgoliaShop, name: str) -> dict[str, Any]:
    told = json.loads((WIRE / f"{name}.json").read_text())
    answer = shop.answered(
        Request(
            method=told["method"],
            path=told["path"],
            query=told["query"],
            headers=told["headers"],
            body=b64decode(told["body_base64"]),
            address="198.51.100.23",
        )
    )
    content: dict[str, Any] = json.loads(answer.body)
    assert answer.status == 200, content
    return content


def test_there_are_recordings_of_each_client() -> None:
    clients = {json.loads((WIRE / f"{name}.json").read_text())["client"] for name in RECORDED}
    assert clients == {"javascript-v5", "javascript-v4", "python", "instantsearch"}


@pytest.mark.parametrize("name", RECORDED)
def test_what_a_client_sends_is_carried_out(filled: AlgoliaShop, name: str) -> None:
    answer = replayed(filled, name)
    match name.rpartition("-")[2]:
        case "search" | "start" | "refined" | "facet" if "results" in answer:
            asked = json.loads(b64decode(json.loads((WIRE / f"{name}.json").read_text())["body_base64"]))["requests"]
            assert len(answer["results"]) == len(asked)
            assert all("hits" in result or "facetHits" in result for result in answer["results"])
        case "save" | "copy" | "settings" | "by" | "partial":
            assert filled.catalog.is_published("products", answer["taskID"])
        case _:
            assert NOW


def test_the_queries_of_a_refined_page_are_answered_one_by_one(filled: AlgoliaShop) -> None:
    answers = replayed(filled, "instantsearch-refined")["results"]
    told = json.loads((WIRE / "instantsearch-refined.json").read_text())
    asked = json.loads(b64decode(told["body_base64"]))["requests"]

    assert len(answers) == len(asked) > 2
    for query, answer in zip(asked, answers, strict=True):
        assert answer["index"] == query["indexName"]
        assert len(answer["hits"]) <= query.get("hitsPerPage", 20)
        listed = query.get("facets", [])
        assert set(answer.get("facets", {})) <= {listed} if isinstance(listed, str) else set(listed)
