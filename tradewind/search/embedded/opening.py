"""A snapshot's files, opened: segments and what is told of the index as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from tradewind.search.embedded.arrays import Array, open_arrays, path_of
from tradewind.search.embedded.columns import columns_of
from tradewind.search.embedded.manifest import Manifest, SnapshotFile
from tradewind.search.embedded.segment import Segment, Words
from tradewind.search.embedded.strings import FileTexts, strings_of
from tradewind.search.embedded.vectors import VectorPart
from tradewind.search.index import IndexUnavailable

FORMAT = 1


@dataclass(frozen=True)  # no slots: what is computed once is kept beside the fields
class OpenedSnapshot:
    """One version of an index, mapped into memory. `told` is the snapshot's index file."""

    manifest: Manifest
    segments: Sequence[Segment]
    told: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """Rows of all segments, live or not."""
        return sum(segment.rows for segment in self.segments)

    @property
    def live(self) -> Array | None:
        """Which rows are live, None: all."""
        if all(segment.live is None for segment in self.segments):
            return None
        parts = [np.ones(s.rows, bool) if s.live is None else s.live for s in self.segments]
        return np.concatenate(parts)

    @cached_property
    def without_vector(self) -> Array | None:
        """Which rows have no vector, live or not; None where all records have one."""
        if not self.manifest.unencoded:
            return None
        made = np.ones(self.rows, bool)
        for segment in self.segments:
            for part in segment.vectors:
                made[part.rows.astype(np.int64) + segment.offset] = False
        return made


def open_snapshot(manifest: Manifest, folder: Path) -> OpenedSnapshot:
    """Return the snapshot whose files lie in `folder`, under their names or hashes.

    Raises: IndexUnavailable for a file that is missing or damaged, or a format that is not known here.
    """
    if manifest.format != FORMAT:
        raise IndexUnavailable(
            f"snapshot {manifest.version} has format {manifest.format}, this version reads {FORMAT}: rebuild the index"
        )
    files = {file.name: file for file in manifest.files}
    index_file = next((file for file in manifest.files if file.name.startswith("index-")), None)
    if index_file is None:
        raise IndexUnavailable(f"snapshot {manifest.version} names no index file: rebuild the index")
    told = _told(index_file, folder)
    segments, offset = [], 0
    for each in told["segments"]:
        segment = _segment(each, files, folder, offset, manifest.version)
        segments.append(segment)
        offset += segment.rows
    return OpenedSnapshot(manifest, segments, told)


def _told(file: SnapshotFile, folder: Path) -> Mapping[str, Any]:
    try:
        held = path_of(file, folder).read_bytes()
        if len(held) != file.size:
            raise ValueError(f"it has {len(held):,} bytes instead of {file.size:,}")
        told: Mapping[str, Any] = orjson.loads(held)
    except (OSError, ValueError) as error:
        raise IndexUnavailable(f"file {file.name} of the index cannot be read: {error}") from error
    return told


def _segment(
    told: Mapping[str, Any], files: Mapping[str, SnapshotFile], folder: Path, offset: int, version: str
) -> Segment:
    def opened(name: str) -> Any:
        if name not in files:
            raise IndexUnavailable(f"snapshot {version} does not name its file {name}: rebuild the index")
        return open_arrays(files[name], folder)

    try:
        records_file, words = opened(told["records"]), opened(told["words"]).arrays
        records = records_file.arrays
        ids = strings_of(records, "ids")
        live = None
        if told["live"] is not None:
            live = np.unpackbits(opened(told["live"]).arrays["live"], count=len(ids)).view(bool)
        return Segment(
            name=told["name"],
            offset=offset,
            ids=ids,
            bodies=FileTexts(records_file, "bodies"),
            text_hashes=records["texts"],
            words=Words(strings_of(words, "words"), strings_of(words, "stems"), words),
            columns=columns_of(opened(told["columns"])),
            vectors=tuple(VectorPart(opened(name)) for name in told["vectors"]),
            live=live,
        )
    except OSError as error:
        raise IndexUnavailable(f"the records of segment {told.get('name')} cannot be opened: {error}") from error
    except KeyError as error:
        raise IndexUnavailable(f"segment {told.get('name')} of snapshot {version} lacks {error}") from error
