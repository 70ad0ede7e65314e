"""Kill the cloud in the middle of things; what it had answered is there when it starts again."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from local import process
from tests.local import shop_parts
from tests.local.running_cloud import RunningCloud, eventually, free_ports

pytestmark = pytest.mark.cloud


class Writers:
    """Threads that write until told to stop, and remember what was answered."""

    def __init__(self, cloud: RunningCloud, part: str) -> None:
        self.objects: set[str] = set()
        self.messages: set[str] = set()
        self.additions = 0
        self.part = part
        self._stop = threading.Event()
        # Made here: the cloud may be gone before a thread begins.
        self._s3, self._sqs, self._tables = (cloud.client(service) for service in ("s3", "sqs", "dynamodb"))
        self._queue_url = shop_parts.queue_url(cloud)
        self._threads = [threading.Thread(target=write) for write in (self._put, self._send, self._add)]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def done(self) -> int:
        """Return what the slowest writer has been answered."""
        return min(len(self.objects), len(self.messages), self.additions)

    def _until_stopped(self, write: Callable[[str], Any], note: Callable[[str], None]) -> None:
        number = 0
        while not self._stop.is_set():
            name = f"{self.part}-{number}"
            number += 1
            try:
                write(name)
            except (BotoCoreError, ClientError, ResponseParserError):
                return  # the cloud is gone: this one was not answered
            note(name)
            time.sleep(0.03)  # a load that the function keeps up with

    def _put(self) -> None:
        self._until_stopped(
            lambda name: self._s3.put_object(Bucket=shop_parts.BUCKET, Key=name, Body=name.encode() * 100),
            self.objects.add,
        )

    def _send(self) -> None:
        self._until_stopped(
            lambda name: self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=f'{{"id": "{name}"}}'),
            self.messages.add,
        )

    def _add(self) -> None:
        def count(_: str) -> None:
            self.additions += 1

        self._until_stopped(
            lambda _: self._tables.update_item(
                TableName=shop_parts.TABLE,
                Key={"id": {"S": f"sum {self.part}"}},
                UpdateExpression="ADD times :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            ),
            count,
        )


def test_three_kills_under_load_lose_nothing_that_was_answered(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    shop_parts.build(own_cloud)
    rounds = []
    for part in ("a", "b", "c"):
        enough = random.Random(part).randint(10, 30)
        with Writers(own_cloud, part) as writers:
            assert eventually(lambda: writers.done > enough)  # noqa: B023 - called at once
            own_cloud.kill()
        rounds.append(writers)
        own_cloud.start()

    objects = {name for writers in rounds for name in writers.objects}
    messages = {name for writers in rounds for name in writers.messages}

    s3 = own_cloud.client("s3")
    for name in objects:
        assert s3.get_object(Bucket=shop_parts.BUCKET, Key=name)["Body"].read() == name.encode() * 100

    expected = {f"object {name}" for name in objects} | {f"message {name}" for name in messages}
    eventually(lambda: expected <= shop_parts.seen(own_cloud).keys(), seconds=120)
    seen = shop_parts.seen(own_cloud)
    assert expected - seen.keys() == set()
    for writers in rounds:
        # The last call may have been done without having been answered. Nothing is done twice.
        assert seen[f"sum {writers.part}"] - writers.additions in (0, 1)


def test_a_message_in_flight_is_delivered_again_right_after_the_start(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    shop_parts.build(own_cloud)
    shop_parts.send(own_cloud, "slow", seconds=60)
    assert eventually(lambda: [name for name in shop_parts.seen(own_cloud) if name.startswith("begun slow")])
    process.snapshot(own_cloud.home)  # which holds the message as received
    own_cloud.kill()
    own_cloud.start()
    # The queue's visibility time-out is an hour.
    assert eventually(lambda: shop_parts.seen(own_cloud).get("message slow")) == 1


def test_no_function_of_a_killed_cloud_works_on_beside_the_next_one(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    shop_parts.build(own_cloud)
    shop_parts.send(own_cloud, "slow", seconds=60)
    begun = eventually(lambda: [name for name in shop_parts.seen(own_cloud) if name.startswith("begun slow")])
    worker = int(begun[0].rpartition(" ")[2])
    own_cloud.kill()
    own_cloud.start()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_message_whose_function_alone_is_killed_is_tried_again_soon(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    shop_parts.build(own_cloud)
    shop_parts.send(own_cloud, "slow", seconds=60)
    begun = eventually(lambda: [name for name in shop_parts.seen(own_cloud) if name.startswith("begun slow")])
    os.kill(int(begun[0].rpartition(" ")[2]), signal.SIGKILL)
    assert eventually(lambda: shop_parts.seen(own_cloud).get("message slow")) == 1


def test_a_stop_keeps_messages_objects_and_what_was_made(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    sqs = own_cloud.client("sqs")
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="one")["MessageId"]
    own_cloud.client("s3").create_bucket(Bucket="kept")
    own_cloud.client("s3").put_object(Bucket="kept", Key="a b+ü/x", Body=b"1", Metadata={"colour": "red"})
    own_cloud.stop()
    own_cloud.start()
    received = own_cloud.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert [(message["MessageId"], message["Body"]) for message in received] == [(sent, "one")]
    found = own_cloud.client("s3").get_object(Bucket="kept", Key="a b+ü/x")
    assert (found["Body"].read(), found["Metadata"]) == (b"1", {"colour": "red"})


def test_a_message_that_was_deleted_does_not_come_back(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    sqs = own_cloud.client("sqs")
    url = sqs.create_queue(QueueName="read", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    for body in ("deleted", "stays"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    receipt = next(message["ReceiptHandle"] for message in received if message["Body"] == "deleted")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)
    own_cloud.kill()
    own_cloud.start()
    received = own_cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == ["stays"]


def test_what_a_call_made_is_there_although_the_cloud_was_killed_right_after(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    own_cloud.client("ssm").put_parameter(Name="/colour", Value="red", Type="String")
    own_cloud.kill()
    own_cloud.start()
    assert own_cloud.client("ssm").get_parameter(Name="/colour")["Parameter"]["Value"] == "red"


def test_an_event_that_was_on_its_way_is_delivered_at_the_next_start(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    shop_parts.build(own_cloud)
    own_cloud.stop()
    state = own_cloud.home / "state"
    # As the journal is when the process ends between the answer to a put and its delivery.
    undone = {
        "kind": "delivery",
        "number": "1",
        "what": "s3-event",
        "account": shop_parts.ACCOUNT,
        "region": "us-east-1",
        "arguments": [shop_parts.BUCKET, "late", "s3:ObjectCreated:Put"],
        "named": {"size": 1, "etag": "e", "sequencer": "1"},
    }
    journal = state / f"journal-{int((state / 'current').read_text()):08d}.jsonl"
    with journal.open("a") as lines:
        lines.write(json.dumps(undone) + "\n")
    own_cloud.start()
    assert eventually(lambda: shop_parts.seen(own_cloud).get("object late")) == 1


def test_a_deployment_that_was_killed_is_over_and_can_be_done_again(own_cloud: RunningCloud) -> None:
    queues = {f"Queue{n}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"queue-{n}"}} for n in range(20)}
    bucket = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "deployed"}}}
    template = json.dumps({"Resources": {**queues, **bucket}})

    def status() -> str:
        try:
            found = own_cloud.client("cloudformation").describe_stacks(StackName="Killed")["Stacks"][0]["StackStatus"]
        except ClientError:
            return "GONE"
        return "" if found.endswith("_IN_PROGRESS") else str(found)

    own_cloud.start()
    own_cloud.client("cloudformation").create_stack(StackName="Killed", TemplateBody=template)
    own_cloud.kill()
    own_cloud.start()
    assert eventually(status) in ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    own_cloud.client("cloudformation").delete_stack(StackName="Killed")
    assert eventually(status) in ("GONE", "DELETE_COMPLETE")
    own_cloud.client("cloudformation").create_stack(StackName="Killed", TemplateBody=template)
    assert eventually(status) == "CREATE_COMPLETE"
    assert own_cloud.client("s3").head_bucket(Bucket="deployed")["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_consumers_go_on_after_a_start_on_another_port(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    shop_parts.build(own_cloud)
    own_cloud.stop()
    own_cloud.ports = free_ports()
    own_cloud.start()
    shop_parts.send(own_cloud, "later")
    assert eventually(lambda: shop_parts.seen(own_cloud).get("message later")) == 1
