"""Event source mappings of the local cloud: a record that its function cannot take does not stop the shard."""

import json
from typing import Any

import pytest

from tests.local import stream_parts as parts
from tests.local.running_cloud import RunningCloud, eventually

pytestmark = pytest.mark.cloud

_STREAM = {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": parts.STREAM, "ShardCount": 1}}}
_ARN = {"Fn::GetAtt": ["Stream", "Arn"]}


def _names(cloud: RunningCloud) -> set[str]:
    return set(parts.seen(cloud))


def test_a_record_that_raises_is_given_up_alone_and_its_place_is_told(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    parts.deploy(own_cloud, _STREAM | parts.reader(_ARN, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1))
    names = ["one", "two", "bad three", "four", "five"]
    numbers = dict(zip(names, parts.put(own_cloud, *names), strict=True))
    assert eventually(lambda: _names(own_cloud) == {"one", "two", "four", "five"})
    (told,) = eventually(lambda: parts.messages(own_cloud, parts.GIVEN_UP))
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    facts = told["KinesisBatchInfo"]
    assert facts["startSequenceNumber"] == facts["endSequenceNumber"] == numbers["bad three"]
    assert (facts["batchSize"], facts["streamArn"]) == (1, parts.STREAM_ARN)


def test_a_record_that_is_reported_as_failed_is_given_up_and_those_before_it_are_not_repeated(
    own_cloud: RunningCloud,
) -> None:
    own_cloud.start()
    mapping = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "BisectBatchOnFunctionError": True}
    parts.deploy(own_cloud, _STREAM | parts.reader(_ARN, MaximumRetryAttempts=1, **mapping))
    parts.put(own_cloud, "one", "two", "reported three", "four")
    assert eventually(lambda: parts.seen(own_cloud) == {"one": 1, "two": 1, "four": 1})
    assert len(eventually(lambda: parts.messages(own_cloud, parts.GIVEN_UP))) == 1


def test_a_mapping_goes_on_where_it_was_after_a_kill(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    parts.deploy(own_cloud, _STREAM | parts.reader(_ARN))
    for at, name in enumerate(("one", "two", "three")):
        if at:
            own_cloud.kill()
            own_cloud.start()
        # A function may be killed between its work and the note of the place, and does its work again. That a batch
        # after it was delivered shows that the note was written.
        for each in (name, f"after {name}"):
            parts.put(own_cloud, each)
            assert eventually(lambda: each in _names(own_cloud))  # noqa: B023 - called at once
    seen = parts.seen(own_cloud)
    assert (seen["one"], seen["two"], seen["three"]) == (1, 1, 1)


def test_a_record_that_waits_when_the_cloud_is_killed_is_delivered_after_the_start(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    parts.deploy(own_cloud, _STREAM | parts.reader(_ARN))
    parts.put(own_cloud, "bad one")  # is tried for ever: the mapping says nothing else
    parts.put(own_cloud, "behind it")
    own_cloud.kill()
    own_cloud.start()
    parts.deploy(own_cloud, _STREAM | parts.reader(_ARN, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0))
    assert eventually(lambda: _names(own_cloud) == {"behind it"})


def test_a_mapping_from_the_latest_record_on_sees_what_is_put_right_after_it_was_made(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    parts.deploy(own_cloud, _STREAM)
    parts.put(own_cloud, "before")
    parts.deploy(own_cloud, _STREAM | parts.reader(_ARN, StartingPosition="LATEST"))
    parts.put(own_cloud, "after")
    assert eventually(lambda: _names(own_cloud))
    assert _names(own_cloud) == {"after"}


def test_a_function_whose_role_may_not_read_the_stream_gets_nothing_until_it_may(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    resources: dict[str, Any] = _STREAM | parts.reader(_ARN)
    iam = own_cloud.client("iam")
    statements = resources["ReaderRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = parts.policy(list(statements))
    del statements[1]  # kinesis:GetRecords
    parts.deploy(own_cloud, resources)
    parts.put(own_cloud, "one")
    mapping = own_cloud.client("lambda").list_event_source_mappings(FunctionName="reader")["EventSourceMappings"][0]

    def problem() -> bool:
        found = own_cloud.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
        return bool(found["LastProcessingResult"] == "PROBLEM: the function's role may not kinesis:GetRecords")

    assert eventually(problem)
    assert parts.seen(own_cloud) == {}
    iam.put_role_policy(RoleName="ReaderRole", PolicyName="all", PolicyDocument=json.dumps(allowed))
    assert eventually(lambda: parts.seen(own_cloud) == {"one": 1})


def test_changes_of_a_table_reach_their_function_across_kills(own_cloud: RunningCloud) -> None:
    table = {
        "Items": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "items",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            },
        }
    }
    source = {"Fn::GetAtt": ["Items", "StreamArn"]}

    def write(name: str) -> None:
        own_cloud.client("dynamodb").put_item(TableName="items", Item={"id": {"S": name}})

    own_cloud.start()
    parts.deploy(own_cloud, table | parts.reader(source, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1))
    write("one")
    write("bad two")
    assert eventually(lambda: _names(own_cloud) == {"one"})
    assert eventually(lambda: parts.messages(own_cloud, parts.GIVEN_UP))[0]["DDBStreamBatchInfo"]["batchSize"] == 1
    own_cloud.kill()
    own_cloud.start()
    write("three")
    own_cloud.stop()
    own_cloud.start()
    write("four")
    assert eventually(lambda: _names(own_cloud) == {"one", "three", "four"})
    assert parts.seen(own_cloud)["one"] == 1
