"""The body that creates an index: settings and mapping."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tradewind.search.encoder import DIMENSION
from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.layout import Layout

VectorEngine = Literal["lucene", "faiss"]

MAX_RESULTS = 1_000_000  # how deep pages reach, as MAX_PAGINATION; the server holds so many keys for the last one
_MAX_FIELDS = 2_000  # of one index; each path of a number is a field
_HNSW = {"m": 16, "ef_construction": 128}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexShape:
    """How an index is spread and how its vectors are kept.

    With one shard counts, facets and scores are exact; more are for above some ten million products.
    """

    shards: int = 1
    replicas: int = 0
    vectors: VectorEngine = "lucene"  # of a serverless collection: faiss
    refresh: bool = True  # the caller refreshes; a serverless collection does so itself


def create_body(layout: Layout, shape: IndexShape, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return what PUT /<index> takes. `meta` is kept with the mapping and returned with it."""
    return {"settings": {"index": _settings(shape)}, "mappings": {"_meta": dict(meta), **_mapping(layout, shape)}}


def _settings(shape: IndexShape) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "knn": True,
        "max_result_window": MAX_RESULTS,
        "mapping.total_fields.limit": _MAX_FIELDS,
    }
    if shape.refresh:  # a collection spreads and refreshes its indexes itself
        settings |= {
            "number_of_shards": shape.shards,
            "number_of_replicas": shape.replicas,
            "refresh_interval": "-1",
        }
    return settings


def _mapping(layout: Layout, shape: IndexShape) -> dict[str, Any]:
    keyword = {"type": "keyword"}
    words = {"type": "text", "analyzer": "whitespace", "index_options": "positions"}
    properties: dict[str, Any] = {
        fields.ID: keyword,
        fields.BODY: {"type": "object", "enabled": False},
        # Decides what matches; the fields of the places score.
        fields.STEMS: {**words, "norms": False, "index_options": "freqs"},
        fields.SURFACES: keyword,
        fields.ATTRIBUTE_STEMS: {**words, "norms": False},
        fields.ATTRIBUTE_SURFACES: {**keyword, "doc_values": False},
        fields.NUMBERS: {"type": "object", "dynamic": True},
        fields.FLAGS: {"type": "object", "dynamic": True},
        fields.GEO: {"type": "geo_point"},
        fields.GROUP: keyword,
        fields.VECTOR: _vector(shape),
    }
    for place in range(len(layout.places)):
        properties[fields.stems_field(place)] = words
        properties[fields.surfaces_field(place)] = {**keyword, "doc_values": False}
    for number in range(len(layout.facets)):
        properties[f"f{number}"] = keyword
    return {
        "dynamic": "strict",
        "dynamic_templates": [
            {"numbers": {"path_match": f"{fields.NUMBERS}.*", "mapping": {"type": "double"}}},
            {"flags": {"path_match": f"{fields.FLAGS}.*", "mapping": {"type": "byte", "index": False}}},
        ],
        # The rest can be made again from the body.
        "_source": {"includes": [fields.BODY]},
        "properties": properties,
    }


def _vector(shape: IndexShape) -> dict[str, Any]:
    method = {"name": "hnsw", "engine": shape.vectors, "space_type": "innerproduct", "parameters": _HNSW}
    return {"type": "knn_vector", "dimension": DIMENSION, "method": method}
