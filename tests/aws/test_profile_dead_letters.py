"""Stream records that update_profiles gave up are given to it again, as long as the stream holds them."""

import base64
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from tests.sales_cloud import aws_environment
from tradewind.aws.profile_dead_letters import ProfileDeadLetters, SentAgain
from tradewind.aws.work_queue import WorkQueue

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_sqs import SQSClient


@dataclass
class Function:
    """A Lambda client whose function answers what it is told to, and keeps what it was given."""

    answer: dict[str, Any] = field(default_factory=lambda: {"batchItemFailures": []})
    error: bool = False
    given: list[list[str]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        assert FunctionName == "update"
        records = json.loads(Payload)["Records"]
        self.given.append([base64.b64decode(record["kinesis"]["data"]).decode() for record in records])
        answer: dict[str, Any] = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return answer | ({"FunctionError": "Unhandled"} if self.error else {})


@dataclass
class Stream:
    """A stream with records, and the dead letters of its consumer."""

    kinesis: "KinesisClient"
    sqs: "SQSClient"
    queue_url: str
    numbers: list[str]
    function: Function

    @property
    def letters(self) -> ProfileDeadLetters:
        queue = WorkQueue(self.sqs, self.queue_url, self.queue_url)
        return ProfileDeadLetters(queue, self.kinesis, self.function, stream="s", function="update")  # type: ignore[arg-type]

    def give_up(self, first: str, last: str) -> None:
        batch = {"shardId": "shardId-000000000000", "startSequenceNumber": first, "endSequenceNumber": last}
        body = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "KinesisBatchInfo": batch}
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body))

    def send_again(self) -> Sequence[SentAgain]:
        self.sqs.set_queue_attributes(QueueUrl=self.queue_url, Attributes={"VisibilityTimeout": "0"})
        return [self.letters.send_again(each) for each in self.letters.all()]

    def left(self) -> str:
        name = "ApproximateNumberOfMessagesNotVisible"
        told = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["All"])["Attributes"]
        return str(int(told["ApproximateNumberOfMessages"]) + int(told[name]))  # type: ignore[index]


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        kinesis, sqs = boto3.client("kinesis"), boto3.client("sqs")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        numbers = [
            kinesis.put_record(StreamName="s", Data=f"r{number}".encode(), PartitionKey="k")["SequenceNumber"]
            for number in range(5)
        ]
        yield Stream(kinesis, sqs, sqs.create_queue(QueueName="dead")["QueueUrl"], numbers, Function())


def test_the_records_of_a_letter_and_no_others_are_given_again(stream: Stream) -> None:
    stream.give_up(stream.numbers[1], stream.numbers[3])

    assert stream.send_again() == [SentAgain(records=3)]
    assert stream.function.given == [["r1", "r2", "r3"]]
    assert stream.left() == "0"


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, False, "1 records failed again"),
        ({"errorMessage": "no table"}, True, "no table"),
    ],
)
def test_what_fails_again_stays(stream: Stream, answer: dict[str, Any], error: bool, why: str) -> None:
    stream.function = Function(answer, error)
    stream.give_up(stream.numbers[0], stream.numbers[0])

    assert stream.send_again() == [SentAgain(records=0, kept_because=why)]
    assert stream.left() == "1"


def test_records_that_the_stream_does_not_hold_any_more_are_let_go(stream: Stream) -> None:
    stream.give_up("98", "99")

    assert stream.send_again() == [SentAgain(records=0)]
    assert stream.left() == "0"


def test_letters_about_anything_else_are_passed_over(stream: Stream) -> None:
    stream.sqs.send_message(QueueUrl=stream.queue_url, MessageBody="no JSON")
    stream.sqs.send_message(QueueUrl=stream.queue_url, MessageBody='{"a": 1}')

    assert stream.letters.all() == []
