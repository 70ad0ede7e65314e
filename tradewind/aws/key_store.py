"""The keys table: the hash of each key and what it may do.

Item: key_hash, kind, source, origins (a set; absent: any), rate (absent: unlimited), created_at, revoked_at (absent:
it works; ahead: it works until then), rotated_to (id of the key that took its place), app_id (absent: any), rights
(JSON, of kind custom), plain (the key itself, only where it does nothing but read).
"""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from tradewind.events.collecting.write_keys import WriteKey
from tradewind.key_rights import Rights
from tradewind.keys import FIRST_SOURCE, KeyChanged, KeyRecord, Keys, Kind, kept_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_CHANGING = ("revoked_at", "rotated_to", "rights")  # all else of a record stays as it was made


class KeyStore:
    """Records of keys by the hash of the key."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def register(self, keys: Keys, now: datetime) -> int:
        """Store the records that are not there yet and return how many; the same keys again change nothing."""
        sources = {"write": FIRST_SOURCE}
        made = [
            KeyRecord(
                key_hash=key_hash,
                kind=kind,
                source=sources.get(kind),
                created_at=now,
                app_id=keys.app_id,
                plain=kept_text(keys.of(kind), kind),
            )
            for key_hash, kind in keys.records()
        ]
        added = [self.add(record) for record in made]
        for record, is_new in zip(made, added, strict=True):
            if not is_new and record.plain:
                self._complete(record)
        return sum(added)

    def add(self, record: KeyRecord) -> bool:
        """Store a record and return True; False where the key has one already, which stays as it is."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_encode(record),
                ConditionExpression="attribute_not_exists(key_hash)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def list(self) -> list[KeyRecord]:
        """Return all records, oldest first."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        records = [_decode(item) for page in pages for item in page["Items"]]
        return sorted(records, key=lambda record: (record.created_at, record.key_hash))

    def app_id(self) -> str | None:
        """Return the application id that the oldest key with one has; None where no key has one."""
        return next((record.app_id for record in self.list() if record.app_id), None)

    def record(self, key_hash: str) -> KeyRecord | None:
        """Return all that is known of the key with this hash, None for an unknown one."""
        return self._get(key_hash)

    def signing(self) -> Sequence[KeyRecord]:
        """Return the records of the keys whose text is kept: any of them may have signed a secured key."""
        return [record for record in self.list() if record.plain]

    def find(self, key_hash: str) -> WriteKey | None:
        """Return what the collector asks of the key with this hash, None for an unknown one."""
        record = self._get(key_hash)
        return WriteKey.of(record) if record else None

    def kind_of(self, key_hash: str) -> str | None:
        """Return what the key with this hash may do (write, search, admin), None for an unknown one."""
        record = self._get(key_hash)
        return record.kind if record else None

    def change(self, record: KeyRecord, changed: KeyRecord) -> None:
        """Store `changed` in place of `record`. Raises: KeyChanged where it is not as in `record` any more."""
        values = {f":{name}": value for name, value in _encode(record).items() if name in _CHANGING}
        terms = [f"{name} = :{name}" if f":{name}" in values else f"attribute_not_exists({name})" for name in _CHANGING]
        condition: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_encode(changed),
                ConditionExpression=" AND ".join(["attribute_exists(key_hash)", *terms]),
                **condition,
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise KeyChanged(record.key_hash) from error

    def _complete(self, record: KeyRecord) -> None:
        """Give a record from before search keys could sign what it lacks."""
        with contextlib.suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key={"key_hash": {"S": record.key_hash}},
                UpdateExpression="SET plain = :plain, app_id = :app_id",
                ConditionExpression="attribute_not_exists(plain)",
                ExpressionAttributeValues={":plain": {"S": record.plain or ""}, ":app_id": {"S": record.app_id or ""}},
            )

    def _get(self, key_hash: str) -> KeyRecord | None:
        answer = self._client.get_item(TableName=self._table, Key={"key_hash": {"S": key_hash}}, ConsistentRead=True)
        return _decode(answer["Item"]) if "Item" in answer else None


def _encode(record: KeyRecord) -> "dict[str, AttributeValueTypeDef]":
    item: dict[str, AttributeValueTypeDef] = {
        "key_hash": {"S": record.key_hash},
        "kind": {"S": record.kind},
        "created_at": {"S": record.created_at.isoformat()},
    }
    if record.source:
        item["source"] = {"S": record.source}
    if record.origins:
        item["origins"] = {"SS": sorted(record.origins)}
    if record.rate is not None:
        item["rate"] = {"N": str(record.rate)}
    if record.revoked_at is not None:
        item["revoked_at"] = {"S": record.revoked_at.isoformat()}
    if record.rotated_to is not None:
        item["rotated_to"] = {"S": record.rotated_to}
    if record.app_id is not None:
        item["app_id"] = {"S": record.app_id}
    if record.custom is not None:
        item["rights"] = {"S": record.custom.as_json()}
    if record.plain is not None:
        item["plain"] = {"S": record.plain}
    return item


def _decode(item: "Mapping[str, AttributeValueTypeDef]") -> KeyRecord:
    return KeyRecord(
        key_hash=item["key_hash"]["S"],
        kind=cast("Kind", item["kind"]["S"]),
        source=item["source"]["S"] if "source" in item else None,
        origins=frozenset(item["origins"]["SS"]) if "origins" in item else frozenset(),
        rate=int(item["rate"]["N"]) if "rate" in item else None,
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        revoked_at=datetime.fromisoformat(item["revoked_at"]["S"]) if "revoked_at" in item else None,
        rotated_to=item["rotated_to"]["S"] if "rotated_to" in item else None,
        app_id=item["app_id"]["S"] if "app_id" in item else None,
        custom=Rights.from_json(item["rights"]["S"]) if "rights" in item else None,
        plain=item["plain"]["S"] if "plain" in item else None,
    )
