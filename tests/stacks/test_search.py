"""The search stack: who may do what with table and bucket, what wakes the indexer, one at a time."""

from typing import Any

import pytest

from tests.stacks.templates import DEV, allows, only, resources, statements, templates, text

BUCKET = f"arn:aws:s3:::{DEV.indexes_bucket}"
TABLE = f"arn:aws:dynamodb:eu-west-1:111122223333:table/{DEV.catalog_table}"
INDEXER, RECORDER = "IndexerIndexProductsRole", "ChangesRecordProductChangesRole"


def search(env: str = "dev") -> dict[str, Any]:
    return templates(env)["Search"]


def function(name: str) -> dict[str, Any]:
    return only(search(), "AWS::Lambda::Function", starting=name)


def mapping(name: str) -> dict[str, Any]:
    return only(search(), "AWS::Lambda::EventSourceMapping", starting=name)


def test_the_bucket_of_indexes_is_encrypted_private_and_named_as_the_command_computes() -> None:
    bucket = only(search(), "AWS::S3::Bucket")
    assert bucket["BucketName"] == DEV.indexes_bucket
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    rules = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert [rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules] == ["AES256"]


def test_one_indexer_works_at_a_time() -> None:
    assert function("IndexerIndexProducts")["ReservedConcurrentExecutions"] == 1


def test_the_indexer_is_woken_by_open_tasks_alone_and_the_recorder_by_records_alone() -> None:
    patterns = {
        name: [each["Pattern"] for each in mapping(name)["FilterCriteria"]["Filters"]]
        for name in ("IndexerIndexProducts", "ChangesRecordProductChanges")
    }
    assert patterns == {
        "IndexerIndexProducts": [
            '{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"pk":{"S":["task"]}}}}',
        ],
        "ChangesRecordProductChanges": ['{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"record#"}]}}}}'],
    }


def test_the_indexer_sweeps_every_few_minutes() -> None:
    rule = only(search(), "AWS::Events::Rule")
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert text(rule["Targets"][0]["Arn"]).startswith("<IndexerIndexProducts")


def test_the_table_of_the_catalogue_tells_its_changes_whole() -> None:
    tables = resources(templates("dev")["Data"], "AWS::DynamoDB::GlobalTable").values()
    (found,) = (each["Properties"] for each in tables if each["Properties"]["TableName"] == DEV.catalog_table)
    assert found["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
def test_the_indexer_publishes(action: str) -> None:
    for prefix in ("objects/", "snapshots/", "indexes/"):
        assert allows(statements(search(), INDEXER), action, f"{BUCKET}/{prefix}x")


@pytest.mark.parametrize("action", ["dynamodb:DeleteTable", "dynamodb:Scan", "dynamodb:UpdateTable"])
def test_the_indexer_cannot_delete_the_table_nor_scan_it(action: str) -> None:
    assert not allows(statements(search(), INDEXER), action, TABLE)


def test_the_recorder_asks_for_names_delivers_and_nothing_more() -> None:
    found = statements(search(), RECORDER)
    assert allows(found, "dynamodb:Query", TABLE)
    for action in ("PutItem", "DeleteItem", "UpdateItem", "BatchWriteItem"):
        assert not allows(found, f"dynamodb:{action}", TABLE)
    assert not any(action.startswith("s3:") for statement in found for action in statement.actions)


def test_firehose_adds_changes_of_products_and_no_other_zone() -> None:
    found = statements(search(), "ChangesRole")
    lake = f"arn:aws:s3:::{DEV.lake_bucket}"
    assert allows(found, "s3:PutObject", f"{lake}/raw/product_changes/x")
    for zone in ("raw/events/", "raw/sales/", "clean/"):
        assert not allows(found, "s3:PutObject", f"{lake}/{zone}x")
    assert not allows(found, "s3:GetObject", f"{lake}/raw/product_changes/x")


def test_what_is_given_up_or_comes_late_is_an_alarm() -> None:
    alarms = [each["Properties"] for each in resources(search(), "AWS::CloudWatch::Alarm").values()]
    watched = [(each["MetricName"], text(each["Dimensions"][0]["Value"])) for each in alarms]
    for function in ("IndexerIndexProductsFunction", "ChangesRecordProductChangesFunction"):
        assert any(metric == "IteratorAge" and name.startswith(f"<{function}") for metric, name in watched)
    for queue in ("IndexerGaveUpQueue", "ChangesGaveUpQueue"):
        shown = "ApproximateNumberOfMessagesVisible"
        assert any(metric == shown and name.startswith(f"<{queue}") for metric, name in watched)
