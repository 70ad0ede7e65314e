"""The composition root: which client, table, bucket and queue each part gets."""

import os
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from tradewind.aws import clients
from tradewind.aws.lake_store import LakeStore
from tradewind.aws.load_store import LoadStore
from tradewind.aws.sales_job import SalesJob
from tradewind.aws.sales_queue import SalesQueue
from tradewind.aws.settings import Settings
from tradewind.config import config_for
from tradewind.deployment import LOCAL, Deployment
from tradewind.sales.stores import SalesStores

if TYPE_CHECKING:
    from tradewind.aws.catalog_store import CatalogStore
    from tradewind.aws.catalog_wiring import CatalogSettings
    from tradewind.aws.event_accounts import EventAccounts
    from tradewind.aws.event_stream import EventStream
    from tradewind.aws.event_tail import RefusalTail, StreamTail
    from tradewind.aws.index_reader import IndexReader
    from tradewind.aws.judgement_store import JudgementStore
    from tradewind.aws.key_store import KeyStore
    from tradewind.aws.opensearch_wiring import ClusterAddress
    from tradewind.aws.profile_dead_letters import ProfileDeadLetters
    from tradewind.aws.profiling import Profiling
    from tradewind.aws.snapshot_store import SnapshotStore
    from tradewind.catalog.definition import IndexDefinition
    from tradewind.events.settling.stores import EventStores
    from tradewind.search.embedded.pointer import Engine
    from tradewind.search.index import CatalogIndex


@cache
def settings() -> Settings:
    """Return the settings: of the environment within a function, else of the deployment TRADEWIND_ENV (local)."""
    if "LAKE_BUCKET" in os.environ:
        return Settings.from_environment(os.environ)
    env = os.environ.get("TRADEWIND_ENV", "local")
    return Settings.of(deployment(env), config_for(env, os.environ))


def deployment(env: str) -> Deployment:
    """Return where `env` lives: for an account, that of the caller's profile."""
    if env == "local":
        return LOCAL
    sts = clients.sts()
    return Deployment(env=env, account=sts.get_caller_identity()["Account"], region=sts.meta.region_name)


@cache
def load_store() -> LoadStore:
    return LoadStore(clients.dynamodb(), settings().loads_table)


@cache
def lake_store() -> LakeStore:
    return LakeStore(clients.s3(), settings().lake_bucket)


@cache
def sales_queue() -> SalesQueue:
    return _sales_queue(settings())


@cache
def sales_stores() -> SalesStores:
    return stores_of(settings())


def stores_of(here: Settings) -> SalesStores:
    """Return the stores of the sales path where `here` says."""
    queue = _sales_queue(here)
    places = {
        "--env": here.env,
        "--lake_bucket": here.lake_bucket,
        "--loads_table": here.loads_table,
        "--sales_job": here.sales_job,
        "--sales_queue_url": queue.url,
    }
    return SalesStores(
        loads=LoadStore(clients.dynamodb(), here.loads_table),
        lake=LakeStore(clients.s3(), here.lake_bucket),
        queue=queue,
        job=SalesJob(clients.glue(), here.sales_job, places),
        limits=here.limits,
    )


# What follows is imported on use: not every function has the libraries for it.
def key_store() -> "KeyStore":
    """Return the keys of the deployment TRADEWIND_ENV."""
    from tradewind.aws.key_store import KeyStore

    return KeyStore(clients.dynamodb(), _addressed().keys_table)


def stream_tail(since: datetime | None) -> "StreamTail":
    """Return the stream of the deployment TRADEWIND_ENV, open from `since`; None: from what arrives next."""
    from tradewind.aws.event_tail import StreamTail

    return StreamTail(clients.kinesis(), _addressed().events_stream, since=since)


def refusal_tail(since: datetime) -> "RefusalTail":
    """Return the refusals of the deployment TRADEWIND_ENV from `since`."""
    from tradewind.aws.event_tail import RefusalTail

    return RefusalTail(clients.dynamodb(), _addressed().refusals_table, since=since)


@cache
def event_stores() -> "EventStores":
    """Return what cleans events: of the environment within the function, else of the deployment TRADEWIND_ENV."""
    from tradewind.aws import event_cleaning

    if "CLEANINGS_TABLE" in os.environ:
        return event_cleaning.stores_of_function(os.environ)
    return event_cleaning.stores_of(_addressed(), config_for(_addressed().env, os.environ))


def event_accounts() -> "EventAccounts":
    """Return what became of the events of the deployment TRADEWIND_ENV."""
    from tradewind.aws.cleaning_store import CleaningStore
    from tradewind.aws.event_accounts import EventAccounts
    from tradewind.aws.receipt_settlement import ReceiptSettlement
    from tradewind.aws.refusal_store import RefusalStore

    here, dynamodb = _addressed(), clients.dynamodb()
    return EventAccounts(
        CleaningStore(dynamodb, here.cleanings_table),
        ReceiptSettlement(dynamodb, here.receipts_table),
        LakeStore(clients.s3(), here.lake_bucket),
        RefusalStore(dynamodb, here.refusals_table),
    )


def event_stream() -> "EventStream":
    """Return the stream of the deployment TRADEWIND_ENV, for sending again."""
    from tradewind.aws.event_stream import EventStream

    return EventStream(clients.kinesis(), _addressed().events_stream)


