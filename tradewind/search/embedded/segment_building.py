"""Records become the files of a new segment."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import IndexSettings
from tradewind.search.embedded.arrays import Array, write_arrays
from tradewind.search.embedded.column_building import ColumnBuilder
from tradewind.search.embedded.manifest import SnapshotFile
from tradewind.search.embedded.strings import packed
from tradewind.search.embedded.word_building import TokenColumns, average_lengths, word_arrays
from tradewind.search.product_texts import encoded_text, place_texts, searched_places

_TAGS = "_tags"  # can be filtered by without being named in the settings, as with Algolia


@dataclass(frozen=True, slots=True)
class NewSegment:
    """The files of a segment but for its vectors, and what later steps need of it."""

    files: dict[str, SnapshotFile]  # by kind: records, words, columns
    text_hashes: Array  # uint64, of each row
    averages: Sequence[float]  # tokens of a place: later segments measure lengths against the same


def column_names(settings: IndexSettings) -> list[str]:
    """Return the attributes whose texts become columns: filtered by, counted, or grouped by."""
    names = [facet.name for facet in settings.facets] + [_TAGS]
    if settings.distinct_attribute:
        names.append(settings.distinct_attribute)
    return list(dict.fromkeys(names))


def parsed(record: StoredRecord) -> dict[str, Any]:
    """Return a record's attributes. Raises: ValueError for what is no JSON object."""
    try:
        held = orjson.loads(record.body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"record {record.object_id!r:.60} is no valid JSON: {error}") from error
    if not isinstance(held, dict):
        raise ValueError(f"record {record.object_id!r:.60} must be a JSON object, is {type(held).__name__}")
    return held


def text_hash(text: str) -> int:
    """Return 64 bits that tell texts apart."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def new_segment(
    records: Sequence[StoredRecord],
    settings: IndexSettings,
    *,
    averages: Sequence[float] | None,
    folder: Path,
    name: str,
) -> NewSegment:
    """Write the files of a segment. `averages`: those of the first segment; None: this one is the first."""
    records = sorted(records, key=lambda record: record.object_id)
    places = searched_places(settings)
    tokens, columns = TokenColumns(), ColumnBuilder(column_names(settings))
    hashes = np.zeros(len(records), np.uint64)
    for row, record in enumerate(records):
        held = parsed(record)
        tokens.add([place_texts(held, place) for place in places])
        columns.add(held)
        hashes[row] = text_hash(encoded_text(held, settings))
    averages = average_lengths(tokens, len(places)) if averages is None else averages
    ordered = [place.ordered for place in places]
    words = word_arrays(tokens, ordered=ordered, averages=averages, language=settings.language)
    held_columns, told = columns.arrays()
    bodies = {
        **packed("ids", [record.object_id.encode("utf-8", "replace") for record in records]),
        **packed("bodies", [record.body for record in records]),
        "texts": hashes,
    }
    files = {
        "records": write_arrays(folder, f"{name}/records", bodies, {}),
        "words": write_arrays(folder, f"{name}/words", words, {}),
        "columns": write_arrays(folder, f"{name}/columns", held_columns, told),
    }
    return NewSegment(files, hashes, averages)
