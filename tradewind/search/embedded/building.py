"""A new version of an index from an old one and what has changed: segments are added, merged, or all built anew.

Changes go into a small segment of their own; the rows they replace are marked dead where they lie. A new segment takes
along the small ones before it, so that there are few (about the logarithm of the number of changes); when a tenth of
the rows is dead or outside the first segment, one segment is built of all live records.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import IndexSettings
from tradewind.search.embedded.arrays import Array, open_arrays, write_arrays
from tradewind.search.embedded.encoding import KnownVectors, NewVectors, encoded, missing_rows, with_new_vectors
from tradewind.search.embedded.manifest import Manifest, SnapshotFile
from tradewind.search.embedded.opening import FORMAT, OpenedSnapshot
from tradewind.search.embedded.record_spool import InOrder, RecordSpool
from tradewind.search.embedded.segment import Segment
from tradewind.search.embedded.segment_building import column_names, new_segment, parsed
from tradewind.search.embedded.strings import FileTexts, Strings, strings_of
from tradewind.search.embedded.vectors import VectorPart, calibrated_floor
from tradewind.search.encoder import TextEncoder
from tradewind.search.product_texts import encoded_text, searched_places

ANALYSIS = 1  # of texts: a change of folding, stems or impacts needs another number, and every index is built anew
MERGED_SHARE = 0.1  # of the live rows may be dead or outside the first segment
MERGED_GROWTH = 2  # a new segment takes along those before it that are at most so many times its size


@dataclass(slots=True)
class _Part:
    """A segment of the new version. `told` is its entry in the index file: names of files."""

    told: dict[str, Any]
    ids: Strings
    bodies: FileTexts
    live: Array | None
    vectors: tuple[VectorPart, ...]
    new_vectors: NewVectors | None = None
    put_ids: Iterable[str] = ()  # of records that were put now, where the part holds older ones, too

    @property
    def live_rows(self) -> int:
        return len(self.ids) if self.live is None else int(np.count_nonzero(self.live))

    def missing(self) -> Array:
        held = [each.rows for each in self.vectors]
        if self.new_vectors is not None:
            held.append(self.new_vectors.rows)
        return missing_rows(len(self.ids), self.live, held)

    def waiting(self) -> Array:
        """Return the missing rows in the order in which they get vectors: the records that were put now come first."""
        missing = self.missing()
        put = [self.ids.find(each.encode("utf-8", "replace")) for each in self.put_ids]
        is_put = np.isin(missing, np.array(put, np.int64))
        return np.concatenate([missing[is_put], missing[~is_put]])

    def records(self) -> Iterator[StoredRecord]:
        """Yield the live records, in order of their ids."""
        rows = range(len(self.ids)) if self.live is None else np.flatnonzero(self.live).tolist()
        for row in rows:
            yield StoredRecord(self.ids[row].decode(), self.bodies[row])


def build(
    *,
    base: OpenedSnapshot | None,
    upserts: Iterable[StoredRecord],
    deletes: Iterable[str],
    definition: IndexDefinition,
    encoder: TextEncoder | None,
    index_id: str,
    version: str,
    now: datetime,
    folder: Path,
    encode_for: Callable[[], bool],
) -> Manifest:
    """Write the files of a new version that `base` does not have under `folder` and return its manifest.

    A record that is deleted and put is there afterwards; of several puts of one the last counts. `encode_for` is asked
    before every chunk of texts whether there is still time for it; rows without a vector are counted in `unencoded`,
    and a later build goes on with them; what is put now comes first. Vectors of texts that `base` has encoded are kept.
    Raises: ValueError for a record that is no JSON object.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {} if base is None else {file.name: file for file in base.manifest.files}
    with ExitStack() as opened:
        writing = _Writing(base, definition.settings, encoder, folder, files, opened)
        with RecordSpool(folder) as puts:
            puts.add(upserts)
            parts = writing.segments(puts, deletes)
        writing.encode(parts, encode_for)
    told = {
        "shape": writing.shape,
        "averages": list(writing.averages),
        "next": writing.next,
        "floor": writing.floor(parts),
        "segments": [part.told for part in parts],
    }
    index_file = _written_json(told, folder)
    used = [name for part in parts for name in _file_names(part.told)]
    has_vectors = any(part.vectors for part in parts)
    return Manifest(
        version=version,
        index_id=index_id,
        format=FORMAT,
        built_at=now.isoformat(),
        records=sum(part.live_rows for part in parts),
        unencoded=sum(len(part.missing()) for part in parts),
        encoder=writing.encoder_name if has_vectors else None,
        files=(index_file, *(files[name] for name in used)),
    )


