"""Records become the files of a new segment."""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import IndexSettings
from tradewind.search.embedded.arrays import Array, Blocks, write_arrays
from tradewind.search.embedded.column_building import ColumnBuilder
from tradewind.search.embedded.manifest import SnapshotFile
from tradewind.search.embedded.strings import packed_in_blocks
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
    records: Iterable[StoredRecord],
    settings: IndexSettings,
    *,
    averages: Sequence[float] | None,
    folder: Path,
    name: str,
) -> NewSegment:
    """Write the files of a segment. `records`: in order of their ids, the same each time that they are walked over,
    which is twice. `averages`: those of the first segment; None: this one is the first."""
    places = searched_places(settings)
    tokens, columns, rows = TokenColumns(), ColumnBuilder(column_names(settings)), _Rows()
    for record in records:
        held = parsed(record)
        tokens.add([place_texts(held, place) for place in places])
        columns.add(held)
        rows.add(record, text_hash(encoded_text(held, settings)))
    tokens.close()
    averages = average_lengths(tokens, len(places)) if averages is None else averages
    ordered = [place.ordered for place in places]
    words = word_arrays(tokens, ordered=ordered, averages=averages, language=settings.language)
    words_file = write_arrays(folder, f"{name}/words", words, {})
    del words, tokens  # the largest of what is held
    held_columns, told = columns.arrays()
    columns_file = write_arrays(folder, f"{name}/columns", held_columns, told)
    bodies = (record.body for record in records)
    records_file = write_arrays(folder, f"{name}/records", rows.arrays(bodies), {})
    files = {"records": records_file, "words": words_file, "columns": columns_file}
    return NewSegment(files, rows.hashes, averages)


class _Rows:
    """What is kept of each record while its segment is made: its id, its size, the hash of its encoded text."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._id_lengths, self._sizes, self._hashes = array("i"), array("i"), array("Q")

    def add(self, record: StoredRecord, hashed: int) -> None:
        object_id = record.object_id.encode("utf-8", "replace")
        self._ids += object_id
        self._id_lengths.append(len(object_id))
        self._sizes.append(len(record.body))
        self._hashes.append(hashed)

    @property
    def hashes(self) -> Array:
        return np.frombuffer(self._hashes, np.uint64)

    def arrays(self, bodies: Iterable[bytes]) -> dict[str, Array | Blocks]:
        """Return the arrays of a records file."""
        lengths, sizes = np.frombuffer(self._id_lengths, np.int32), np.frombuffer(self._sizes, np.int32)
        return {
            **packed_in_blocks("ids", (bytes(self._ids),), lengths),
            **packed_in_blocks("bodies", bodies, sizes),
            "texts": self.hashes,
        }
