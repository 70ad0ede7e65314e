"""The way of events, small: Kinesis, Firehose with a function and Parquet, and a function that reads the stream."""

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import ClientError

from tests.local.running_cloud import RunningCloud, eventually

ACCOUNT = "000000000000"
STREAM, DELIVERY, BUCKET, QUEUE, GIVEN_UP, SEEN = "clicks", "clicks", "clicks-lake", "new-clicks", "given-up", "seen"
STREAM_ARN = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{STREAM}"
ROWS, ERRORS = "raw/day=", "undelivered/"

# A row for every line of a record; `fail` fails the record, `raise` the batch, `tell` counts the calls.
TRANSFORM = """
import base64, json
def handler(event, context):
    records = []
    for record in event["records"]:
        text = base64.b64decode(record["data"]).decode()
        if "raise" in text:
            raise ValueError("cannot read this")
        shard = record["kinesisRecordMetadata"]["shardId"]
        rows = []
        for line in text.splitlines():
            event_ = json.loads(line)
            rows.append(json.dumps({"receipt": event_.get("id"), "at": event_.get("at"), "shard": shard,
                                    "tags": event_.get("tags", ["a"]), "hour": event_.get("hour", 7),
                                    "products": [{"sku": "x", "quantity": 2}], "batch": len(event["records"])}))
        result = "ProcessingFailed" if "fail" in text else "Ok"
        data = base64.b64encode(("\\n".join(rows) + "\\n").encode()).decode()
        records.append({"recordId": record["recordId"], "result": result, "data": data})
    return {"records": records}
"""

# Notes each record; one with `bad` raises, one with `reported` is reported as failed.
READER = """
import base64, boto3, json
table = boto3.client("dynamodb")
def note(name):
    table.update_item(TableName="seen", Key={"id": {"S": name}}, UpdateExpression="ADD times :one",
                      ExpressionAttributeValues={":one": {"N": "1"}})
def handler(event, context):
    failures = []
    for record in event["Records"]:
        if "kinesis" in record:
            name, number = base64.b64decode(record["kinesis"]["data"]).decode(), record["kinesis"]["sequenceNumber"]
        else:
            name, number = record["dynamodb"]["Keys"]["id"]["S"], record["dynamodb"]["SequenceNumber"]
        if "bad" in name:
            raise ValueError(name)
        if "reported" in name:
            failures.append({"itemIdentifier": number})
            break
        note(name)
    return {"batchItemFailures": failures}
"""

COLUMNS = {
    "receipt": "string", "at": "timestamp", "shard": "string", "tags": "array<string>", "hour": "int", "batch": "int",
    "products": "array<struct<sku:string,quantity:bigint>>",
}  # fmt: skip


def deploy(cloud: RunningCloud, resources: dict[str, Any], *, stack: str = "Streams") -> None:
    """Deploy or update a stack as the CDK does."""
    stacks = cloud.client("cloudformation")
    template = json.dumps({"Resources": resources})
    try:
        stacks.update_stack(StackName=stack, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    except ClientError:
        stacks.create_stack(StackName=stack, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])

    def done() -> str:
        status = str(stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        return status if not status.endswith("_IN_PROGRESS") else ""

    status = eventually(done)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = stacks.describe_stack_events(StackName=stack)["StackEvents"]
        raise AssertionError([e.get("ResourceStatusReason") for e in events])


def way_to_the_lake(*, seconds: int = 1, **destination: Any) -> dict[str, Any]:
    """Return the resources of stream, function, table, bucket, announcements and delivery stream."""
    arn = {"Fn::GetAtt": ["Transform", "Arn"]}
    role = {"Fn::GetAtt": ["DeliveryRole", "Arn"]}
    columns = [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()]
    queue_policy = allow("sqs:SendMessage", "*", Principal={"Service": "events.amazonaws.com"})
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [BUCKET]}}}
    return {
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": STREAM, "ShardCount": 1}},
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": BUCKET,
                "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": QUEUE}},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": policy([queue_policy])},
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": pattern,
                "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
        "Database": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": "shop"}},
        },
        "Table": {
            "Type": "AWS::Glue::Table",
            "DependsOn": "Database",
            "Properties": {
                "CatalogId": ACCOUNT,
                "DatabaseName": "shop",
                "TableInput": {"Name": "clicks", "StorageDescriptor": {"Columns": columns}},
            },
        },
        **function("Transform", TRANSFORM, []),
        **iam_role(
            "DeliveryRole",
            "firehose.amazonaws.com",
            [
                allow(["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"], STREAM_ARN),
                allow("lambda:InvokeFunction", arn),
                allow("glue:GetTable", f"arn:aws:glue:us-east-1:{ACCOUNT}:*"),
                allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"),
            ],
        ),
        "Delivery": {
            "Type": "AWS::KinesisFirehose::DeliveryStream",
            "Properties": {
                "DeliveryStreamName": DELIVERY,
                "DeliveryStreamType": "KinesisStreamAsSource",
                "KinesisStreamSourceConfiguration": {
                    "KinesisStreamARN": {"Fn::GetAtt": ["Stream", "Arn"]},
                    "RoleARN": role,
                },
                "ExtendedS3DestinationConfiguration": {
                    "BucketARN": {"Fn::GetAtt": ["Bucket", "Arn"]},
                    "RoleARN": role,
                    "BufferingHints": {"IntervalInSeconds": seconds, "SizeInMBs": 64},
                    "Prefix": f"{ROWS}!{{timestamp:yyyy-MM-dd}}/",
                    "ErrorOutputPrefix": f"{ERRORS}!{{firehose:error-output-type}}/!{{timestamp:yyyy-MM-dd}}/",
                    "ProcessingConfiguration": {"Enabled": True, "Processors": [_processor(arn)]},
                    "DataFormatConversionConfiguration": {
                        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "ZSTD"}}},
                        "SchemaConfiguration": {"DatabaseName": "shop", "TableName": "clicks", "RoleARN": role},
                    },
                    **destination,
                },
            },
        },
    }


