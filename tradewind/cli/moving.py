"""The steps of an index's way to a cluster and back: what `tradewind index` and `make up` do."""

import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from tradewind.catalog.editing import UnknownIndex
from tradewind.errors import InputError

if TYPE_CHECKING:
    from tradewind.aws.catalog_store import CatalogStore
    from tradewind.aws.opensearch_wiring import ClusterAddress
    from tradewind.catalog.definition import IndexDefinition
    from tradewind.catalog.index_name import IndexName
    from tradewind.catalog.publishing import Changes, Published
    from tradewind.evaluation.engines import EngineComparison
    from tradewind.evaluation.gate import Verdict
    from tradewind.search.agreement import Agreement
    from tradewind.search.encoder import TextEncoder
    from tradewind.search.index import CatalogIndex

MOST_QUERIES = 200  # that both engines are asked
_MOST_JUDGED = 300
_SEED = 20090719  # the same judgements give the same interval
_FIRST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """What both engines are asked, and where it is from."""

    texts: Sequence[str]
    source: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What the cluster has of an index. `late`: records that were edited meanwhile; the indexer brings them."""

    published: "Published"
    late: int

    def __str__(self) -> str:
        published = self.published
        with_vector = published.records - published.unencoded
        meaning = f"{with_vector} with a vector" if published.encoder else "by words alone"
        late = f", {self.late} edited meanwhile: the indexer brings them" if self.late else ""
        return f"{published.records} records on the cluster, {meaning}, version {published.version}{late}"


def find_cluster() -> "ClusterAddress":
    """Return the cluster that this process's environment names, else that of the deployed functions.

    Raises: InputError that says how to get one.
    """
    from tradewind.aws import wiring
    from tradewind.aws.opensearch_wiring import needed_cluster

    return wiring.cluster() or needed_cluster(os.environ)


def backfill(env: str, name: str, cluster: "ClusterAddress") -> Filled:
    """Fill a new version of an index on the cluster from the catalogue's store, and let it take the old one's place.

    Raises: InputError for a name that is no index of its own, IndexUnavailable.
    """
    from tradewind.aws import catalog_wiring, wiring
    from tradewind.aws.opensearch_wiring import cluster_publisher
    from tradewind.catalog.publishing import Changes
    from tradewind.catalog.record import StoredRecord

    store = wiring.catalog_store()
    found = store.names.get(name)
    if found is None or found.primary is not None:
        raise InputError("index", repr(name), "there is no such index of its own; `tradewind status` names them")
    publisher = cluster_publisher(cluster, env, catalog_wiring.text_encoder())
    changes = Changes(
        name=name,
        index_id=found.index_id,
        definition=store.definitions.read(found.definition_id),
        puts=(StoredRecord(object_id, body) for object_id, body in store.records(name)),
        whole=True,
    )
    published = publisher.publish(changes, encode_for=lambda: True)
    for replica in found.replicas:
        own = store.names.get(replica)
        if own is not None:
            publisher.point_replica(replica, primary=name, definition=store.definitions.read(own.definition_id))
    now = store.names.get(name)
    if now is None:
        publisher.remove(name)
        raise InputError("index", repr(name), "it was deleted meanwhile")
    return Filled(published, _catch_up(env, store, cluster, changes, now))


def _catch_up(env: str, store: "CatalogStore", cluster: "ClusterAddress", filled: "Changes", now: "IndexName") -> int:
    """Ask the indexer for what was edited while a version was filled, and return how many records those are.

    The indexer changed the version before meanwhile, which nobody sees any more.
    """
    from tradewind.aws.opensearch_wiring import cluster_reader
    from tradewind.catalog.differences import different
    from tradewind.catalog.record import StoredRecord

    name = filled.name
    if now.index_id != filled.index_id or store.definitions.read(now.definition_id) != filled.definition:
        store.tasks.finish(store.tasks.open("definition", (name,), index_id=now.index_id))
    stored = (StoredRecord(object_id, body) for object_id, body in store.records(name))
    late = different(stored, cluster_reader(cluster, env, pointer_seconds=0).named(name)[0])
    if late:
        store.tasks.finish(store.tasks.open("records", (name,), index_id=now.index_id, object_ids=late))
    return len(late)


def live_queries(name: str) -> Queries:
    """Return what shoppers ask most; names of products where nobody asked yet, or Athena cannot say.

    Raises: InputError for an unknown name.
    """
    from tradewind.aws import live_queries as views
    from tradewind.aws.athena import QueryFailed

    why = "nobody searched yet"
    try:
        if asked := views.live_queries(name, MOST_QUERIES):
            return Queries(texts=asked, source="the most frequent queries of shoppers")
    except QueryFailed as error:
        why = f"view top_queries cannot be read ({error})"
    return Queries(texts=list(_product_names(*_embedded(name))), source=f"names of products: {why}")


def compare(env: str, name: str, cluster: "ClusterAddress", queries: Queries) -> "EngineComparison":
    """Return how far both engines agree on queries, and on the stored judgements of the index.

    Raises: InputError where the cluster has no such index, IndexUnavailable.
    """
    from tradewind.evaluation.engines import EngineComparison
    from tradewind.search.onnx_encoder import encoder_folder, load_encoder

    encoder = load_encoder(encoder_folder(os.environ))
    embedded, there = _embedded(name), on_cluster(env, name, cluster)
    now = datetime.now(UTC)
    rows = [_agreement(query, name, embedded, there, encoder, now) for query in queries.texts]
    return EngineComparison(rows=rows, verdict=_verdict(name, embedded, there, encoder, now))


def on_cluster(env: str, name: str, cluster: "ClusterAddress") -> "tuple[CatalogIndex, IndexDefinition]":
    """Return an index of the cluster and its definition. Raises: InputError where it has none, IndexUnavailable."""
    from tradewind.aws.opensearch_wiring import cluster_reader

    try:
        return cluster_reader(cluster, env, pointer_seconds=0).named(name)
    except UnknownIndex:
        raise InputError(
            "index", repr(name), f"the cluster has none of that name: `tradewind index backfill {name}`"
        ) from None


def flip_to_cluster(env: str, name: str, cluster: "ClusterAddress") -> int:
    """Let the cluster answer an index, and return how many records it has.

    Raises: InputError where the functions do not know the cluster, or where it has not what the embedded engine has.
    """
    from tradewind.aws import wiring
    from tradewind.aws.answering_engines import let_answer

    check_functions_know_it(env)
    there = on_cluster(env, name, cluster)[0].records
    here = _embedded(name)[0].records
    if there != here:
        differ = f"has {here} records embedded and {there} on the cluster"
        raise InputError(f"index {name!r}", differ, f"`tradewind index backfill {name}`, or try again in a moment")
    let_answer(wiring.snapshot_store(), name, "opensearch")
    return there


def flip_back(name: str) -> None:
    """Let the embedded engine answer an index. Raises: InputError for a name that is no index of its own."""
    from tradewind.aws import wiring
    from tradewind.aws.answering_engines import let_answer

    _embedded(name)  # it must be there, and readable
    let_answer(wiring.snapshot_store(), name, "embedded")


def check_functions_know_it(env: str) -> None:
    """Raises: InputError where the functions of a deployment know no cluster, with the setting that tells them."""
    from tradewind.aws import wiring

    if wiring.cluster_of_functions(env) is not None:
        return
    setting = (
        "make up ENGINE=opensearch OPENSEARCH_URL=..."
        if env == "local"
        else f'Config.search.engine = "domain" or "serverless" for {env}, then `make deploy ENV={env}`'
    )
    raise InputError("search", f"the functions of {env} know no cluster", f"first {setting}")


def _embedded(name: str) -> "tuple[CatalogIndex, IndexDefinition]":
    from tradewind.aws import wiring

    try:
        return wiring.index_reader().named(name)
    except UnknownIndex:
        raise InputError("index", repr(name), "there is no such index; `tradewind status` names them") from None


def _product_names(opened: "CatalogIndex", definition: "IndexDefinition") -> Iterator[str]:
    """Yield names of products of an index, those of the first ids."""
    import orjson

    from tradewind.search.product_texts import attribute_texts, place_texts, searched_places

    settings = definition.settings
    for _, body in opened.scan(limit=MOST_QUERIES):
        record = orjson.loads(body)
        field = settings.fields.name
        texts = attribute_texts(record, field) if field else place_texts(record, searched_places(settings)[0])
        yield from islice(texts, 1)


def _agreement(
    query: str,
    name: str,
    embedded: "tuple[CatalogIndex, IndexDefinition]",
    cluster: "tuple[CatalogIndex, IndexDefinition]",
    encoder: "TextEncoder | None",
    now: datetime,
) -> "Agreement":
    from tradewind.search.agreement import Agreement, overlap
    from tradewind.search.answering import answer
    from tradewind.search.request import SearchRequest

    request = SearchRequest(query=query, hits_per_page=_FIRST, analytics=False)
    answers = [
        answer(
            request,
            name=name,
            index=index,
            definition=definition,
            encoder=encoder,
            now=now,
            query_id=uuid.uuid4().hex,
        )
        for index, definition in (embedded, cluster)
    ]
    first, second = ([shown.hit.object_id for shown in each.shown] for each in answers)
    return Agreement(query, overlap(first, second), (answers[0].outcome.count, answers[1].outcome.count))


def _verdict(
    name: str,
    embedded: "tuple[CatalogIndex, IndexDefinition]",
    cluster: "tuple[CatalogIndex, IndexDefinition]",
    encoder: "TextEncoder | None",
    now: datetime,
) -> "Verdict | None":
    """Return how the cluster does on the stored judgements against the embedded engine; None where there are none."""
    from numpy.random import default_rng

    from tradewind.aws import wiring
    from tradewind.evaluation.gate import gate
    from tradewind.evaluation.judgements import drawn
    from tradewind.evaluation.running import Searched, run_scores

    judged = wiring.judgement_store().guarding(name)
    if judged is None:
        return None
    rng = default_rng(_SEED)
    asked = drawn(judged, _MOST_JUDGED, rng)
    both = [
        Searched(index=index, definition=definition, encoder=encoder, now=now)
        for index, definition in (embedded, cluster)
    ]
    before, after = (run_scores(each, asked, each.runs[-1], depth=_FIRST) for each in both)
    return gate(before, after, rng)
