"""Names of indexes: items indexes / <name>. Which records and which definition a name leads to."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tradewind.aws.catalog.paging import items_of
from tradewind.catalog.index_name import IndexName

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "indexes"


class NameStore:
    """The names of all indexes."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, name: str) -> IndexName | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(name), ConsistentRead=True)
        return name_in(answer["Item"]) if "Item" in answer else None

    def all(self) -> list[IndexName]:
        """Return all names in their order, read consistently."""
        return [name_in(item) for item in items_of(self._client, self._table, PARTITION)]

    def make(self, wanted: IndexName) -> IndexName:
        """Store a name that is not there, and return what it leads to: another may have been quicker."""
        try:
            self._client.put_item(
                TableName=self._table, Item=item_of(wanted), ConditionExpression="attribute_not_exists(pk)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.get(wanted.name) or self.make(wanted)
        return wanted

    def touch(self, name: str, now: datetime) -> IndexName | None:
        """Say that an index was changed now, and return what its name leads to; None: there is none."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(name),
                UpdateExpression="SET updated_at = :now",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":now": {"S": now.isoformat()}},
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return name_in(answer["Attributes"])

    def note_published(self, name: IndexName, *, records: int, size: int) -> None:
        """Note what was published under a name, unless it leads elsewhere by now."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(name.name),
                UpdateExpression="SET records = :records, #size = :size",
                ConditionExpression="index_id = :index",
                ExpressionAttributeNames={"#size": "size"},
                ExpressionAttributeValues={
                    ":records": {"N": str(records)},
                    ":size": {"N": str(size)},
                    ":index": {"S": name.index_id},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def put_write(self, wanted: IndexName, before: IndexName | None) -> Any:
        """Return the part of a transaction that stores a name if it is as it was read (None: not there)."""
        return {"Put": {"TableName": self._table, "Item": item_of(wanted), **_unchanged(before)}}

    def delete_write(self, before: IndexName) -> Any:
        """Return the part of a transaction that deletes a name if it is as it was read."""
        return {"Delete": {"TableName": self._table, "Key": _key(before.name), **_unchanged(before)}}


def item_of(name: IndexName) -> dict[str, Any]:
    item: dict[str, Any] = {
        **_key(name.name),
        "index_id": {"S": name.index_id},
        "definition_id": {"S": name.definition_id},
        "created_at": {"S": name.created_at.isoformat()},
        "updated_at": {"S": name.updated_at.isoformat()},
        "replicas": {"S": json.dumps(name.replicas)},
        "replicas_as_sent": {"S": json.dumps(name.replicas_as_sent)},
        "demo": {"BOOL": name.demo},
        "records": {"N": str(name.records)},
        "size": {"N": str(name.size)},
    }
    if name.primary is not None:
        item["primary"] = {"S": name.primary}
    return item


def name_in(item: Any) -> IndexName:
    return IndexName(
        name=item["sk"]["S"],
        index_id=item["index_id"]["S"],
        definition_id=item["definition_id"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        updated_at=datetime.fromisoformat(item["updated_at"]["S"]),
        primary=item["primary"]["S"] if "primary" in item else None,
        replicas=tuple(json.loads(item["replicas"]["S"])),
        replicas_as_sent=tuple(json.loads(item["replicas_as_sent"]["S"])),
        demo=item["demo"]["BOOL"],
        records=int(item["records"]["N"]),
        size=int(item["size"]["N"]),
    )


def _key(name: str) -> dict[str, Any]:
    return {"pk": {"S": PARTITION}, "sk": {"S": name}}


def _unchanged(before: IndexName | None) -> dict[str, Any]:
    """Return the condition that a name still leads where it did."""
    if before is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    values = {":index": before.index_id, ":definition": before.definition_id, ":replicas": json.dumps(before.replicas)}
    return {
        "ConditionExpression": "index_id = :index AND definition_id = :definition AND replicas = :replicas",
        "ExpressionAttributeValues": {name: {"S": text} for name, text in values.items()},
    }
