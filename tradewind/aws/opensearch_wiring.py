"""Whether a cluster answers searches, and which: for the composition roots of search and of the indexer.

OPENSEARCH_URL is the address, OPENSEARCH_KIND domain or serverless (signed requests) or server (the default).
Without an address the embedded engine does all, and opensearch-py is never imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from tradewind.catalog.publishing import Publisher
from tradewind.config import HOW_TO_GET_OPENSEARCH
from tradewind.errors import InputError
from tradewind.search.encoder import TextEncoder
from tradewind.search.fallback import FallbackReader, Reader
from tradewind.search.two_engines import BothPublishers

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from tradewind.aws.opensearch_client import ClusterKind
    from tradewind.aws.opensearch_publisher import OpenSearchPublisher
    from tradewind.aws.opensearch_reader import OpenSearchReader


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where a cluster is and how it is asked."""

    url: str
    kind: "ClusterKind"


def cluster_address(environ: Mapping[str, str]) -> ClusterAddress | None:
    """Return the cluster that the environment names, None for none. Raises: InputError."""
    url = environ.get("OPENSEARCH_URL")
    if not url:
        return None
    kind = environ.get("OPENSEARCH_KIND", "server")
    if kind not in ("server", "domain", "serverless"):
        raise InputError("OPENSEARCH_KIND", repr(kind), "choose one of server, domain, serverless")
    return ClusterAddress(url.rstrip("/"), cast("ClusterKind", kind))


def cluster_of_function(lambda_: "LambdaClient", name: str) -> ClusterAddress | None:
    """Return the cluster that a deployed function asks; None where it knows none or is not deployed."""
    try:
        told = lambda_.get_function_configuration(FunctionName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return cluster_address(told.get("Environment", {}).get("Variables", {}))


def needed_cluster(environ: Mapping[str, str]) -> ClusterAddress:
    """Return the cluster that the environment names. Raises: InputError that says how to get one."""
    found = cluster_address(environ)
    if found is None:
        raise InputError("OPENSEARCH_URL", "is not set", HOW_TO_GET_OPENSEARCH)
    return found


def cluster_reader(cluster: ClusterAddress, env: str, *, pointer_seconds: float) -> "OpenSearchReader":
    """Return the indexes of `env` on the cluster."""
    from tradewind.aws.opensearch_client import connect
    from tradewind.aws.opensearch_reader import OpenSearchReader

    return OpenSearchReader(connect(cluster.url, cluster.kind), env, pointer_seconds=pointer_seconds)


def version_of(cluster: ClusterAddress) -> str | None:
    """Return the version that the cluster says it has; a serverless collection says none. Raises: IndexUnavailable."""
    from tradewind.aws.opensearch_client import connect, unavailable

    if cluster.kind == "serverless":
        return None
    with unavailable("the version of the cluster"):
        return str(connect(cluster.url, cluster.kind).info()["version"]["number"])


def cluster_publisher(
    cluster: ClusterAddress, env: str, encoder: Callable[[], TextEncoder | None]
) -> "OpenSearchPublisher":
    """Return the writer of the indexes of `env` on the cluster."""
    from tradewind.aws.opensearch_client import connect
    from tradewind.aws.opensearch_publisher import OpenSearchPublisher
    from tradewind.search.opensearch.mapping import IndexShape

    serverless = cluster.kind == "serverless"
    shape = IndexShape(
        replicas=1 if cluster.kind == "domain" else 0,  # an alone node leaves it unassigned, and answers all the same
        vectors="faiss" if serverless else "lucene",
        refresh=not serverless,
    )
    client = connect(cluster.url, cluster.kind, writing=True)
    return OpenSearchPublisher(client, env, encoder, kind=cluster.kind, shape=shape)


def reader_with_cluster(
    embedded: Reader,
    environ: Mapping[str, str],
    env: str,
    *,
    pointer_seconds: float,
    cluster_answers: Callable[[str], bool],
) -> Reader:
    """Return what opens indexes: those that the cluster answers there, all others and as fallback in `embedded`."""
    cluster = cluster_address(environ)
    if cluster is None:
        return embedded
    first = cluster_reader(cluster, env, pointer_seconds=pointer_seconds)
    return FallbackReader(first, embedded, first_answers=cluster_answers)


def publisher_with_cluster(
    embedded: Publisher, environ: Mapping[str, str], env: str, encoder: Callable[[], TextEncoder | None]
) -> Publisher:
    """Return what publishes: to both engines where the environment names a cluster, else `embedded`."""
    cluster = cluster_address(environ)
    return embedded if cluster is None else BothPublishers(cluster_publisher(cluster, env, encoder), embedded)
