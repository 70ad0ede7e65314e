"""The identities table: which user an anonymous id was first linked to."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tradewind.aws.batches import batch_get
from tradewind.events.cleaning.ports import Link

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LONGEST_KEY = 1024  # bytes; DynamoDB takes 2,048. What is longer is kept under its digest.


class IdentityStore:
    """Links by anonymous id. Of several the first counts: by received_at, then receipt."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def links_of(self, anonymous_ids: Collection[str]) -> Mapping[str, Link]:
        """Return the first link of each of `anonymous_ids` that has one."""
        wanted = {_name(each): each for each in anonymous_ids}
        found = batch_get(self._client, self._table, [_key(name) for name in wanted])
        links = (_link(wanted[item["anonymous_id"]["S"]], item) for item in found)
        return {link.anonymous_id: link for link in links}

    def keep(self, links: Iterable[Link]) -> None:
        """Write links; an earlier one of the same anonymous id stays, so that repeating changes nothing."""
        for link in links:
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(_name(link.anonymous_id)),
                    UpdateExpression="SET user_id = :user, linked_at = :at, receipt = :receipt",
                    ConditionExpression="attribute_not_exists(anonymous_id) OR linked_at > :at "
                    "OR (linked_at = :at AND receipt > :receipt)",
                    ExpressionAttributeValues={
                        ":user": {"S": link.user_id},
                        # Six decimals always, so that texts are in the order of times.
                        ":at": {"S": link.linked_at.isoformat(timespec="microseconds")},
                        ":receipt": {"S": link.receipt},
                    },
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise


def _name(anonymous_id: str) -> str:
    text = anonymous_id.encode()
    return anonymous_id if len(text) <= _LONGEST_KEY else "sha256:" + hashlib.sha256(text).hexdigest()


def _key(name: str) -> dict[str, Any]:
    return {"anonymous_id": {"S": name}}


def _link(anonymous_id: str, item: Mapping[str, Any]) -> Link:
    return Link(
        anonymous_id=anonymous_id,
        user_id=item["user_id"]["S"],
        linked_at=datetime.fromisoformat(item["linked_at"]["S"]),
        receipt=item["receipt"]["S"],
    )
