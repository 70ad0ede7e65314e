"""Generations and definitions that no name leads to: items abandoned / index#<id> or definition#<id>.

What is being made is noted here, too, until its name leads to it: a copy that was killed half-way goes by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from tradewind.aws.catalog.paging import items_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "abandoned"

What = Literal["index", "definition"]


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Records or a definition that may go, unless a name leads to them."""

    what: What
    id: str
    since: datetime


class AbandonedStore:
    """What is to be removed."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def note(self, what: What, id: str, now: datetime) -> None:
        self._client.put_item(TableName=self._table, Item={**_key(what, id), "since": {"S": now.isoformat()}})

    def note_write(self, what: What, id: str, now: datetime) -> Any:
        """Return the part of a transaction that notes it."""
        return {"Put": {"TableName": self._table, "Item": {**_key(what, id), "since": {"S": now.isoformat()}}}}

    def forget_write(self, what: What, id: str) -> Any:
        """Return the part of a transaction that takes it off: a name leads to it now."""
        return {"Delete": {"TableName": self._table, "Key": _key(what, id)}}

    def forget(self, what: What, id: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_key(what, id))

    def all(self) -> list[Abandoned]:
        found = []
        for item in items_of(self._client, self._table, PARTITION):
            what, _, id = item["sk"]["S"].partition("#")
            since = datetime.fromisoformat(item["since"]["S"])
            found.append(Abandoned("index" if what == "index" else "definition", id, since))
        return found


def _key(what: What, id: str) -> dict[str, Any]:
    return {"pk": {"S": PARTITION}, "sk": {"S": f"{what}#{id}"}}
