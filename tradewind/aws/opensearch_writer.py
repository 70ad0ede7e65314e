"""Writes records of one version of an index on a cluster, with their vectors as far as there is time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tradewind.aws.opensearch_bulk import Change, apply_changes, delete, put
from tradewind.aws.opensearch_client import unavailable
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import IndexSettings
from tradewind.search.encoder import TextEncoder, Vectors
from tradewind.search.opensearch import decoding, queries
from tradewind.search.opensearch import layout as fields
from tradewind.search.opensearch.documents import document, document_id
from tradewind.search.opensearch.floor import similarity_floor
from tradewind.search.opensearch.layout import Layout
from tradewind.search.product_texts import encoded_text

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

_AT_ONCE = 200  # records that are sent together
_ENCODED_AT_ONCE = 16  # texts between two looks at the clock
# Vectors that the similarity floor is told from: fewer say little, unless they are most of all; more say no more.
_SAMPLE_FROM, _SAMPLE_UP_TO = 1_000, 5_000
_WITH_VECTOR = {"exists": {"field": fields.VECTOR}}


class IndexWriter:
    """Puts and removes. Doing it twice gives the same index."""

    def __init__(
        self,
        client: "OpenSearch",
        name: str,
        *,
        layout: Layout,
        settings: IndexSettings,
        encoder: TextEncoder | None,
        encode_for: Callable[[], bool],
        own_ids: bool,
        refreshes: bool,
        pause: Callable[[float], None],
    ) -> None:
        self._client = client
        self._name = name
        self._layout = layout
        self._settings = settings
        self._encoder = encoder
        self._encode_for = encode_for
        self._own_ids = own_ids
        self._refreshes = refreshes
        self._pause = pause
        self._sample: list[Vectors] = []  # of the vectors that were written
        self._sampled = 0

    def put(self, records: Iterable[StoredRecord]) -> int:
        """Put records and return how many; those for which there is no time to encode go without a vector."""
        return sum(self._put(some) for some in batched(records, _AT_ONCE))

    def remove(self, object_ids: Iterable[str]) -> None:
        for some in batched(object_ids, _AT_ONCE):
            self._apply(self._deletions(some))

    def encode_missing(self) -> None:
        """Put the records again that have no vector, as long as there is time."""
        while self._encoder is not None and self._encode_for():
            query = {"bool": {"must_not": [_WITH_VECTOR]}}
            missing = [StoredRecord(*each) for each in decoding.bodies(self._search(queries.first(query, _AT_ONCE)))]
            if not missing:
                return
            self._put_encoded(missing)
            if not self._refreshes:
                return  # it would find the same ones again
            self.refresh()

    def refresh(self) -> None:
        """Make all changes visible; a collection does so itself, in its own time."""
        if self._refreshes:
            with unavailable(f"index {self._name}"):
                self._client.indices.refresh(index=self._name)

    def counts(self) -> tuple[int, int]:
        """Return how many records there are, and how many of them have no vector."""
        with unavailable(f"index {self._name}"):
            records = int(self._client.count(index=self._name)["count"])
            encoded = int(self._client.count(index=self._name, body={"query": _WITH_VECTOR})["count"])
        return records, records - encoded

    def size(self) -> int:
        """Return the bytes that the version takes on the cluster; 0 where the cluster does not say."""
        if not self._refreshes:
            return 0
        with unavailable(f"index {self._name}"):
            told = self._client.indices.stats(index=self._name, metric="store")
        return int(told["_all"]["primaries"]["store"]["size_in_bytes"])

    def floor(self, encoded: int) -> float | None:
        """Return the similarity floor that the vectors written here tell; None where they are too few of `encoded`."""
        enough = self._sampled >= _SAMPLE_FROM or (self._sampled >= 2 and 2 * self._sampled >= encoded)
        return similarity_floor(np.concatenate(self._sample)) if enough else None

    def _put(self, some: Iterable[StoredRecord]) -> int:
        records = list(some)
        self._send(records, self._vectors(records))
        return len(records)

    def _put_encoded(self, records: list[StoredRecord]) -> None:
        """Put those again for which there is time to encode; the others are as they were."""
        vectors = self._vectors(records)
        if vectors:
            self._send(records[: len(vectors)], vectors)

    def _send(self, records: list[StoredRecord], vectors: Mapping[int, Vectors]) -> None:
        changes = [] if self._own_ids else list(self._deletions([each.object_id for each in records]))
        for number, each in enumerate(records):
            made = document(each, self._layout, vectors.get(number))
            changes.append(put(each.object_id, document_id(each.object_id) if self._own_ids else None, made))
        self._apply(changes)

    def _vectors(self, records: list[StoredRecord]) -> Mapping[int, Vectors]:
        """Return the vectors of the first records, as far as there is time, by their number."""
        made: list[Vectors] = []
        for some in batched(records, _ENCODED_AT_ONCE):
            if self._encoder is None or not self._encode_for():
                break
            texts = [encoded_text(orjson.loads(each.body), self._settings) for each in some]
            vectors = self._encoder.encode_many(texts)
            made.extend(vectors)
            if self._sampled < _SAMPLE_UP_TO:
                self._sample.append(vectors)
                self._sampled += len(vectors)
        return dict(enumerate(made))

    def _deletions(self, object_ids: Iterable[str]) -> Iterator[Change]:
        if self._own_ids:
            yield from (delete(object_id, document_id(object_id)) for object_id in object_ids)
            return
        for hit in self._search(queries.documents_of(list(object_ids)))["hits"]["hits"]:
            yield delete(hit["fields"][fields.ID][0], hit["_id"])

    def _apply(self, changes: Iterable[Change]) -> None:
        apply_changes(self._client, self._name, changes, pause=self._pause)

    def _search(self, body: Mapping[str, Any]) -> Any:
        with unavailable(f"index {self._name}"):
            return self._client.search(index=self._name, body=body)
