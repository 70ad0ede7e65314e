"""An engine that only keeps records: what is published is read back and compared with the store."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.search.embedded.engine import Building, Opened
from tradewind.search.embedded.manifest import Manifest, SnapshotFile
from tradewind.search.index import IndexUnavailable

SHARDS = 4


@dataclass(frozen=True, slots=True)
class PlainSnapshot:
    manifest: Manifest
    records: dict[str, bytes]
    vectors: frozenset[str]


@dataclass(frozen=True, slots=True)
class PlainIndex:
    """As much of a CatalogIndex as the tests of the indexer look at."""

    snapshot: PlainSnapshot
    definition: IndexDefinition

    @property
    def version(self) -> str:
        return self.snapshot.manifest.version

    @property
    def records(self) -> int:
        return len(self.snapshot.records)

    @property
    def unencoded(self) -> int:
        return self.snapshot.manifest.unencoded

    def scan(self, *, limit: int) -> Sequence[tuple[str, bytes]]:
        return sorted(self.snapshot.records.items())[:limit]

    def get(self, object_ids: Sequence[str]) -> list[bytes | None]:
        return [self.snapshot.records.get(each) for each in object_ids]


class PlainEngine:
    """Files: records-<n>.json (object id -> record as text), vectors.json (ids). An unchanged file is not written."""

    def build(self, building: Building, folder: Path) -> Manifest:
        base: PlainSnapshot | None = building.base
        records = dict(base.records) if base else {}
        encoded = set(base.vectors) if base else set()
        for record in building.upserts:
            if records.get(record.object_id) != record.body:
                encoded.discard(record.object_id)
            records[record.object_id] = record.body
        for object_id in building.deletes:
            records.pop(object_id, None)
        encoded &= records.keys()
        for object_id in sorted(records.keys() - encoded):
            if building.encoder is None or not building.encode_for():
                break
            encoded.add(object_id)
        parts: list[dict[str, str]] = [{} for _ in range(SHARDS)]
        for object_id in sorted(records):
            parts[hashlib.sha256(object_id.encode()).digest()[0] % SHARDS][object_id] = records[object_id].decode()
        files = {f"records-{n}.json": orjson.dumps(part) for n, part in enumerate(parts)}
        files["vectors/ids.json"] = orjson.dumps(sorted(encoded))
        known = {file.sha256 for file in base.manifest.files} if base else set()
        for name, content in files.items():
            if hashlib.sha256(content).hexdigest() not in known:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
        return Manifest(
            version=building.version,
            index_id=building.index_id,
            format=1,
            built_at=building.now.isoformat(),
            records=len(records),
            unencoded=len(records) - len(encoded),
            encoder=building.encoder.name if building.encoder else None,
            files=tuple(
                SnapshotFile(name, hashlib.sha256(content).hexdigest(), len(content)) for name, content in files.items()
            ),
        )

    def open(self, manifest: Manifest, folder: Path) -> Opened:
        records: dict[str, bytes] = {}
        try:
            for number in range(SHARDS):
                part = orjson.loads((folder / f"records-{number}.json").read_bytes())
                records |= {object_id: body.encode() for object_id, body in part.items()}
            vectors = frozenset(orjson.loads((folder / "vectors/ids.json").read_bytes()))
        except (OSError, orjson.JSONDecodeError) as error:
            raise IndexUnavailable(str(error)) from error
        return PlainSnapshot(manifest, records, vectors)

    def searchable(self, opened: Opened, definition: IndexDefinition) -> Any:
        return PlainIndex(opened, definition)
