"""Opens indexes on a cluster by name."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensearchpy.exceptions import NotFoundError

from tradewind.aws.opensearch_client import unavailable
from tradewind.aws.opensearch_index import IndexState, OpenSearchIndex
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import UnknownIndex
from tradewind.search.opensearch.layout import layout_of
from tradewind.search.opensearch.version_facts import VersionFacts, alias_of

if TYPE_CHECKING:
    from opensearchpy import OpenSearch


@dataclass(frozen=True, slots=True)
class _Opened:
    looked_at: float  # seconds of the clock
    index: OpenSearchIndex


class OpenSearchReader:
    """The indexes of one environment. Looks for a new version every `pointer_seconds`."""

    def __init__(
        self,
        client: "OpenSearch",
        env: str,
        *,
        pointer_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._env = env
        self._pointer_seconds = pointer_seconds
        self._clock = clock
        self._opened: dict[str, _Opened] = {}

    def named(self, name: str) -> tuple[OpenSearchIndex, IndexDefinition]:
        """Return the live version of an index, or of the primary of a replica, with the definition of `name`.

        Raises: UnknownIndex, IndexUnavailable.
        """
        opened = self._opened.get(name)
        now = self._clock()
        if opened is None or now - opened.looked_at >= self._pointer_seconds:
            opened = _Opened(now, self._open(name, opened.index if opened else None))
            self._opened[name] = opened
        return opened.index, opened.index.definition

    def _open(self, name: str, before: OpenSearchIndex | None) -> OpenSearchIndex:
        live = live_version(self._client, alias_of(self._env, name))
        if live is None:
            raise UnknownIndex(name)
        on_cluster, published = live
        if before is not None and before.version == published.version:
            return before
        definition = published.definition_of(name)
        if definition is None:
            raise UnknownIndex(name)
        return OpenSearchIndex(
            self._client,
            on_cluster,
            layout=layout_of(published.definition.parsed().settings),
            definition=definition.parsed(),
            state=_state(published),
        )


def live_version(client: "OpenSearch", alias: str) -> tuple[str, VersionFacts] | None:
    """Return the index that an alias leads to and what it says of itself; None where there is none of ours."""
    with unavailable(f"index {alias}"):
        try:
            mappings = client.indices.get_mapping(index=alias)
        except NotFoundError:
            return None
    for index, answer in mappings.items():
        published = VersionFacts.from_meta(answer["mappings"].get("_meta", {}))
        if published is not None:
            return index, published
    return None


def _state(published: VersionFacts) -> IndexState:
    return IndexState(
        version=published.version,
        encoder=published.encoder,
        records=published.records,
        unencoded=published.unencoded,
        floor=published.floor,
    )