def profile_dead_letters() -> "ProfileDeadLetters":
    from tradewind.aws.profile_dead_letters import ProfileDeadLetters
    from tradewind.aws.work_queue import WorkQueue

    here = _addressed()
    letters = _queue_url(here.profiles_dead_letter_queue)
    return ProfileDeadLetters(
        WorkQueue(clients.sqs(), letters, letters),
        clients.kinesis(),
        clients.lambda_(),
        stream=here.events_stream,
        function=here.function("update_profiles"),
    )


@cache
def profiling() -> "Profiling":
    """Return what update_profiles needs."""
    from tradewind.aws.profiling import Profiling

    return Profiling.from_environment(clients.dynamodb(), os.environ)


def catalog_store() -> "CatalogStore":
    """Return the catalogue of the deployment TRADEWIND_ENV."""
    from tradewind.aws import catalog_wiring

    return catalog_wiring.catalog_store(_catalog())


@cache
def index_reader() -> "IndexReader":
    """Return the published indexes of the deployment TRADEWIND_ENV."""
    from tradewind.aws import catalog_wiring

    return catalog_wiring.index_reader(_catalog())


def snapshot_store() -> "SnapshotStore":
    """Return the bucket of indexes of the deployment TRADEWIND_ENV."""
    from tradewind.aws.snapshot_store import SnapshotStore

    return SnapshotStore(clients.s3(), _addressed().indexes_bucket)


def judgement_store() -> "JudgementStore":
    """Return the judgements that guard the settings of the deployment TRADEWIND_ENV."""
    from tradewind.aws.judgement_store import JudgementStore

    return JudgementStore(clients.s3(), _addressed().lake_bucket)


def open_index(name: str, engine: "Engine | None" = None) -> "tuple[CatalogIndex, IndexDefinition]":
    """Return a published index and its definition, of `engine`; None: as shoppers get it, with the fallback.

    Raises: UnknownIndex, IndexUnavailable, InputError for an OpenSearch that is not there.
    """
    wanted = engine or answering_engine(name)
    if wanted == "embedded":
        return index_reader().named(name)
    from tradewind.aws.opensearch_wiring import cluster_reader, needed_cluster
    from tradewind.search.fallback import FallbackReader

    on_cluster = cluster_reader(cluster() or needed_cluster(os.environ), _addressed().env, pointer_seconds=0)
    return (on_cluster if engine else FallbackReader(on_cluster, index_reader())).named(name)


def answering_engine(name: str) -> "Engine":
    """Return the engine that answers shoppers' searches in an index."""
    from tradewind.aws.answering_engines import AnsweringEngines

    moved = AnsweringEngines(snapshot_store(), pointer_seconds=0).is_cluster(name)
    return "opensearch" if moved and cluster() else "embedded"


def cluster() -> "ClusterAddress | None":
    """Return the cluster that the environment names, else that of the deployed functions; None for none."""
    from tradewind.aws.opensearch_wiring import cluster_address

    return cluster_address(os.environ) or cluster_of_functions(_addressed().env)


def cluster_of_functions(env: str) -> "ClusterAddress | None":
    """Return the cluster that the deployed search function asks; None where it knows none or is not deployed."""
    from tradewind.aws.opensearch_wiring import cluster_of_function

    return cluster_of_function(clients.lambda_(), deployment(env).function("search_products"))


def cluster_version() -> str | None:
    """Return the version of the cluster, None where there is none or it has none. Raises: IndexUnavailable."""
    from tradewind.aws.opensearch_wiring import version_of

    found = cluster()
    return version_of(found) if found else None


def _catalog() -> "CatalogSettings":
    from tradewind.aws.catalog_wiring import CatalogSettings

    return CatalogSettings.of(_addressed(), config_for(_addressed().env, os.environ).search)


def forget() -> None:
    """Drop what was built: settings and endpoints are read again on next use."""
    for built in (settings, load_store, lake_store, sales_queue, sales_stores, event_stores, profiling, index_reader):
        built.cache_clear()
    for clear in (
        clients.s3.cache_clear,
        clients.dynamodb.cache_clear,
        clients.quick_dynamodb.cache_clear,
        clients.sqs.cache_clear,
        clients.kinesis.cache_clear,
        clients.putting_kinesis.cache_clear,
        clients.brief_kinesis.cache_clear,
        clients.brief_dynamodb.cache_clear,
        clients.firehose.cache_clear,
        clients.glue.cache_clear,
        clients.athena.cache_clear,
        clients.cloudformation.cache_clear,
        clients.lambda_.cache_clear,
        clients.sts.cache_clear,
    ):
        clear()


def _addressed() -> Deployment:
    return deployment(os.environ.get("TRADEWIND_ENV", "local"))


def _sales_queue(here: Settings) -> SalesQueue:
    url = here.sales_queue_url or _queue_url(here.sales_queue or "")
    dead = here.sales_dead_letter_queue
    return SalesQueue(clients.sqs(), url, _queue_url(dead) if dead else None)


def _queue_url(name: str) -> str:
    return clients.sqs().get_queue_url(QueueName=name)["QueueUrl"]
