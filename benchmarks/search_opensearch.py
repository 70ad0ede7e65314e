"""OpenSearch over the same products and vectors: our own tier B, and the hybrid query of OpenSearch's documentation.

The server is the one at OPENSEARCH_URL, else one started from `opensearch/start` in TRADEWIND_SHARED (by default
`shared` beside the checkout), which needs Java 17. Everything is wall time over loopback, one query after the other.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.measure import ROOT, ROUNDS, Figure, figure, skipped
from benchmarks.opensearch_server import NoServer, opensearch_server
from benchmarks.search_catalogue import FACETS, SETTINGS, Made, queries, stored
from benchmarks.search_http import MOST_PRICE, over_http
from tradewind.catalog.raw_definition import RawDefinition
from tradewind.search.encoder import DIMENSION, TextEncoder
from tradewind.search.index import CatalogIndex
from tradewind.search.product_texts import encoded_text

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

Search = Callable[[str, str], object]  # of a query and a category to filter by
WholeAnswer = Callable[[CatalogIndex, TextEncoder, str, str], object]

HEAP = "1g"
RAW = RawDefinition(
    settings={
        "searchableAttributes": ["name", "brand", "categories.lvl1", "description"],
        "attributesForFaceting": [*FACETS, "categories.lvl1", "price"],
        "customRanking": ["desc(popularity)"],
        "tradewind": {
            "fields": {name: name for name in ("name", "description", "brand", "categories", "price", "stock")},
        },
    }
)
_ENV = "bench"
_PLAIN = "tradewind-bench-plain"
_PIPELINE = "tradewind-bench-hybrid"
_AT_ONCE = 500
_QUERIES = 100
_TO_WARM_UP = 50  # queries: the server compiles what runs often
_DEPTH = 100


def opensearch_figures(
    made: Sequence[Made],
    index: CatalogIndex,
    encoder: TextEncoder,
    whole_answer: WholeAnswer,
    *,
    count: int = _QUERIES,
) -> list[Figure]:
    """Return our answers beside those of OpenSearch; where there is no server, ours alone and why."""
    with ExitStack() as stack:
        sides: dict[str, Search] = {
            "ours": partial(whole_answer, index, encoder),
            "ours over HTTP": stack.enter_context(over_http(index, encoder)),
        }
        try:
            client, told = stack.enter_context(_server())
        except NoServer as missing:
            figures = _figures(wall_times(sides, count), "no OpenSearch", count)
            return [*figures, skipped("hybrid answer to OpenSearch", goal=None, unit="ms", reason=str(missing))]
        began = time.perf_counter()
        stack.callback(_remove, client)
        sides["OpenSearch, our tier B"] = partial(whole_answer, _tier_b(client, made, encoder), encoder)
        sides["OpenSearch, its hybrid query"] = _plain(client, made, encoder)
        print(f"OpenSearch filled twice in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        return _figures(wall_times(sides, count), told, count)


def wall_times(sides: dict[str, Search], count: int) -> dict[str, list[list[float]]]:
    """Return wall milliseconds of each side by turn and query; the sides take turns."""
    wanted = queries(count)
    for side in sides.values():
        for query, category in wanted[:_TO_WARM_UP]:
            side(query, category)
    times: dict[str, list[list[float]]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            turn = []
            for query, category in wanted:
                start = time.perf_counter()
                side(query, category)
                turn.append((time.perf_counter() - start) * 1000)
            times[name].append(turn)
    return times


def _figures(times: dict[str, list[list[float]]], told: str, count: int) -> list[Figure]:
    at = {
        (name, quantile): float(np.median([np.percentile(turn, quantile) for turn in turns]))
        for name, turns in times.items()
        for quantile in (50, 99)
    }
    how = (
        f"wall time, one query after the other, the encoding of the query within every side; median of {ROUNDS} turns "
        f"of {count} queries; {told}"
    )
    result = [
        figure(f"hybrid answer, {name}, p{quantile}, wall", ours=at[name, quantile], unit="ms", how=how)
        for name in ("ours", "ours over HTTP")
        for quantile in (50, 99)
    ]
    for rival in (name for name in times if not name.startswith("ours")):
        for quantile in (50, 99):
            result.append(
                figure(
                    f"over HTTP to {rival}, p{quantile}, wall",
                    ours=at["ours over HTTP", quantile],
                    rival=at[rival, quantile],
                    unit="ms",
                    how=_HOW[rival],
                )
            )
    return result


_HOW = {
    "OpenSearch, our tier B": "the same whole answer in two or three round trips: exact match "
    "set, filter, 4 facets, 20 highlighted hits",
    "OpenSearch, its hybrid query": "one search: multi_match and knn of 100 under the same filter, "
    "normalization-processor (min_max, arithmetic_mean), 4 terms aggregations, 20 hits, "
    "without highlights, typos and synonyms",
}


# Our own engine on it


def _tier_b(client: "OpenSearch", made: Sequence[Made], encoder: TextEncoder) -> CatalogIndex:
    from tradewind.aws.opensearch_publisher import OpenSearchPublisher
    from tradewind.aws.opensearch_reader import OpenSearchReader
    from tradewind.catalog.publishing import Changes

    changes = Changes(name="products", index_id="products", definition=RAW, puts=stored(made), whole=True)
    OpenSearchPublisher(client, _ENV, lambda: encoder).publish(changes, encode_for=lambda: True)
    index, _ = OpenSearchReader(client, _ENV, pointer_seconds=3600).named("products")
    return index


# The hybrid query of OpenSearch's documentation


def _plain(client: "OpenSearch", made: Sequence[Made], encoder: TextEncoder) -> Search:
    _make_plain(client)
    for some in batched(made, _AT_ONCE):
        vectors = encoder.encode_many([encoded_text(each.record, SETTINGS) for each in some])
        lines: list[Any] = []
        for each, vector in zip(some, vectors, strict=True):
            lines += [{"index": {"_id": each.record["objectID"]}}, {**each.record, "vector": vector.tolist()}]
        answer = client.bulk(body=lines, index=_PLAIN)
        if answer["errors"]:
            raise RuntimeError(f"OpenSearch refused products: {str(answer['items'])[:500]}")
    client.indices.refresh(index=_PLAIN)

    def search(query: str, category: str) -> object:
        body = plain_query(query, category, encoder.encode(query).tolist())
        answer = client.search(index=_PLAIN, body=body, params={"search_pipeline": _PIPELINE})
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise RuntimeError(f"OpenSearch did not answer whole: {str(answer['_shards'])[:500]}")
        return answer

    return search


def plain_query(query: str, category: str, vector: list[float]) -> dict[str, Any]:
    """Return BM25 and nearest vectors under one filter, with four facets. Each part of `hybrid` has the filter itself:
    a common one came with OpenSearch 3.
    """
    filter = [{"term": {"categories.lvl0": category}}, {"range": {"price": {"lt": MOST_PRICE}}}]
    fields = ["name^3", "brand.words^1.5", "categories.lvl1.words", "description"]
    words = {"bool": {"must": [{"multi_match": {"query": query, "fields": fields}}], "filter": filter}}
    meaning = {"knn": {"vector": {"vector": vector, "k": _DEPTH, "filter": {"bool": {"filter": filter}}}}}
    return {
        "size": 20,
        "_source": {"excludes": ["vector"]},
        "query": {"hybrid": {"queries": [words, meaning]}},
        "aggs": {name: {"terms": {"field": name, "size": SETTINGS.max_values_per_facet}} for name in FACETS},
    }


def _make_plain(client: "OpenSearch") -> None:
    keyword, words = {"type": "keyword"}, {"type": "text", "analyzer": "english"}
    both = {**keyword, "fields": {"words": words}}
    method = {"name": "hnsw", "engine": "lucene", "space_type": "innerproduct"}
    properties = {
        "name": words,
        "description": words,
        "brand": both,
        "categories": {"properties": {"lvl0": keyword, "lvl1": both}},
        "colour": keyword,
        "tags": keyword,
        "price": {"type": "double"},
        "vector": {"type": "knn_vector", "dimension": DIMENSION, "method": method},
    }
    settings = {"knn": True, "number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"}
    body = {"settings": {"index": settings}, "mappings": {"dynamic": False, "properties": properties}}
    client.indices.create(index=_PLAIN, body=body)
    processor = {"normalization": {"technique": "min_max"}, "combination": {"technique": "arithmetic_mean"}}
    client.search_pipeline.put(
        id=_PIPELINE, body={"phase_results_processors": [{"normalization-processor": processor}]}
    )


# The server


@contextmanager
def _server() -> Iterator[tuple["OpenSearch", str]]:
    """Give a client of a server, and what it is. Raises: NoServer, BrokenServer."""
    engines = Path(os.environ.get("TRADEWIND_SHARED", ROOT.parent / "shared"))
    heap = "heap as it was started with" if os.environ.get("OPENSEARCH_URL") else f"heap {HEAP}"
    with (
        TemporaryDirectory(prefix="tradewind-bench-") as folder,
        opensearch_server(engines, Path(folder), heap=HEAP) as url,
    ):
        yield _connected(url, heap)


def _connected(url: str, heap: str) -> tuple["OpenSearch", str]:
    from tradewind.aws.opensearch_client import connect

    client = connect(url, "server", writing=True)
    version = client.info()["version"]["number"]
    _remove(client)
    return client, f"OpenSearch {version}, {heap}, one shard, Lucene's HNSW, segments as they came"


def _remove(client: "OpenSearch") -> None:
    """Remove what a measurement left, this one's or one that was cut short."""
    client.indices.delete(index="tradewind-bench-*", ignore_unavailable=True, allow_no_indices=True)
    client.transport.perform_request("DELETE", f"/_search/pipeline/{_PIPELINE}", params={"ignore": 404})
