"""All items of a partition, page by page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def items_of(
    client: "DynamoDBClient",
    table: str,
    partition: str,
    *,
    beginning: str = "",
    limit: int | None = None,
    keys_only: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yield the items of a partition whose sort keys begin so, in their order, read consistently."""
    wanted: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk" + (" AND begins_with(sk, :sk)" if beginning else ""),
        "ExpressionAttributeValues": {":pk": {"S": partition}, **({":sk": {"S": beginning}} if beginning else {})},
    }
    if limit is not None:
        wanted["Limit"] = limit
    if keys_only:
        wanted["ProjectionExpression"] = "pk, sk"
    while True:
        page = client.query(**wanted)
        yield from page["Items"]
        if limit is not None or not page.get("LastEvaluatedKey"):
            return
        wanted["ExclusiveStartKey"] = page["LastEvaluatedKey"]
