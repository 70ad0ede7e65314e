"""Records again what Algolia's clients write: `.venv/bin/python -m tests.clients.record_algolia` (tests/wire/algolia).

Each file is one request: {client, version, case, method, path, query, headers, body_base64}. The keys in them are those
of the tests' own shop.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.algolia_shop import ADMIN_KEY, APP_ID, SEARCH_KEY, AlgoliaShop, served
from tests.clients.algolia_products import PRODUCTS, SETTINGS
from tests.clients.browser import visit
from tests.clients.installed import HERE, need_node
from tests.clients.test_algolia import Call, call, node, python
from tradewind.events.collecting.request import Request

WIRE = HERE.parent / "wire" / "algolia"
LEFT_OUT = {"host", "content-length", "connection", "accept-encoding", "accept-language", "pragma", "cache-control"}
LEFT_OUT |= {"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "priority", "request-id", "x-algolia-request-id"}

_QUERY = {"indexName": "products", "query": "lant", "facets": ["brand"], "facetFilters": [["brand:Acme"]]}
_INDEX = {"indexName": "products"}
NODE_5: dict[str, Call] = {
    "search": call("search", {"requests": [{**_QUERY, "numericFilters": ["price>=10"], "clickAnalytics": True}]}),
    "facet": call(
        "search", {"requests": [{**_INDEX, "type": "facet", "facet": "brand", "facetQuery": "ac", "maxFacetHits": 5}]}
    ),
    "save": call("saveObjects", {**_INDEX, "objects": [{"objectID": "7", "name": "Tin lantern", "price": 1.50}]}),
    "partial": call("partialUpdateObject", {**_INDEX, "objectID": "7", "attributesToUpdate": {"stock": 4}}),
    "browse": call("browse", {**_INDEX, "browseParams": {"hitsPerPage": 2}}),
    "settings": call("setSettings", {**_INDEX, "indexSettings": SETTINGS, "forwardToReplicas": True}),
    "get-objects": call("getObjects", {"requests": [{**_INDEX, "objectID": "1", "attributesToRetrieve": ["name"]}]}),
    "copy": call("operationIndex", {**_INDEX, "operationIndexParams": {"operation": "copy", "destination": "copied"}}),
    "delete-by": call("deleteBy", {**_INDEX, "deleteByParams": {"filters": "price < 1"}}),
}
NODE_4: dict[str, Call] = {
    "search": call("search", [{"indexName": "products", "query": "lant", "params": {"facets": ["brand"]}}]),
    "query": call("search", "lant", {"facetFilters": [["brand:Acme"]], "hitsPerPage": 2}, index="products"),
    "facet": call("searchForFacetValues", "brand", "ac", index="products"),
    "save": call("saveObjects", [{"objectID": "8", "name": "Tin lantern"}], index="products"),
    "browse": call("browseObjects", {"query": "", "batch": None}, index="products", collect=True),
    "get": call("getObject", "1", {"attributesToRetrieve": ["name"]}, index="products"),
}
PYTHON_4: dict[str, Call] = {
    "search": {"method": "search", "args": {"search_method_params": {"requests": [_QUERY]}}},
    "save": {"method": "save_objects", "args": {"index_name": "products", "objects": [{"objectID": "9"}]}},
    "browse": {"method": "browse_objects", "args": {"index_name": "products"}, "collect": True},
}


def cases() -> Iterator[tuple[str, str, str, Request]]:
    """Yield client, its version, case and request."""
    shop = AlgoliaShop()
    shop.fill("products", PRODUCTS, **SETTINGS)
    shop.ask("PUT", "/1/indexes/products_price_asc/settings", {"ranking": ["asc(price)"]})
    with served(shop) as origin:
        host = urlsplit(origin).netloc
        for client, calls in (("v5", NODE_5), ("v4", NODE_4)):
            for case, each in calls.items():
                shop.requests.clear()
                node(client, host, [each], key=ADMIN_KEY)
                yield f"javascript-{client}", _version(client), case, shop.requests[0]
        for case, each in PYTHON_4.items():
            shop.requests.clear()
            python(host, [each], key=ADMIN_KEY)
            yield "python", version("algoliasearch"), case, shop.requests[0]
        shop.requests.clear()
        job = {"host": host, "appId": APP_ID, "key": SEARCH_KEY, "index": "products", "sorted": "products_price_asc"}
        visit("instantsearch", job)
        widest = max(shop.requests, key=lambda request: request.body.count(b'"indexName"'))
        yield "instantsearch", _version("instantsearch"), "start", shop.requests[0]
        yield "instantsearch", _version("instantsearch"), "refined", widest


def _version(client: str) -> str:
    folder = {"v5": "algoliasearch", "v4": "algoliasearch-v4", "instantsearch": "instantsearch.js"}[client]
    return str(json.loads((HERE / "node_modules" / folder / "package.json").read_text())["version"])


def record_of(client: str, its_version: str, case: str, request: Request) -> dict[str, Any]:
    return {
        "client": client,
        "version": its_version,
        "case": case,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": {name: value for name, value in sorted(request.headers.items()) if name not in LEFT_OUT},
        "body_base64": b64encode(request.body).decode(),
    }


def main() -> None:
    need_node()
    WIRE.mkdir(parents=True, exist_ok=True)
    for client, its_version, case, request in cases():
        path: Path = WIRE / f"{client}-{case}.json"
        path.write_text(json.dumps(record_of(client, its_version, case, request), indent=2) + "\n")
        print(f"{path.name}: {request.method} {request.path} {len(request.body)} bytes")


if __name__ == "__main__":
    main()