def reader(source_arn: Any, **mapping: Any) -> dict[str, Any]:
    """Return the resources of a function that notes what it reads from a stream, and of its mapping."""
    rights = [
        allow("dynamodb:UpdateItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{SEEN}"),
        allow(["kinesis:GetRecords", "dynamodb:GetRecords"], "*"),
        allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{GIVEN_UP}"),
    ]
    return {
        "GivenUp": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": GIVEN_UP}},
        "Seen": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": SEEN,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            },
        },
        **function("Reader", READER, rights),
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": source_arn,
                "FunctionName": {"Ref": "Reader"},
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": 100,
                "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["GivenUp", "Arn"]}}},
                **mapping,
            },
        },
    }


def function(name: str, code: str, rights: Sequence[Any]) -> dict[str, Any]:
    return {
        **iam_role(f"{name}Role", "lambda.amazonaws.com", rights),
        name: {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name.lower(),
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Timeout": 30,
                "Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]},
                "Code": {"ZipFile": code},
            },
        },
    }


def iam_role(name: str, service: str, rights: Sequence[Any]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    inline = [{"PolicyName": "all", "PolicyDocument": policy(list(rights))}] if rights else []
    return {
        name: {
            "Type": "AWS::IAM::Role",
            "Properties": {"RoleName": name, "AssumeRolePolicyDocument": policy([trust]), "Policies": inline},
        }
    }


def put(cloud: RunningCloud, *lines: Any, key: str = "k") -> list[str]:
    """Put a record a line, in one call; return their sequence numbers."""
    records = [{"Data": _text(line).encode(), "PartitionKey": key} for line in lines]
    answer = cloud.client("kinesis").put_records(StreamName=STREAM, Records=records)
    assert answer["FailedRecordCount"] == 0
    return [record["SequenceNumber"] for record in answer["Records"]]


def rows(cloud: RunningCloud, scratch: Path) -> list[dict[str, Any]]:
    """Return every row of every Parquet object, in the order of the objects' keys."""
    found = []
    for number, (_, content) in enumerate(contents(cloud, ROWS)):
        file = scratch / f"{number}.parquet"
        file.write_bytes(content)
        with duckdb.connect() as connection:
            result = connection.execute(f"select * from '{file}'")
            names = [column[0] for column in result.description or ()]
            found += [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return found


def undelivered(cloud: RunningCloud, kind: str) -> list[dict[str, Any]]:
    """Return the documents of one error output type; `record` is what rawData holds."""
    lines = [line for _, content in contents(cloud, f"{ERRORS}{kind}/") for line in content.splitlines()]
    return [{**fact, "record": base64.b64decode(fact["rawData"]).decode()} for fact in map(json.loads, lines)]


def contents(cloud: RunningCloud, prefix: str) -> Iterator[tuple[str, bytes]]:
    s3 = cloud.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for item in page.get("Contents", ()):
            yield item["Key"], s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()


def seen(cloud: RunningCloud) -> dict[str, int]:
    """Return what the reader has noted, and how often."""
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=SEEN)
    return {item["id"]["S"]: int(item["times"]["N"]) for page in pages for item in page["Items"]}


def messages(cloud: RunningCloud, queue: str) -> list[Any]:
    """Return the bodies of the messages that wait in a queue, and take them out."""
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(statements: list[Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _processor(arn: Any) -> dict[str, Any]:
    values = {"LambdaArn": arn, "BufferSizeInMBs": "1", "BufferIntervalInSeconds": "1", "NumberOfRetries": "1"}
    parameters = [{"ParameterName": name, "ParameterValue": value} for name, value in values.items()]
    return {"Type": "Lambda", "Parameters": parameters}


def _text(line: Any) -> str:
    return line if isinstance(line, str) else json.dumps(line)
