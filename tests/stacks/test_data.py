"""The stateful stack: encryption, TLS, what is kept and how it can be lost."""

from typing import Any

import pytest

from tests.stacks.templates import PLACES, only, resources, templates, text
from tradewind.deployment import LOCAL
from tradewind.lake import tables

BUCKETS = ("LakeBucket", "LakeAccessLogs", "LakeResults")


def data(env: str = "dev") -> dict[str, Any]:
    return templates(env)["Data"]


def bucket(name: str, env: str = "dev") -> dict[str, Any]:
    return only(data(env), "AWS::S3::Bucket", starting=name)


@pytest.mark.parametrize("name", BUCKETS)
def test_every_bucket_is_encrypted_and_private(name: str) -> None:
    rules = bucket(name)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert [rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules] == ["AES256"]
    assert set(bucket(name)["PublicAccessBlockConfiguration"].values()) == {True}


@pytest.mark.parametrize("name", BUCKETS)
def test_every_bucket_refuses_what_is_not_tls(name: str) -> None:
    policy = only(data(), "AWS::S3::BucketPolicy", starting=name)["PolicyDocument"]["Statement"]
    refused = [entry["Condition"] for entry in policy if entry["Effect"] == "Deny" and entry["Action"] == "s3:*"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in refused


@pytest.mark.parametrize("name", ["LakeBucket", "LakeResults"])
def test_access_to_data_is_logged(name: str) -> None:
    assert text(bucket(name)["LoggingConfiguration"]["DestinationBucketName"]).startswith("<LakeAccessLogs")


def test_the_lake_tells_eventbridge_of_new_objects() -> None:
    assert bucket("LakeBucket")["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def expirations(name: str, env: str = "prod") -> dict[str, int]:
    rules = bucket(name, env)["LifecycleConfiguration"]["Rules"]
    return {rule.get("Prefix", ""): rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}


def test_raw_and_clean_are_kept_for_ever_and_the_rest_as_long_as_config_says() -> None:
    assert expirations("LakeBucket") == {"quarantine/": 365, "staging/": 2}
    assert expirations("LakeResults") == {"": 7}
    assert expirations("LakeAccessLogs") == {"": 30}


def test_prod_keeps_earlier_versions_of_objects_for_a_month() -> None:
    rules = bucket("LakeBucket", "prod")["LifecycleConfiguration"]["Rules"]
    assert bucket("LakeBucket", "prod")["VersioningConfiguration"] == {"Status": "Enabled"}
    assert [rule["NoncurrentVersionExpiration"] for rule in rules if "NoncurrentVersionExpiration" in rule] == [
        {"NoncurrentDays": 30}
    ]


def stateful(env: str) -> dict[str, dict[str, Any]]:
    found = resources(data(env), "AWS::DynamoDB::GlobalTable")
    for id, resource in resources(data(env), "AWS::S3::Bucket").items():
        if not id.startswith("LakeResults"):
            found[id] = resource
    return found


def test_prod_keeps_its_data_when_its_stack_goes() -> None:
    for resource in stateful("prod").values():
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_table_needs_a_second_switch_before_it_can_be_deleted() -> None:
    for env, protected in (("prod", True), ("dev", False)):
        for table in resources(data(env), "AWS::DynamoDB::GlobalTable").values():
            (replica,) = table["Properties"]["Replicas"]
            assert replica["DeletionProtectionEnabled"] is protected
            assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_dev_can_be_torn_down() -> None:
    assert {resource["DeletionPolicy"] for resource in stateful("dev").values()} == {"Delete"}


@pytest.mark.parametrize("env", ["local", "dev", "prod"])
def test_names_are_those_that_the_command_computes(env: str) -> None:
    place = PLACES[env]
    names = {found["Properties"]["BucketName"] for found in resources(data(env), "AWS::S3::Bucket").values()}
    records = {
        found["Properties"]["TableName"] for found in resources(data(env), "AWS::DynamoDB::GlobalTable").values()
    }
    assert names == {place.lake_bucket, place.results_bucket, place.access_logs_bucket}
    assert records == {place.loads_table, place.keys_table}


def glue_table(name: str) -> dict[str, Any]:
    (found,) = [
        table["Properties"]["TableInput"]
        for table in resources(data("local"), "AWS::Glue::Table").values()
        if table["Properties"]["TableInput"]["Name"] == name
    ]
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_a_table_has_the_columns_that_the_cleaning_writes(table: tables.Table) -> None:
    columns = glue_table(table.name)["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in columns] == [
        (column.name, column.type) for column in table.columns
    ]
    assert glue_table(table.name)["StorageDescriptor"]["Location"] == f"s3://{LOCAL.lake_bucket}/{table.prefix}"


def test_months_of_sales_are_projected_and_need_no_registration() -> None:
    sales = glue_table("sales")
    assert [(key["Name"], key["Type"]) for key in sales["PartitionKeys"]] == [("month", "string")]
    assert {
        name: value for name, value in sales["Parameters"].items() if "projection" in name or "template" in name
    } == {
        "projection.enabled": "true",
        "projection.month.type": "date",
        "projection.month.format": "yyyy-MM",
        "projection.month.range": "1990-01,2049-12",
        "projection.month.interval": "1",
        "projection.month.interval.unit": "MONTHS",
        "storage.location.template": f"s3://{LOCAL.lake_bucket}/clean/sales/month=${{month}}/",
    }


def test_alarms_are_encrypted_with_a_key_that_cloudwatch_and_eventbridge_may_use() -> None:
    assert text(only(data(), "AWS::SNS::Topic")["KmsMasterKeyId"]).startswith("<AlarmsKey")
    statements = only(data(), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    services = [entry["Principal"]["Service"] for entry in statements if "Service" in entry["Principal"]]
    named = {name for service in services for name in ([service] if isinstance(service, str) else service)}
    assert named == {"cloudwatch.amazonaws.com", "events.amazonaws.com"}
    assert only(data(), "AWS::KMS::Key")["EnableKeyRotation"] is True
