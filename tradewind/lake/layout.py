"""Where each thing lies in the lake bucket. The only place that composes or takes apart its keys."""

import hashlib
import re
from dataclasses import dataclass

RAW_SALES = "raw/sales/"
CLEAN_SALES = "clean/sales/"
QUARANTINE_SALES = "quarantine/sales/"
QUALITY_CHECKS = "quality/checks/"
RAW_EVENTS = "raw/events/"
CLEAN_EVENTS = "clean/events/"
CLEAN_INTERACTIONS = "clean/interactions/"
QUARANTINE_EVENTS = "quarantine/events/"
# What Firehose could not transform or convert: JSON lines with the record in base64.
UNDELIVERED_EVENTS = "quarantine/undelivered/"
# Which message ids and receipts were seen, by received date: how duplicates are found.
INDEX = "index/"
EVENTS_SEEN = f"{INDEX}events-seen/"
RAW_PRODUCT_CHANGES = "raw/product_changes/"
JUDGEMENTS = "evaluations/judgements/"  # of searches; what guards the settings of an index
UNDELIVERED_PRODUCT_CHANGES = "quarantine/undelivered_product_changes/"
STAGING = "staging/"
MANIFEST = "manifest.json"

_UPLOAD_KEY = re.compile(r"raw/sales/(?P<load>[^/]+)/(?P<upload_id>[0-9a-f]{16})/manifest\.json")
_RAW_EVENTS_KEY = re.compile(r"raw/events/received_date=(?P<date>\d{4}-\d{2}-\d{2})/[^/]+")
_DROPPED_KEY = re.compile(r"raw/sales/(?P<load>[^/]+)")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An object under raw/sales/ that starts a cleaning.

    `upload_id` is None for a file dropped into the bucket by hand: a load of one part, named by the file.
    """

    load: str
    upload_id: str | None


def upload_prefix(load: str, upload_id: str) -> str:
    """Return the folder of one upload; its manifest is written last and starts the cleaning."""
    return f"{RAW_SALES}{load}/{upload_id}/"


def part_key(load: str, upload_id: str, *, number: int, of: int, ending: str) -> str:
    """Return the key of part `number` (1-based) of `of`; `ending` without the dot."""
    return f"{upload_prefix(load, upload_id)}part-{number:05d}-of-{of:05d}.{ending}"


def manifest_key(load: str, upload_id: str) -> str:
    return upload_prefix(load, upload_id) + MANIFEST


def arrival(key: str) -> Arrival | None:
    """Return what the new object `key` starts, or None for a part or anything else."""
    if match := _UPLOAD_KEY.fullmatch(key):
        return Arrival(match["load"], match["upload_id"])
    if match := _DROPPED_KEY.fullmatch(key):
        return Arrival(match["load"], None)
    return None


def load_slug(load: str) -> str:
    """Return 16 hex digits that stand for a load's name in file names (names may hold any character but a slash)."""
    return hashlib.sha256(load.encode()).hexdigest()[:16]


def staging_prefix(load: str, attempt: str) -> str:
    """Return the folder that one cleaning attempt writes to before it is published."""
    return f"{STAGING}sales/{load_slug(load)}/{attempt}/"


def clean_sales_key(load: str, month: str, *, index: int = 0) -> str:
    """Return the key of a load's sales of `month` ('YYYY-MM'). The name is fixed, so replacing overwrites in place."""
    return f"{CLEAN_SALES}month={month}/{load_slug(load)}-{index:05d}.parquet"


def quarantine_sales_key(load: str, *, index: int = 0) -> str:
    return f"{QUARANTINE_SALES}{load_slug(load)}-{index:05d}.parquet"


def quality_checks_key(load: str, attempt: str) -> str:
    """Return the key of the check results of one cleaning attempt; results of earlier attempts stay."""
    return f"{QUALITY_CHECKS}{load_slug(load)}-{attempt}.parquet"


def raw_events_prefix(received_date: str) -> str:
    """Return the folder of the raw events that Firehose wrote on `received_date` ('YYYY-MM-DD', UTC)."""
    return f"{RAW_EVENTS}received_date={received_date}/"


def received_date_of(key: str) -> str | None:
    """Return the received date in the key of a raw events object, None for any other key."""
    match = _RAW_EVENTS_KEY.fullmatch(key)
    return match["date"] if match else None


def clean_events_key(date: str) -> str:
    """Return the key of the events that happened on `date` ('YYYY-MM-DD', UTC): one file a day."""
    return f"{CLEAN_EVENTS}month={date[:7]}/{date}.parquet"


def clean_interactions_key(date: str) -> str:
    return f"{CLEAN_INTERACTIONS}month={date[:7]}/{date}.parquet"


def quarantine_events_key(attempt: str) -> str:
    """Return the key of the rejected events that one cleaning attempt found."""
    return f"{QUARANTINE_EVENTS}{attempt}.parquet"


def events_seen_key(received_date: str) -> str:
    return f"{EVENTS_SEEN}{received_date}.parquet"


def events_staging_prefix(attempt: str) -> str:
    return f"{STAGING}events/{attempt}/"
