"""Staging a cleaned load and putting it in place, so that it can be killed anywhere and repeated.

A staged attempt is a folder of files and `staged.json`, written last, which says what each file becomes.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from tradewind.lake import layout
from tradewind.sales.loads import Counts, Load
from tradewind.sales.stores import SalesStores

Clock = Callable[[], datetime]

_RECORD = "staged.json"


class StagingGoneError(Exception):
    """The staged files of a committed attempt have expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What an attempt staged for a load."""

    load: str
    upload_id: str
    message_id: str  # the message that asked for it
    counts: Counts
    money: Mapping[str, Decimal] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # key under clean/ or quarantine/ -> staged key

    def to_json(self) -> str:
        return json.dumps(
            {
                "load": self.load,
                "upload_id": self.upload_id,
                "message_id": self.message_id,
                "read": self.counts.read,
                "sales": self.counts.sales,
                "returns": self.counts.returns,
                "quarantined": dict(self.counts.quarantined),
                "money": {kind: str(total) for kind, total in self.money.items()},
                "files": dict(self.files),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Staged":
        record = json.loads(text)
        return cls(
            load=record["load"],
            upload_id=record["upload_id"],
            message_id=record["message_id"],
            counts=Counts(
                read=record["read"],
                sales=record["sales"],
                returns=record["returns"],
                quarantined=record["quarantined"],
            ),
            money={kind: Decimal(total) for kind, total in record["money"].items()},
            files=record["files"],
        )


def staged_files(load: str, keys: Iterator[str] | list[str], prefix: str) -> dict[str, str]:
    """Return what each Parquet file under `prefix` becomes: {key in its zone: staged key}.

    `keys` are `<prefix>clean/month=YYYY-MM/<file>.parquet` and `<prefix>quarantine/<file>.parquet`; several files of
    one month are numbered in the order of their names.
    """
    files: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for key in sorted(key for key in keys if key.endswith(".parquet")):
        folder = key.removeprefix(prefix).rpartition("/")[0]
        index = numbers[folder] = numbers.get(folder, -1) + 1
        month = folder.removeprefix("clean/month=")
        if month != folder:
            files[layout.clean_sales_key(load, month, index=index)] = key
        elif folder == "quarantine":
            files[layout.quarantine_sales_key(load, index=index)] = key
    return files


def stage_folder(stores: SalesStores, folder: Path, prefix: str) -> list[str]:
    """Upload the Parquet files of `folder` under `prefix` and return their keys."""
    keys = []
    for path in sorted(folder.rglob("*.parquet")):
        key = prefix + path.relative_to(folder).as_posix()
        stores.lake.put_file(key, path)
        keys.append(key)
    return keys


def stage_record(stores: SalesStores, staged: Staged, prefix: str) -> None:
    """Write down what was staged: the last write of staging."""
    stores.lake.put_text(prefix + _RECORD, staged.to_json())


def publish(stores: SalesStores, load: str, committed: str, *, clock: Clock) -> Load:
    """Put the files of attempt `committed` in place, delete what the load no longer has, and say that it is clean.

    Repeating it ends in the same files.

    Raises: StagingGoneError where there is nothing staged any more.
    """
    prefix = layout.staging_prefix(load, committed)
    text = stores.lake.read_text(prefix + _RECORD)
    if text is None:
        raise StagingGoneError(prefix)
    staged = Staged.from_json(text)
    for target, source in staged.files.items():
        stores.lake.copy(source, target)
    stores.lake.delete(key for key in list(published_keys(stores, load)) if key not in staged.files)
    record = stores.loads.finish(
        load,
        committed,
        answered=staged.message_id,
        upload_id=staged.upload_id,
        counts=staged.counts,
        money=staged.money,
        now=clock(),
    )
    stores.lake.delete(list(stores.lake.list(prefix)))
    return record


def published_keys(stores: SalesStores, load: str) -> Iterator[str]:
    """Yield the keys of a load's files in clean/ and quarantine/."""
    own = layout.load_slug(load) + "-"
    for zone in (layout.CLEAN_SALES, layout.QUARANTINE_SALES):
        for key in stores.lake.list(zone):
            if key.rpartition("/")[2].startswith(own):
                yield key
