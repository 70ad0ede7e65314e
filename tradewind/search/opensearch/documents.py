"""A record as a document of OpenSearch: the same words, texts and numbers that the embedded engine indexes."""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from tradewind.catalog.record import StoredRecord, Value, values_at
from tradewind.catalog.settings import SearchableAttributes
from tradewind.search import text
from tradewind.search.encoder import Vectors
from tradewind.search.filter_matching import numbers_at, points_of
from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.layout import Layout
from tradewind.search.product_texts import MAX_DEPTH, attribute_texts, facet_text, place_texts

_GEOLOC = "_geoloc"
_MAX_ID_BYTES = 512  # of OpenSearch's `_id`
_MAX_TEXT_BYTES = 32_000  # of a keyword; longer texts of a facet are left out


def document_id(object_id: str) -> str:
    """Return `_id` of a product: its objectID, or a hash of one that is too long."""
    encoded = object_id.encode("utf-8", "surrogatepass")
    return object_id if len(encoded) <= _MAX_ID_BYTES else f"sha256:{hashlib.sha256(encoded).hexdigest()}"


def document(stored: StoredRecord, layout: Layout, vector: Vectors | None) -> dict[str, Any]:
    """Return the document of a record; without a vector it is found by words alone."""
    record: dict[str, Value] = orjson.loads(stored.body)
    made: dict[str, Any] = {
        fields.ID: stored.object_id,
        fields.BODY: stored.body.decode(),
        fields.GROUP: group_key(record, layout.distinct, stored.object_id),
        **_numbers(record),
        **_words(record, layout),
        **_words_by_attribute(record, layout),
    }
    for number, attribute in enumerate(layout.facets):
        if texts := facet_texts(record, attribute):
            made[f"f{number}"] = texts
    if points := geo_points(record):
        made[fields.GEO] = [{"lat": latitude, "lon": longitude} for latitude, longitude in points]
    if vector is not None:
        made[fields.VECTOR] = [float(each) for each in vector]
    return made


def _words(record: Mapping[str, Value], layout: Layout) -> dict[str, Any]:
    made: dict[str, Any] = {}
    every_stem: list[str] = []
    every_surface: dict[str, None] = {}
    for number, place in enumerate(layout.places):
        surfaces = [text.words(each) for each in place_texts(record, place)]
        stems = [" ".join(text.stem(word, layout.language) for word in words) for words in surfaces]
        made[fields.stems_field(number)] = stems
        made[fields.surfaces_field(number)] = sorted({word for words in surfaces for word in words})
        every_stem += stems
        every_surface |= dict.fromkeys(word for words in surfaces for word in words)
    made[fields.STEMS] = " ".join(every_stem)
    made[fields.SURFACES] = sorted(every_surface)
    return made


def _words_by_attribute(record: Mapping[str, Value], layout: Layout) -> dict[str, Any]:
    """Return the words of each attribute of those places that are not one attribute alone, behind its name."""
    stems: list[str] = []
    surfaces: dict[str, None] = {}
    for name in _shared_attributes(record, layout.places):
        before = fields.before_words(name)
        for words in map(text.words, attribute_texts(record, name)):
            stems.append(" ".join(before + text.stem(word, layout.language) for word in words))
            surfaces |= dict.fromkeys(before + word for word in words)
    return {fields.ATTRIBUTE_STEMS: stems, fields.ATTRIBUTE_SURFACES: sorted(surfaces)} if stems else {}


def _shared_attributes(record: Mapping[str, Value], places: Sequence[SearchableAttributes]) -> Iterable[str]:
    shared = {name: None for place in places if len(place.names) > 1 for name in place.names}
    if any(not place.names for place in places):
        shared |= {path: None for path in _named_paths(record) if path != "objectID"}
    return shared


def _named_paths(value: Value, prefix: str = "", depth: int = 0) -> dict[str, None]:
    """Return the dotted paths of attributes, each once: of those that hold others, too."""
    if depth > MAX_DEPTH:
        return {}
    if isinstance(value, list):
        return {path: None for each in value for path in _named_paths(each, prefix, depth + 1)}
    found: dict[str, None] = {prefix: None} if prefix else {}
    if isinstance(value, dict):
        for name, each in value.items():
            found |= _named_paths(each, f"{prefix}.{name}" if prefix else name, depth + 1)
    return found


def facet_texts(record: Mapping[str, Value], attribute: str) -> list[str]:
    """Return the values of a facet as texts, each once, in order."""
    made = dict.fromkeys(facet_text(value) for value in values_at(record, attribute))
    return [each for each in made if len(each.encode("utf-8", "surrogatepass")) <= _MAX_TEXT_BYTES]


def _numbers(record: Mapping[str, Value]) -> dict[str, Any]:
    """Return the fields of finite numbers and of booleans, by path."""
    numbers: dict[str, list[float]] = {}
    flags: dict[str, list[int]] = {}
    for path in _paths(record):
        name = fields.escaped(path)
        if found := [each for each in numbers_at(record, path) if math.isfinite(each)]:
            numbers[name] = found
        if held := [int(value) for value in values_at(record, path) if isinstance(value, bool)]:
            flags[name] = held
    return {fields.NUMBERS: numbers, fields.FLAGS: flags}


def _paths(value: Value, prefix: str = "", depth: int = 0) -> dict[str, None]:
    """Return the dotted paths of all numbers and booleans, each once."""
    if depth > MAX_DEPTH:
        return {}
    if isinstance(value, list):
        return {path: None for each in value for path in _paths(each, prefix, depth + 1)}
    if not isinstance(value, dict):
        return {prefix: None} if prefix and isinstance(value, int | float) else {}
    below = ((f"{prefix}.{name}" if prefix else name, each) for name, each in value.items())
    return {path: None for name, each in below if name != _GEOLOC for path in _paths(each, name, depth + 1)}


def geo_points(record: Mapping[str, Value]) -> list[tuple[float, float]]:
    """Return latitude and longitude of each point of `_geoloc` that lies on the earth."""
    return [point for point in points_of(record) if abs(point[0]) <= 90 and abs(point[1]) <= 180]


def group_key(record: Mapping[str, Value], attribute: str | None, object_id: str) -> str:
    """Return what products of one group share; a product without a value is a group of its own."""
    values = facet_texts(record, attribute) if attribute else []
    return f"={values[0]}" if values else f"#{object_id}"
