"""The stateful stack: encryption, TLS, what is kept and how it can be lost."""

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest

from stacks.constructs.lake import Lake
from tests.stacks.templates import DEV, PLACES, only, resources, templates, text
from tradewind.config import Retention, config_for
from tradewind.deployment import LOCAL
from tradewind.errors import InputError
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
    assert expirations("LakeBucket") == {"quarantine/": 365, "index/": 40, "staging/": 2}
    assert expirations("LakeResults") == {"": 7}
    assert expirations("LakeAccessLogs") == {"": 30}


def test_prod_keeps_earlier_versions_of_objects_for_a_month() -> None:
    rules = bucket("LakeBucket", "prod")["LifecycleConfiguration"]["Rules"]
    assert bucket("LakeBucket", "prod")["VersioningConfiguration"] == {"Status": "Enabled"}
    assert [rule["NoncurrentVersionExpiration"] for rule in rules if "NoncurrentVersionExpiration" in rule] == [
        {"NoncurrentDays": 30}
    ]


def stateful(env: str) -> dict[str, dict[str, Any]]:
    found = resources(data(env), "AWS::DynamoDB::GlobalTable") | resources(data(env), "AWS::Kinesis::Stream")
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
    assert records == {
        place.loads_table,
        place.keys_table,
        place.receipts_table,
        place.refusals_table,
        place.rates_table,
        place.erasures_table,
        place.cleanings_table,
        place.identities_table,
        place.profiles_table,
        place.catalog_table,
    }
    assert only(data(env), "AWS::Kinesis::Stream")["Name"] == place.events_stream


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


def test_days_of_raw_events_are_projected_up_to_tomorrow() -> None:
    raw = glue_table("raw_events")
    assert [(key["Name"], key["Type"]) for key in raw["PartitionKeys"]] == [("received_date", "string")]
    assert {name: value for name, value in raw["Parameters"].items() if "projection" in name or "template" in name} == {
        "projection.enabled": "true",
        "projection.received_date.type": "date",
        "projection.received_date.format": "yyyy-MM-dd",
        "projection.received_date.range": "2025-01-01,NOW+1DAY",
        "projection.received_date.interval": "1",
        "projection.received_date.interval.unit": "DAYS",
        "storage.location.template": f"s3://{LOCAL.lake_bucket}/raw/events/received_date=${{received_date}}/",
    }


def test_events_are_projected_by_the_month_in_which_they_happened() -> None:
    template = "storage.location.template"
    for name in ("events", "interactions"):
        assert glue_table(name)["Parameters"][template] == f"s3://{LOCAL.lake_bucket}/clean/{name}/month=${{month}}/"


def record_table(name: str) -> dict[str, Any]:
    (found,) = [
        table["Properties"]
        for table in resources(data("local"), "AWS::DynamoDB::GlobalTable").values()
        if table["Properties"]["TableName"] == name
    ]
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("name", "keys", "expires"),
    [
        (LOCAL.receipts_table, ["request_id"], True),
        (LOCAL.refusals_table, ["bucket", "at"], True),
        (LOCAL.rates_table, ["window"], True),
        (LOCAL.erasures_table, ["anonymous_id"], False),
        (LOCAL.cleanings_table, ["id"], True),
        (LOCAL.identities_table, ["anonymous_id"], False),
        (LOCAL.profiles_table, ["shopper"], True),
        (LOCAL.keys_table, ["key_hash"], False),
        (LOCAL.loads_table, ["load"], False),
    ],
)
def test_a_table_has_its_keys_and_forgets_what_says_so(name: str, keys: list[str], expires: bool) -> None:
    table = record_table(name)
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == list(
        zip(keys, ["HASH", "RANGE"], strict=False)
    )
    assert {entry["AttributeType"] for entry in table["AttributeDefinitions"]} == {"S"}
    assert table.get("TimeToLiveSpecification") == ({"AttributeName": "expires", "Enabled": True} if expires else None)


@pytest.mark.parametrize(
    ("env", "mode", "shards", "hours"),
    [("prod", "ON_DEMAND", None, 7 * 24), ("dev", "ON_DEMAND", None, 7 * 24), ("local", "PROVISIONED", 2, 24)],
)
def test_the_stream_is_encrypted_and_keeps_what_nobody_has_read(
    env: str, mode: str, shards: int | None, hours: int
) -> None:
    stream = only(data(env), "AWS::Kinesis::Stream")
    assert stream["StreamEncryption"] == {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
    assert (stream["StreamModeDetails"], stream.get("ShardCount")) == ({"StreamMode": mode}, shards)
    assert stream["RetentionPeriodHours"] == hours


def test_an_index_that_would_go_too_soon_is_named() -> None:
    short = replace(config_for("dev"), retention=Retention(index_days=21))
    with pytest.raises(InputError) as raised:
        Lake(cdk.Stack(), "Lake", config=short, deployment=DEV, removal_policy=cdk.RemovalPolicy.DESTROY)
    # 7 days in the stream, 7 before and 7 after, and one
    assert str(raised.value).startswith("Config.retention.index_days 21: keep it 22 days or more")


def test_alarms_are_encrypted_with_a_key_that_cloudwatch_and_eventbridge_may_use() -> None:
    assert text(only(data(), "AWS::SNS::Topic")["KmsMasterKeyId"]).startswith("<AlarmsKey")
    statements = only(data(), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    services = [entry["Principal"]["Service"] for entry in statements if "Service" in entry["Principal"]]
    named = {name for service in services for name in ([service] if isinstance(service, str) else service)}
    assert named == {"cloudwatch.amazonaws.com", "events.amazonaws.com"}
    assert only(data(), "AWS::KMS::Key")["EnableKeyRotation"] is True
