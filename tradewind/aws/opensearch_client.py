"""The client of an OpenSearch cluster: a domain, a serverless collection, or a server at OPENSEARCH_URL.

opensearch-py is imported here and in the modules beside this one alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection
from opensearchpy.exceptions import OpenSearchException, TransportError
from opensearchpy.serializer import JSONSerializer

from tradewind.errors import InputError
from tradewind.search.index import IndexUnavailable

ClusterKind = Literal["server", "domain", "serverless"]

_SERVICES = {"domain": "es", "serverless": "aoss"}  # names that SigV4 knows the two by
_SEARCH_SECONDS = 3.0  # a browser waits: better the fallback than a late answer
_WRITE_SECONDS = 60.0  # of a bulk or of making an index


class _Orjson(JSONSerializer):
    """Candidates by meaning come as some 2,000 hits: orjson reads them in a fifth of the time."""

    def dumps(self, data: Any) -> Any:
        return data if isinstance(data, str | bytes) else orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def loads(self, data: Any) -> Any:
        return orjson.loads(data)


def connect(url: str, kind: ClusterKind, *, writing: bool = False) -> OpenSearch:
    """Return a client. Calls to a domain or a collection are signed with the credentials of this process.

    Raises: InputError for what is no address.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise InputError("OPENSEARCH_URL", repr(url), "give an address like https://search.example.com or unset it")
    return OpenSearch(
        hosts=[url],
        http_auth=None if kind == "server" else _signature(kind),
        connection_class=Urllib3HttpConnection,
        serializer=_Orjson(),
        timeout=_WRITE_SECONDS if writing else _SEARCH_SECONDS,
        max_retries=2,
        retry_on_timeout=not writing,
        pool_maxsize=8,
        ssl_show_warn=False,
    )


def _signature(kind: ClusterKind) -> Urllib3AWSV4SignerAuth:
    import boto3

    session = boto3.Session()
    return Urllib3AWSV4SignerAuth(session.get_credentials(), session.region_name, _SERVICES[kind])


@contextmanager
def unavailable(what: str) -> Iterator[None]:
    """Raise IndexUnavailable for any failure of the cluster in the block; it says `what`, why, and the way out."""
    try:
        yield
    except TransportError as error:
        raise IndexUnavailable(f"{what}: {_reason(error)}") from error
    except OpenSearchException as error:
        raise IndexUnavailable(f"{what}: {error}") from error


def _reason(error: TransportError) -> str:
    if error.status_code == "N/A" or error.status_code == "TIMEOUT":
        return f"the cluster does not answer ({error.error}): see that it runs and that OPENSEARCH_URL is its address"
    if error.status_code == 404:
        return "there is no such index on the cluster: fill it with `tradewind index backfill`"
    if error.status_code in (401, 403):
        return "the cluster refused the credentials: grant this role access to the domain or collection"
    if error.status_code == 429:
        return "the cluster is busy: try again, or give it more nodes"
    return f"the cluster answered {error.status_code} ({_root_cause(error)})"


def _root_cause(error: TransportError) -> str:
    info = error.info if isinstance(error.info, Mapping) else {}
    told = info.get("error")
    causes = told.get("root_cause", []) if isinstance(told, Mapping) else []
    return "; ".join(str(cause.get("reason")) for cause in causes) or str(error.error)


def checked(answer: Mapping[str, Any], index: str) -> Mapping[str, Any]:
    """Return an answer that is whole. Raises: IndexUnavailable for an error, a time-out, or a shard that failed."""
    if "error" in answer:
        causes = answer["error"].get("root_cause", [])
        reasons = "; ".join(str(cause.get("reason")) for cause in causes) or answer["error"].get("reason")
        raise IndexUnavailable(f"index {index}: the cluster answered {answer.get('status')} ({reasons})")
    if answer.get("timed_out"):
        raise IndexUnavailable(f"index {index}: the search took too long: give the cluster more nodes")
    failed = answer.get("_shards", {}).get("failed", 0)
    if failed:
        raise IndexUnavailable(f"index {index}: {failed} shards failed: see the health of the cluster")
    return answer
