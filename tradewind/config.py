"""What may differ between one shop's environment and another's, in one frozen value.

Lives in the package and not in `stacks/`, because the command and the local cloud read the same limits and ports
(docs/decisions/0002-config-in-the-package.md). It imports nothing, so that every runtime can import it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tradewind.errors import InputError

EnvironmentName = Literal["local", "dev", "prod"]
SearchEngine = Literal["embedded", "domain", "serverless", "server"]

HOW_TO_GET_OPENSEARCH = (
    "give the address of an OpenSearch 2.19 with the k-NN plugin, for example of its container: "
    "docker run -p 9200:9200 -e discovery.type=single-node -e DISABLE_SECURITY_PLUGIN=true "
    "opensearchproject/opensearch:2.19.1, then OPENSEARCH_URL=http://127.0.0.1:9200"
)

KIB = 1024
MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The shop that the data belongs to."""

    name: str = "tradewind"
    currency: str = "GBP"  # ISO 4217
    time_zone: str = "Europe/London"  # IANA; invoice dates of sales files are local to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days that each zone of the lake is kept; None keeps for ever."""

    raw_days: int | None = None  # raw is the truth that everything is rebuilt from
    clean_days: int | None = None
    quarantine_days: int | None = 365
    staging_days: int = 2
    index_days: int = 40  # which events were seen; more than twice Events.duplicate_days. A rebuild makes it again
    stream_days: int = 7  # collected events that no consumer has read yet, and those that a consumer gave up
    replaced_days: int = 30  # earlier versions of replaced and deleted objects, where the bucket keeps versions
    results_days: int = 7  # Athena query results
    logs_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes above which something else happens; bytes."""

    max_upload: int = 5 * GIB  # refused before upload
    spark_above: int = 1 * GIB  # csv and parquet loads above this are cleaned by the Glue Spark job
    max_unpacked_workbook: int = 2 * GIB  # a workbook that unpacks to more is refused (zip bomb)
    # A sheet that spans more is refused: 30 columns down to the last row. The reader holds 32 bytes even an empty cell.
    max_workbook_cells: int = 32_000_000
    scan_limit: int = 10 * GIB  # bytes that one Athena query may scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """How events are taken in, kept apart and forgotten."""

    max_body: int = 4 * MIB  # decompressed bytes of one request; more is refused whole
    max_batch: int = 500 * KIB  # decompressed bytes of the events of one request; the first within it are kept
    max_batch_events: int = 2500
    max_event: int = 32 * KIB
    max_depth: int = 32  # levels of objects and arrays in one event
    record_bytes: int = 25_000  # what Kinesis records are packed towards: Firehose bills steps of 5 KB
    buffer_seconds: int = 60  # how long Firehose gathers before it writes
    duplicate_days: int = 7  # a message id that was received within so many days is a duplicate
    session_gap_minutes: int = 30  # Google Analytics' and Segment's default
    consent_category: str = "analytics"  # key of context.consent.categoryPreferences; false drops the event
    consent_required: bool = False  # also drop events that say nothing about consent
    key_cache_seconds: int = 30  # a revoked key works so much longer
    profile_days: int = 90  # a profile without interactions is forgotten after so many days
    profile_interactions: int = 50  # the last ones that a profile keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """An OpenSearch domain: its nodes of data. Some 3 KB of memory a product with its vector."""

    nodes: int = 2
    instance: str = "r7g.large.search"  # 16 GiB; t3.small.search for a trial, with one node
    volume_gib: int = 20  # gp3, of each node


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How indexes are kept and searched."""

    engine: SearchEngine = "embedded"  # domain, serverless: OpenSearch with k-NN; the embedded one stays as fallback
    cluster: Cluster = field(default_factory=Cluster)  # where `engine` is domain
    server_url: str | None = None  # where `engine` is server: an OpenSearch that runs already
    pointer_seconds: float = 2.0  # a reader looks for a new version so often
    key_cache_seconds: int = 30  # a revoked search key works so much longer
    max_body: int = 10 * MIB  # of one request to the indexes; API Gateway takes no more
    max_batch: int = 10_000  # operations in one request
    max_record: int = 100_000  # bytes
    encode_seconds: int = 60  # how long one run of the indexer computes vectors before it publishes
    development: bool = False  # answers name the parameters that were ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPorts:
    """Loopback ports of the local cloud."""

    cloud: int = 8620  # the AWS APIs
    api: int = 8600  # the shop's HTTP API, a bare origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One environment of one shop."""

    env: EnvironmentName
    shop: Shop = field(default_factory=Shop)
    retention: Retention = field(default_factory=Retention)
    limits: Limits = field(default_factory=Limits)
    events: Events = field(default_factory=Events)
    search: Search = field(default_factory=Search)
    ports: LocalPorts = field(default_factory=LocalPorts)
    alarm_email: str | None = None
    retain_data: bool = True  # stateful resources outlive their stack
    deletion_protection: bool = True  # the second of the two switches before data can be deleted
    allowed_origins: tuple[str, ...] = ("*",)


def config_for(env: str, environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration of `env`; `environ` may override the ports and limits of the local one.

    TRADEWIND_API_PORT, TRADEWIND_CLOUD_PORT, TRADEWIND_MAX_UPLOAD, TRADEWIND_SPARK_ABOVE, TRADEWIND_BUFFER_SECONDS:
    whole numbers, local only.

    Raises: InputError for an unknown environment or an override that is not a whole number.
    """
    if env == "local":
        return _local(environ or {})
    if env == "dev":
        return Config(env="dev", retain_data=False, deletion_protection=False)
    if env == "prod":
        return Config(env="prod", search=Search(engine="domain"))
    raise InputError("environment", repr(env), "choose one of local, dev, prod")


def _local(environ: Mapping[str, str]) -> Config:
    base = Config(env="local", retain_data=False, deletion_protection=False)
    ports = replace(
        base.ports,
        api=_whole_number(environ, "TRADEWIND_API_PORT", base.ports.api),
        cloud=_whole_number(environ, "TRADEWIND_CLOUD_PORT", base.ports.cloud),
    )
    limits = replace(
        base.limits,
        max_upload=_whole_number(environ, "TRADEWIND_MAX_UPLOAD", base.limits.max_upload),
        spark_above=_whole_number(environ, "TRADEWIND_SPARK_ABOVE", base.limits.spark_above),
    )
    # Short, so that an event can be queried seconds after it was sent.
    events = replace(base.events, buffer_seconds=_whole_number(environ, "TRADEWIND_BUFFER_SECONDS", 2))
    retention = replace(base.retention, stream_days=1)  # the stream lives in memory here
    search = _local_search(base.search, environ)
    return replace(base, ports=ports, limits=limits, events=events, retention=retention, search=search)


def _local_search(base: Search, environ: Mapping[str, str]) -> Search:
    """Return the engine that ENGINE names (embedded, opensearch); the latter is at OPENSEARCH_URL."""
    engine = environ.get("ENGINE") or "embedded"
    if engine == "embedded":
        return base
    if engine != "opensearch":
        raise InputError("ENGINE", repr(engine), "choose embedded or opensearch")
    url = environ.get("OPENSEARCH_URL")
    if not url:
        raise InputError("OPENSEARCH_URL", "is not set", HOW_TO_GET_OPENSEARCH)
    return replace(base, engine="server", server_url=url.rstrip("/"))


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise InputError(name, repr(text), "give a whole number, or unset it")
    return int(text)
