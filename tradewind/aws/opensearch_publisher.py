"""Fills indexes on a cluster: a new version behind an alias, or changes of the live one."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tradewind.aws.opensearch_client import ClusterKind, unavailable
from tradewind.aws.opensearch_reader import live_version
from tradewind.aws.opensearch_writer import IndexWriter
from tradewind.catalog.publishing import Changes, Published, PublisherMovedError
from tradewind.catalog.raw_definition import RawDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import IndexUnavailable
from tradewind.search.opensearch import decoding, queries
from tradewind.search.opensearch.conditions import ALL
from tradewind.search.opensearch.layout import Layout, layout_of
from tradewind.search.opensearch.mapping import IndexShape, create_body
from tradewind.search.opensearch.version_facts import VersionFacts, alias_of, all_versions, fingerprint, index_of

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

logger = logging.getLogger(__name__)

_READ_AT_ONCE = 500
_LOWEST_FLOOR = 0.25  # of an index without vectors


class OpenSearchPublisher:
    """The one writer of the indexes of an environment on a cluster. Implements `catalog.publishing.Publisher`."""

    def __init__(
        self,
        client: "OpenSearch",
        env: str,
        encoder: Callable[[], TextEncoder | None],
        *,
        kind: ClusterKind = "server",
        shape: IndexShape | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._env = env
        self._encoder = encoder
        self._kind = kind
        self._shape = shape or IndexShape()
        self._clock = clock
        self._pause = pause

    def knows(self, index_id: str, name: str) -> bool:
        return self._of_generation(index_id, name) is not None

    def publish(self, changes: Changes, *, encode_for: Callable[[], bool]) -> Published:
        """Change the live version; or make a new one, where all is new, or its fields or its encoder are others.

        Doing it twice gives the same index, and a call that is cut short can be done again.
        """
        encoder = self._encoder()
        live = self._of_generation(changes.index_id, changes.name)
        if live is None and not changes.whole:
            raise PublisherMovedError(f"{changes.name}: the version to build on is gone")
        if live is None or changes.whole or not _continues(live[1], changes, encoder):
            return self._rebuild(changes, encoder, encode_for)
        on_cluster, before = live
        writer = self._writer(on_cluster, changes.definition, encoder, encode_for)
        writer.remove(changes.removes)
        writer.put(changes.puts)
        writer.refresh()
        writer.encode_missing()
        facts = self._facts(changes, encoder.name if encoder else before.encoder, writer, before)
        # A backfill may have made a new version meanwhile: these changes belong into that one.
        still = self._of_generation(changes.index_id, changes.name)
        if still is None or still[0] != on_cluster:
            raise PublisherMovedError(f"{changes.name}: another made a new version meanwhile")
        self._tell(on_cluster, facts)
        self._lead(changes.name, facts, on_cluster)
        return _published(facts, encoder, writer)

    def point(self, name: str, *, index_id: str, definition: RawDefinition) -> None:
        """Let a name lead to the version of a generation, which another name may have led to before."""
        found = self._of_generation(index_id, name)
        if found is None:
            raise IndexUnavailable(f"index {name!r}: generation {index_id} was never published on the cluster")
        on_cluster, before = found
        mine = self._live(name)
        replicas = {**before.replicas, **(mine[1].replicas if mine else {})}
        facts = replace(before, name=name, definition=definition, replicas=replicas, version=self._version())
        self._tell(on_cluster, facts)
        self._lead(name, facts, on_cluster)

    def point_replica(self, name: str, *, primary: str, definition: RawDefinition) -> None:
        live = self._live(primary)
        if live is None:
            raise PublisherMovedError(f"{name}: its primary {primary} is not published yet")
        on_cluster, before = live
        facts = replace(before, replicas={**before.replicas, name: definition}, version=self._version())
        self._tell(on_cluster, facts)
        self._lead(name, facts, on_cluster)

    def remove(self, name: str) -> None:
        """Remove a name, with its replicas where it is a primary; what it led to goes with the next sweep."""
        live = self._live(name)
        if live is None:
            return
        on_cluster, before = live
        gone = [name, *(before.replicas if name == before.name else ())]
        if name != before.name:
            others = {each: definition for each, definition in before.replicas.items() if each != name}
            self._tell(on_cluster, replace(before, replicas=others, version=self._version()))
        with unavailable(f"index {name!r}"):
            aliases = [alias_of(self._env, each) for each in gone]
            self._client.indices.delete_alias(index=on_cluster, name=aliases, ignore=404)

    def lacks_vectors(self, name: str) -> bool:
        encoder, live = self._encoder(), self._live(name)
        if encoder is None or live is None:
            return False
        _, facts = live
        return facts.records > 0 and (facts.unencoded > 0 or facts.encoder != encoder.name)

    def sweep(self, live: frozenset[str]) -> None:
        """Remove versions that no name leads to: those of abandoned generations, and those that were cut short."""
        del live  # the aliases say it
        with unavailable("indexes of the cluster"):
            found = self._client.indices.get_alias(index=all_versions(self._env), allow_no_indices=True)
            for on_cluster in sorted(name for name, told in found.items() if not told["aliases"]):
                self._client.indices.delete(index=on_cluster, ignore_unavailable=True)
                logger.info("%s is gone from the cluster: no name led to it", on_cluster)

    def _rebuild(self, changes: Changes, encoder: TextEncoder | None, encode_for: Callable[[], bool]) -> Published:
        """Make a new version, then let the aliases lead to it at once; shoppers see the old one until then."""
        before = self._live(changes.name)
        on_cluster = index_of(alias_of(self._env, changes.name), self._version())
        layout = _layout(changes.definition)
        with unavailable(f"index {on_cluster}"):
            self._client.indices.create(index=on_cluster, body=create_body(layout, self._shape, {}))
        writer = self._writer(on_cluster, changes.definition, encoder, encode_for)
        sent = 0
        if not changes.whole:
            old = self._of_generation(changes.index_id, changes.name)
            sent += writer.put(self._records(old[0])) if old else 0
            writer.remove(changes.removes)
        sent += writer.put(changes.puts)
        writer.refresh()
        facts = self._facts(changes, encoder.name if encoder else None, writer, before[1] if before else None)
        if (
            changes.whole and facts.records != sent and self._kind != "serverless"
        ):  # a collection refreshes when it likes
            raise IndexUnavailable(f"index {on_cluster}: {sent} records were sent, {facts.records} are there")
        self._tell(on_cluster, facts)
        self._lead(changes.name, facts, on_cluster)
        self.sweep(frozenset())
        return _published(facts, encoder, writer)

    def _records(self, on_cluster: str) -> Iterator[StoredRecord]:
        """Yield all records of a version in the order of their ids."""
        after: str | None = None
        while True:
            with unavailable(f"index {on_cluster}"):
                asked = queries.in_order_of_ids(ALL, after, _READ_AT_ONCE)
                page = decoding.bodies(self._client.search(index=on_cluster, body=asked))
            yield from (StoredRecord(object_id, body) for object_id, body in page)
            if len(page) < _READ_AT_ONCE:
                return
            after = page[-1][0]

    def _live(self, name: str) -> tuple[str, VersionFacts] | None:
        return live_version(self._client, alias_of(self._env, name))

    def _of_generation(self, index_id: str, name: str) -> tuple[str, VersionFacts] | None:
        """Return the published version of a generation: by its name, else by whichever name leads to it."""
        live = self._live(name)
        if live is not None and live[1].index_id == index_id:
            return live
        with unavailable("indexes of the cluster"):
            answer = self._client.indices.get(index=all_versions(self._env), allow_no_indices=True)
        for on_cluster, told in answer.items():
            facts = VersionFacts.from_meta(told["mappings"].get("_meta", {}))
            if told["aliases"] and facts is not None and facts.index_id == index_id:
                return on_cluster, facts
        return None

    def _writer(
        self, on_cluster: str, definition: RawDefinition, encoder: TextEncoder | None, encode_for: Callable[[], bool]
    ) -> IndexWriter:
        return IndexWriter(
            self._client,
            on_cluster,
            layout=_layout(definition),
            settings=definition.parsed().settings,
            encoder=encoder,
            encode_for=encode_for,
            own_ids=self._kind != "serverless",  # a vector collection gives ids itself
            refreshes=self._kind != "serverless",
            pause=self._pause,
        )

    def _facts(
        self, changes: Changes, encoder: str | None, writer: IndexWriter, before: VersionFacts | None
    ) -> VersionFacts:
        records, unencoded = writer.counts()
        floor = writer.floor(records - unencoded)
        if floor is None:
            floor = before.floor if before and before.encoder == encoder else _LOWEST_FLOOR
        return VersionFacts(
            name=changes.name,
            index_id=changes.index_id,
            version=self._version(),
            layout=fingerprint(_layout(changes.definition)),
            encoder=encoder,
            records=records,
            unencoded=unencoded,
            floor=floor,
            definition=changes.definition,
            replicas=before.replicas if before else {},
        )

    def _tell(self, on_cluster: str, facts: VersionFacts) -> None:
        with unavailable(f"index {on_cluster}"):
            self._client.indices.put_mapping(index=on_cluster, body={"_meta": facts.to_meta()})

    def _lead(self, name: str, facts: VersionFacts, on_cluster: str) -> None:
        """Let the aliases of a name and of its replicas lead to one version and to no other, in one step."""
        wanted = {alias_of(self._env, each) for each in (name, *(facts.replicas if name == facts.name else ()))}
        pattern = all_versions(self._env)
        actions: list[dict[str, Any]] = [
            {"remove": {"index": pattern, "alias": alias, "must_exist": False}} for alias in sorted(wanted)
        ]
        actions += [{"add": {"index": on_cluster, "alias": alias}} for alias in sorted(wanted)]
        with unavailable(f"index {on_cluster}"):
            self._client.indices.update_aliases(body={"actions": actions})

    def _version(self) -> str:
        """Return a version that sorts by time."""
        return f"{self._clock():%Y%m%dt%H%M%S.%f}-{uuid4().hex[:4]}"


def _layout(definition: RawDefinition) -> Layout:
    return layout_of(definition.parsed().settings)


def _continues(live: VersionFacts, changes: Changes, encoder: TextEncoder | None) -> bool:
    """Tell whether the live version can be changed into what is wanted."""
    same_fields = live.layout == fingerprint(_layout(changes.definition))
    return same_fields and (encoder is None or live.encoder in (None, encoder.name))


def _published(facts: VersionFacts, encoder: TextEncoder | None, writer: IndexWriter) -> Published:
    return Published(
        version=facts.version,
        records=facts.records,
        unencoded=facts.unencoded,
        encoder=encoder.name if encoder else None,
        size=writer.size(),
    )
