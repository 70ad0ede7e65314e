"""The chain that every file takes, small: S3, EventBridge, SQS, a Lambda function, DynamoDB."""

import io
import json
import zipfile
from typing import Any

from tests.local.running_cloud import RunningCloud

BUCKET, QUEUE, TABLE, FUNCTION = "arrivals", "arrivals-queue", "seen", "note-arrivals"
ACCOUNT = "000000000000"
QUEUE_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{QUEUE}"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{FUNCTION}"

# Notes each message in the table; a message may ask it to take its time at the first attempt.
HANDLER = """
import json, os, time
import boto3
table = boto3.client("dynamodb")
def note(name):
    noted = table.update_item(
        TableName="seen", Key={"id": {"S": name}}, ReturnValues="ALL_NEW",
        UpdateExpression="ADD times :one", ExpressionAttributeValues={":one": {"N": "1"}},
    )
    return int(noted["Attributes"]["times"]["N"])
def handler(event, context):
    for record in event["Records"]:
        body = json.loads(record["body"])
        if "detail" in body:
            note("object " + body["detail"]["object"]["key"])
            continue
        if "seconds" in body and note("attempt " + body["id"]) == 1:
            note("begun " + body["id"] + " " + str(os.getpid()))
            time.sleep(body["seconds"])
        note("message " + body["id"])
"""


def build(cloud: RunningCloud) -> None:
    """Make bucket, rule, queue, function and table; the function may write the table and read the queue, no more."""
    _make_role(cloud)
    cloud.client("s3").create_bucket(Bucket=BUCKET)
    cloud.client("s3").put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    _make_queue(cloud)
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=ROLE_ARN,
        Handler="handler.handler",
        Code={"ZipFile": _zipped(HANDLER)},
        Timeout=60,
    )
    functions.create_event_source_mapping(EventSourceArn=QUEUE_ARN, FunctionName=FUNCTION, BatchSize=10)


def queue_url(cloud: RunningCloud) -> str:
    return str(cloud.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"])


def send(cloud: RunningCloud, name: str, **more: Any) -> None:
    body = json.dumps({"id": name, **more})
    cloud.client("sqs").send_message(QueueUrl=queue_url(cloud), MessageBody=body)


def seen(cloud: RunningCloud) -> dict[str, int]:
    """Return what the function has noted, and how often."""
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    return {item["id"]["S"]: int(item["times"]["N"]) for page in pages for item in page["Items"]}


def _make_role(cloud: RunningCloud) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    may = [
        _allow("dynamodb:UpdateItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}"),
        _allow("sqs:ReceiveMessage", QUEUE_ARN),
        _allow("sqs:DeleteMessage", QUEUE_ARN),
        _allow("sqs:GetQueueAttributes", QUEUE_ARN),
    ]
    iam = cloud.client("iam")
    iam.create_role(RoleName=FUNCTION, AssumeRolePolicyDocument=_policy([trust]))
    iam.put_role_policy(RoleName=FUNCTION, PolicyName="chain", PolicyDocument=_policy(may))


def _make_queue(cloud: RunningCloud) -> None:
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    attributes = {"VisibilityTimeout": "3600", "Policy": _policy([{**allow, "Resource": QUEUE_ARN}])}
    cloud.client("sqs").create_queue(QueueName=QUEUE, Attributes=attributes)
    events = cloud.client("events")
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [BUCKET]}}}
    events.put_rule(Name="arrivals", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="arrivals", Targets=[{"Id": "queue", "Arn": QUEUE_ARN}])


def _allow(action: str, resource: str) -> dict[str, str]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _policy(statements: list[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _zipped(text: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("handler.py", text)
    return archive.getvalue()
