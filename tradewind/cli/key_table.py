"""Keys as people and programs read them; never the keys themselves."""

import json
from collections.abc import Sequence
from datetime import datetime

from tradewind.aws.athena import ResultColumn
from tradewind.cli.row_formats import as_table
from tradewind.keys import KeyRecord

_TITLES = ("id", "kind", "source", "origins", "rate", "created (UTC)", "state")


def table(records: Sequence[KeyRecord], now: datetime) -> list[str]:
    """Return the keys as aligned lines, oldest first."""
    if not records:
        return ["no keys yet: tradewind keys create --source web"]
    columns = [ResultColumn(title, "bigint" if title == "rate" else "varchar") for title in _TITLES]
    return list(as_table(columns, [_row(record, now) for record in records]))


def as_json(records: Sequence[KeyRecord], now: datetime) -> str:
    """Return a JSON array of the keys; null where a key has no such thing."""
    return json.dumps(
        [
            {
                "id": record.id,
                "kind": record.kind,
                "source": record.source,
                "origins": sorted(record.origins),
                "rate": record.rate,
                "created_at": record.created_at.isoformat(),
                "revoked_at": record.revoked_at.isoformat() if record.revoked_at else None,
                "rotated_to": record.rotated_to,
                "app_id": record.app_id,
                "acl": list(record.rights.acl),
                "indexes": list(record.rights.indexes),
                "works": record.works(now),
            }
            for record in records
        ],
        indent=2,
    )


def about(record: KeyRecord) -> str:
    """Return what a key is for: "write key of source web, pages of https://shop.example.com, 200 requests a second"."""
    parts = [f"{record.kind} key" + (f" of source {record.source}" if record.source else "")]
    parts += [f"may {', '.join(record.custom.acl)}"] if record.custom else []
    parts += [f"in {', '.join(record.custom.indexes)}"] if record.custom and record.custom.indexes else []
    parts += [f"pages of {', '.join(sorted(record.origins))}"] if record.origins else []
    parts += [f"{record.rate} requests a second"] if record.rate else []
    return ", ".join(parts)


def state(record: KeyRecord, now: datetime) -> str:
    """Return works, works until, revoked or rotated, with what came of it."""
    if record.revoked_at is None:
        return "works"
    when = f"{record.revoked_at:%Y-%m-%d %H:%M:%S}"
    ending = f"works until {when}" if record.works(now) else f"revoked {when}"
    return f"{ending}, rotated to {record.rotated_to}" if record.rotated_to else ending


def _row(record: KeyRecord, now: datetime) -> tuple[str, ...]:
    return (
        record.id,
        record.kind,
        record.source or "",
        " ".join(sorted(record.origins)) or "any",
        str(record.rate) if record.rate is not None else "",
        f"{record.created_at:%Y-%m-%d %H:%M:%S}",
        state(record, now),
    )