class _Writing:
    """The steps of one build, and the files that are known to it."""

    def __init__(
        self,
        base: OpenedSnapshot | None,
        settings: IndexSettings,
        encoder: TextEncoder | None,
        folder: Path,
        files: dict[str, SnapshotFile],
        opened: ExitStack,
    ) -> None:
        self._opened = opened  # temporary files of the build
        self._base, self._settings, self._encoder, self._folder, self._files = base, settings, encoder, folder, files
        self.shape = _shape(settings)
        self.averages: Sequence[float] = () if base is None else base.told["averages"]
        self.next = 0 if base is None else int(base.told["next"])
        of_base = None if base is None else base.manifest.encoder
        self.encoder_name = of_base if encoder is None else encoder.name
        self._vectors_fit = of_base == self.encoder_name  # those of another encoder cannot be compared

    def segments(self, puts: RecordSpool, deletes: Iterable[str]) -> list[_Part]:
        """Return the segments of the new version: those that stay, and a new one where there is something new."""
        parts: list[_Part] = []
        if self._base is not None:
            gone = {*deletes, *puts.ids}
            parts = [part for segment in self._base.segments if (part := self._kept(segment, gone)).live_rows]
        absorbed: list[_Part] = []
        count = len(puts)
        if self._base is not None and self._base.told["shape"] == self.shape and not _is_worn(parts, count):
            while len(parts) > 1 and count and parts[-1].live_rows <= MERGED_GROWTH * count:
                absorbed.append(parts.pop())
                count += absorbed[-1].live_rows
        else:
            absorbed, parts, self.averages = parts, [], ()
        if count or absorbed:
            parts.append(self._new(InOrder([*(part.records for part in absorbed), puts.records])))
            parts[-1].put_ids = puts.ids if absorbed else ()
        return parts

    def encode(self, parts: Sequence[_Part], encode_for: Callable[[], bool]) -> None:
        """Make the vectors that are missing, as far as there is time, and write new ones.

        New segments come first: what was just edited does not wait behind all that was imported before it.
        """
        for part in reversed(parts):
            new = self._new_vectors() if part.new_vectors is None else part.new_vectors
            if self._encoder is not None:
                new.add(encoded(part.waiting(), self._text_of(part), self._encoder, encode_for))
            part.vectors = with_new_vectors(part.vectors, new, self._folder, f"{part.told['name']}/vectors")
            self._files |= {each.file.file.name: each.file.file for each in part.vectors}
            part.told["vectors"] = [each.file.file.name for each in part.vectors]

    def floor(self, parts: Sequence[_Part]) -> float:
        """Return the similarity floor: that of before, as long as most of the vectors are those of before."""
        vectors = [each for part in parts for each in part.vectors]
        largest = max(vectors, key=len, default=None)
        if self._base is not None and largest is not None:
            names = {file.name for file in self._base.manifest.files}
            if largest.file.file.name in names:
                return float(self._base.told["floor"])
        return calibrated_floor(vectors)

    def _kept(self, segment: Segment, gone: set[str]) -> _Part:
        assert self._base is not None
        told = next(each for each in self._base.told["segments"] if each["name"] == segment.name)
        vectors = tuple(segment.vectors) if self._vectors_fit else ()
        part = _Part(dict(told), segment.ids, segment.bodies, segment.live, vectors)
        dead = [row for row in map(segment.row_of, gone) if row is not None]
        if dead:
            part.live = np.ones(segment.rows, bool) if segment.live is None else segment.live.copy()
            part.live[dead] = False
            written = write_arrays(self._folder, f"{segment.name}/live", {"live": np.packbits(part.live)}, {})
            part.told["live"] = self._known(written)
        return part

    def _new(self, records: Iterable[StoredRecord]) -> _Part:
        name, self.next = f"s{self.next:04}", self.next + 1
        made = new_segment(records, self._settings, averages=self.averages or None, folder=self._folder, name=name)
        self.averages = made.averages
        told = {"name": name, "live": None, **{kind: self._known(file) for kind, file in made.files.items()}}
        opened = open_arrays(made.files["records"], self._folder)
        part = _Part(told, strings_of(opened.arrays, "ids"), FileTexts(opened, "bodies"), None, ())
        if self._vectors_fit and self._base is not None:
            part.new_vectors = self._new_vectors()
            part.new_vectors.add(KnownVectors(self._base).of(made.text_hashes))
        return part

    def _new_vectors(self) -> NewVectors:
        return self._opened.enter_context(NewVectors(self._folder))

    def _known(self, file: SnapshotFile) -> str:
        self._files[file.name] = file
        return file.name

    def _text_of(self, part: _Part) -> Callable[[int], str]:
        def text(row: int) -> str:
            record = StoredRecord(part.ids[row].decode(), part.bodies[row])
            return encoded_text(parsed(record), self._settings)

        return text


def _is_worn(parts: Sequence[_Part], puts: int) -> bool:
    """Return whether it is time to build one segment of all live records."""
    if not parts:
        return True
    outside = sum(part.live_rows for part in parts[1:]) + puts
    dead = sum(len(part.ids) - part.live_rows for part in parts)
    return outside + dead > MERGED_SHARE * (parts[0].live_rows + outside)


def _shape(settings: IndexSettings) -> dict[str, Any]:
    """Return what of the settings decides what is in the files; as JSON gives it back."""
    fields = settings.fields
    return {
        "analysis": ANALYSIS,
        "places": [[list(place.names), place.ordered] for place in searched_places(settings)],
        "language": settings.language,
        "columns": column_names(settings),
        "encoded": [fields.name, fields.description, fields.brand, fields.categories],
    }


def _file_names(told: dict[str, Any]) -> list[str]:
    names = [told["records"], told["words"], told["columns"], *told["vectors"]]
    return names if told["live"] is None else [*names, told["live"]]


def _written_json(told: dict[str, Any], folder: Path) -> SnapshotFile:
    held = orjson.dumps(told)
    digest = hashlib.sha256(held).hexdigest()
    name = f"index-{digest[:16]}.json"
    part = folder / f"{name}.part"
    part.write_bytes(held)
    part.replace(folder / name)
    return SnapshotFile(name=name, sha256=digest, size=len(held))
