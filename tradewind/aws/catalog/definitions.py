"""Settings, synonyms, rules: items definition#<definition id> / settings, synonym#<id>, rule#<id>; JSON as sent."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import orjson

from tradewind.aws.batches import batch_write
from tradewind.aws.catalog.paging import items_of
from tradewind.catalog.raw_definition import RawDefinition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Kind = Literal["synonym", "rule"]
_SETTINGS = "settings"
_TRIES = 8


class DefinitionStore:
    """The definitions of all indexes."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def read(self, definition_id: str) -> RawDefinition:
        """Return all of a definition, read consistently; empty where nothing was ever set."""
        parts: dict[str, list[Any]] = {"synonym": [], "rule": []}
        settings: Mapping[str, Any] = {}
        for item in items_of(self._client, self._table, _partition(definition_id)):
            kind, _, _ = item["sk"]["S"].partition("#")
            if kind == _SETTINGS:
                settings = orjson.loads(item["json"]["S"])
            else:
                parts[kind].append(orjson.loads(item["json"]["S"]))
        return RawDefinition(settings=settings, synonyms=tuple(parts["synonym"]), rules=tuple(parts["rule"]))

    def settings(self, definition_id: str) -> dict[str, Any]:
        return self._settings(definition_id)[0]

    def change_settings(self, definition_id: str, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        """Replace the settings by what `change` makes of them; again where another writer was quicker."""
        for _ in range(_TRIES):
            before, revision = self._settings(definition_id)
            condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
            if revision:
                condition = {
                    "ConditionExpression": "revision = :read",
                    "ExpressionAttributeValues": {":read": {"N": str(revision)}},
                }
            text = orjson.dumps(change(before)).decode()
            item = {**_key(definition_id, _SETTINGS), "json": {"S": text}, "revision": {"N": str(revision + 1)}}
            try:
                self._client.put_item(TableName=self._table, Item=item, **condition)
            except self._client.exceptions.ConditionalCheckFailedException:
                continue
            return
        raise RuntimeError(f"settings of {definition_id} were changed by others {_TRIES} times meanwhile")

    def entries(self, definition_id: str, kind: Kind) -> list[Mapping[str, Any]]:
        """Return synonyms or rules in the order of their ids."""
        items = items_of(self._client, self._table, _partition(definition_id), beginning=f"{kind}#")
        return [orjson.loads(item["json"]["S"]) for item in items]

    def put_entries(
        self, definition_id: str, kind: Kind, entries: Mapping[str, Mapping[str, Any]], *, replace: bool
    ) -> None:
        """Store entries by their ids; with `replace`, those that are not among them go last."""
        self._put(definition_id, {f"{kind}#{name}": entry for name, entry in entries.items()})
        if not replace:
            return
        items = items_of(self._client, self._table, _partition(definition_id), beginning=f"{kind}#", keys_only=True)
        others = [item["sk"]["S"] for item in items if item["sk"]["S"].partition("#")[2] not in entries]
        self._delete(definition_id, others)

    def delete_entry(self, definition_id: str, kind: Kind, name: str) -> None:
        self._delete(definition_id, [f"{kind}#{name}"])

    def write(self, definition_id: str, definition: RawDefinition) -> None:
        """Store a whole definition under an id that nobody uses yet."""
        self.change_settings(definition_id, lambda _: definition.settings)
        for kind, entries in (("synonym", definition.synonyms), ("rule", definition.rules)):
            self._put(definition_id, {f"{kind}#{entry['objectID']}": entry for entry in entries})

    def drop(self, definition_id: str) -> None:
        """Delete all of a definition that no index has any more."""
        items = items_of(self._client, self._table, _partition(definition_id), keys_only=True)
        self._delete(definition_id, [item["sk"]["S"] for item in items])

    def _settings(self, definition_id: str) -> tuple[dict[str, Any], int]:
        key = _key(definition_id, _SETTINGS)
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return (orjson.loads(item["json"]["S"]), int(item["revision"]["N"])) if item else ({}, 0)

    def _put(self, definition_id: str, entries: Mapping[str, Mapping[str, Any]]) -> None:
        requests = [
            {"PutRequest": {"Item": {**_key(definition_id, name), "json": {"S": orjson.dumps(entry).decode()}}}}
            for name, entry in entries.items()
        ]
        batch_write(self._client, self._table, requests)

    def _delete(self, definition_id: str, names: Sequence[str]) -> None:
        requests = [{"DeleteRequest": {"Key": _key(definition_id, name)}} for name in names]
        batch_write(self._client, self._table, requests)


def _partition(definition_id: str) -> str:
    return f"definition#{definition_id}"


def _key(definition_id: str, name: str) -> dict[str, Any]:
    return {"pk": {"S": _partition(definition_id)}, "sk": {"S": name}}
