"""The table of profiles: one DynamoDB item a shopper, written on condition that nobody wrote it since it was read.

Item: shopper, version, first_seen, last_seen, last_received, interactions (newest first), visits, session {id,
started_at, last_at, counts} (the newest visit, for readers), link, expires. Absent attributes are none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tradewind.personalization.profiles import Interaction, Link, Profile, Visit, counts
from tradewind.personalization.updating import ConflictError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_READ_AT_ONCE = 100  # quota of BatchGetItem
_TIMES = ("first_seen", "last_seen", "last_received")


class ProfileStore:
    """Profiles by the key of their shopper; an item is forgotten `keep` after the last event that came for it."""

    def __init__(self, client: "DynamoDBClient", table: str, keep: timedelta) -> None:
        self._client = client
        self._table = table
        self._keep = keep

    def get(self, shoppers: Collection[str]) -> dict[str, Profile]:
        """Return the profiles that there are, by key."""
        keys = sorted(shoppers)
        found: dict[str, Profile] = {}
        for start in range(0, len(keys), _READ_AT_ONCE):
            for profile in self._read(keys[start : start + _READ_AT_ONCE]):
                found[profile.shopper] = profile
        return found

    def put(self, profile: Profile) -> None:
        """Store a profile as it was read plus changes. Raises: ConflictError where it is not as it was read."""
        written = replace(profile, version=profile.version + 1)
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(shopper)"}
        if profile.version:
            condition = {
                "ConditionExpression": "#version = :read",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":read": {"N": str(profile.version)}},
            }
        try:
            self._client.put_item(TableName=self._table, Item=self._encode(written), **condition)
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConflictError("written by another since it was read") from error  # names nobody: it is logged

    def _read(self, keys: list[str]) -> list[Profile]:
        found: list[Profile] = []
        wanted: Sequence[Mapping[str, Any]] = [{"shopper": {"S": key}} for key in keys]
        # DynamoDB answers 16 MB at a time and names the keys that it has not come to.
        while wanted:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}})
            found += [_decode(item) for item in answer["Responses"].get(self._table, [])]
            left = answer.get("UnprocessedKeys", {})
            wanted = left[self._table]["Keys"] if left else []
        return found

    def _encode(self, profile: Profile) -> "dict[str, AttributeValueTypeDef]":
        expires = datetime.fromisoformat(profile.last_received) + self._keep
        item: dict[str, AttributeValueTypeDef] = {
            "shopper": {"S": profile.shopper},
            "version": {"N": str(profile.version)},
            "expires": {"N": str(int(expires.timestamp()))},
            **{name: {"S": getattr(profile, name)} for name in _TIMES},
        }
        if profile.interactions:
            item["interactions"] = {"L": [_map(each) for each in profile.interactions]}
        if profile.visits:
            item["visits"] = {"L": [_map(each) for each in profile.visits]}
            item["session"] = _session(profile.visits[0], counts(profile))
        if profile.link:
            item["link"] = _map(profile.link)
        return item


def _session(visit: Visit, by_interaction: Mapping[str, int]) -> "AttributeValueTypeDef":
    texts = {"id": visit.id, "started_at": visit.started_at, "last_at": visit.last_at}
    numbers = {name: {"N": str(count)} for name, count in by_interaction.items()}
    return {"M": {**{name: {"S": text} for name, text in texts.items() if text}, "counts": {"M": numbers}}}


def _map(record: Interaction | Visit | Link) -> "AttributeValueTypeDef":
    fields = {name: value for name, value in asdict(record).items() if value is not None}
    return {
        "M": {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in fields.items()}
    }


def _decode(item: "Mapping[str, AttributeValueTypeDef]") -> Profile:
    return Profile(
        shopper=item["shopper"]["S"],
        version=int(item["version"]["N"]),
        interactions=tuple(Interaction(**_fields(each)) for each in item.get("interactions", {"L": []})["L"]),
        visits=tuple(Visit(**_fields(each)) for each in item.get("visits", {"L": []})["L"]),
        link=Link(**_fields(item["link"])) if "link" in item else None,
        **{name: item[name]["S"] for name in _TIMES},
    )


def _fields(record: "AttributeValueTypeDef") -> dict[str, Any]:
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in record["M"].items()}
