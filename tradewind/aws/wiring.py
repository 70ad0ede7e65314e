"""The composition root: which client, table, bucket and queue each part gets."""

import os
from functools import cache

from tradewind.aws import clients
from tradewind.aws.lake_store import LakeStore
from tradewind.aws.load_store import LoadStore
from tradewind.aws.sales_job import SalesJob
from tradewind.aws.sales_queue import SalesQueue
from tradewind.aws.settings import Settings
from tradewind.config import config_for
from tradewind.deployment import LOCAL, Deployment
from tradewind.sales.stores import SalesStores


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


def forget() -> None:
    """Drop what was built: settings and endpoints are read again on next use."""
    for built in (settings, load_store, lake_store, sales_queue, sales_stores):
        built.cache_clear()
    for client in (clients.s3, clients.dynamodb, clients.sqs, clients.glue, clients.athena, clients.cloudformation):
        client.cache_clear()
    clients.sts.cache_clear()


def _sales_queue(here: Settings) -> SalesQueue:
    url = here.sales_queue_url or _queue_url(here.sales_queue or "")
    dead = here.sales_dead_letter_queue
    return SalesQueue(clients.sqs(), url, _queue_url(dead) if dead else None)


def _queue_url(name: str) -> str:
    return clients.sqs().get_queue_url(QueueName=name)["QueueUrl"]
