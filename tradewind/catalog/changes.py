"""The history of the catalogue: each change of a record as one row of the lake."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChange:
    """A record that was put or removed. The same change has the same id, however often it is delivered."""

    change_id: str
    index_name: str  # its generation where no name leads to it
    object_id: str
    change: Literal["put", "remove"]
    changed_at: str  # ISO 8601, UTC, to the second: that is what the table's stream says
    body: str | None  # the record's JSON; of a removal what it was


def changes_of(records: Iterable[Mapping[str, Any]], *, names: Mapping[str, str]) -> Iterator[ProductChange]:
    """Yield the changes of records in a batch of the table's stream, in order; other items are passed over.

    `names`: the name of each index by its generation; one that is not in it is called by its generation.
    """
    for record in records:
        image = record["dynamodb"]
        partition = image["Keys"]["pk"]["S"]
        if partition.startswith("record#"):
            yield _change(record, image, partition.split("#")[1], names)


def line_of(change: ProductChange) -> bytes:
    """Return a change as Firehose takes it: a line of JSON."""
    return json.dumps(asdict(change), ensure_ascii=False).encode() + b"\n"


def _change(
    record: Mapping[str, Any], image: Mapping[str, Any], index_id: str, names: Mapping[str, str]
) -> ProductChange:
    removed = record["eventName"] == "REMOVE"
    body = (image.get("OldImage") if removed else image.get("NewImage")) or {}
    moment = datetime.fromtimestamp(float(image["ApproximateCreationDateTime"]), UTC)
    return ProductChange(
        change_id=hashlib.sha256(f"{index_id} {record['eventID']}".encode()).hexdigest()[:32],
        index_name=names.get(index_id, index_id),
        object_id=image["Keys"]["sk"]["S"],
        change="remove" if removed else "put",
        changed_at=moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
        body=_text(body.get("body")),
    )


def _text(value: Mapping[str, Any] | None) -> str | None:
    return base64.b64decode(value["B"]).decode() if value else None
