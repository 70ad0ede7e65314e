"""Tables in a snapshot: not copied, and yet what ministack would keep."""

import json
import subprocess

import pytest

from local import process

pytestmark = pytest.mark.cloud

_BOTH = """
import asyncio, json
from ministack.core import persistence
from ministack.services import dynamodb
from local.durability import tables

def call(operation, **body):
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    status, _, answer = asyncio.run(dynamodb.handle_request("POST", "/", headers, json.dumps(body).encode(), {}))
    assert status == 200, answer

keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
both = [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "kind", "AttributeType": "S"}]
by_kind = {"IndexName": "by_kind", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
           "Projection": {"ProjectionType": "ALL"}}
call("CreateTable", TableName="cups", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=both,
     GlobalSecondaryIndexes=[by_kind], Tags=[{"Key": "of", "Value": "tea"}], **keys)
call("PutItem", TableName="cups", Item={"id": {"S": "a"}, "kind": {"S": "mug"}, "body": {"B": "YQ=="}})
call("UpdateTimeToLive", TableName="cups", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
for state in (dynamodb.get_state(), tables.state()):
    print(json.dumps(state, default=persistence._json_default, sort_keys=True))
"""


def test_what_is_kept_of_tables_is_what_ministack_keeps(cloud_environment: None) -> None:
    command = [str(process.INTERPRETER), "-c", _BOTH]
    ran = subprocess.run(command, cwd=process.REPOSITORY, capture_output=True, text=True, check=True)
    theirs, ours = map(json.loads, ran.stdout.splitlines())
    assert '"mug"' in json.dumps(theirs)
    assert ours == theirs
