"""Firehose of the local cloud: gathered, transformed, converted, written; nothing lost whatever is killed."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from local import process
from tests.local import stream_parts as parts
from tests.local.running_cloud import RunningCloud, eventually

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def lake(cloud: RunningCloud) -> Iterator[RunningCloud]:
    """A cloud with the way to the lake; each test reads its own rows."""
    parts.deploy(cloud, parts.way_to_the_lake())
    yield cloud
    cloud.client("cloudformation").delete_stack(StackName="Streams")


def _receipts(cloud: RunningCloud, scratch: Path) -> set[str]:
    return {str(row["receipt"]) for row in parts.rows(cloud, scratch)}


def test_records_of_several_lines_become_rows_of_few_objects_and_are_announced(
    lake: RunningCloud, tmp_path: Path
) -> None:
    for first in range(0, 300, 60):
        lines = ["\n".join(json.dumps({"id": f"several-{first + n}-{m}"}) for m in range(5)) for n in range(60)]
        parts.put(lake, *lines)
    wanted = {f"several-{n}-{m}" for n in range(300) for m in range(5)}
    assert eventually(lambda: wanted <= _receipts(lake, tmp_path))
    # 1,500 rows of 300 records; the interval is a second, so a handful of objects.
    assert len(list(parts.contents(lake, parts.ROWS))) < 30
    day = time.strftime("%Y-%m-%d", time.gmtime())
    told = eventually(lambda: parts.messages(lake, parts.QUEUE))
    assert told[0]["detail"]["object"]["key"].startswith((f"raw/day={day}/clicks-1-", "raw/day="))
    assert told[0]["detail"]["object"]["key"].endswith(".parquet")


def test_bad_records_go_below_the_error_prefix_and_hold_up_nobody(lake: RunningCloud, tmp_path: Path) -> None:
    before, *_ = parts.put(lake, {"id": "before"}, {"id": "fail"}, {"id": "unfit", "tags": "no list"})
    assert eventually(lambda: "before" in _receipts(lake, tmp_path))
    parts.put(lake, "raise")  # its function call fails, twice
    assert eventually(lambda: [f for f in parts.undelivered(lake, "processing-failed") if f["record"] == "raise"])
    parts.put(lake, {"id": "after"})
    assert eventually(lambda: "after" in _receipts(lake, tmp_path))

    failed = {fact["record"]: fact for fact in parts.undelivered(lake, "processing-failed")}
    assert failed['{"id": "fail"}']["errorCode"] == "Lambda.ProcessingFailedStatus"
    raised = failed["raise"]
    assert (raised["errorCode"], raised["attemptsMade"]) == ("Lambda.FunctionError", 2)
    assert raised["lambdaArn"].endswith(":function:transform")
    assert raised["arrivalTimestamp"] <= raised["attemptEndingTimestamp"]
    (unfit,) = parts.undelivered(lake, "format-conversion-failed")
    assert json.loads(unfit["record"])["receipt"] == "unfit"
    assert unfit["sequenceNumber"] > before
    assert unfit["dataCatalogTable"]["tableName"] == "clicks"


def test_a_role_that_may_not_write_keeps_its_records_waiting_and_says_so(lake: RunningCloud, tmp_path: Path) -> None:
    iam = lake.client("iam")
    policy = iam.get_role_policy(RoleName="DeliveryRole", PolicyName="all")["PolicyDocument"]
    less = {**policy, "Statement": policy["Statement"][:-1]}  # without s3:PutObject
    iam.put_role_policy(RoleName="DeliveryRole", PolicyName="all", PolicyDocument=json.dumps(less))
    parts.put(lake, {"id": "waits"})

    def error() -> str:
        server = process.status(lake.home).server or {}
        return str(server["streams"][parts.DELIVERY].get("error", ""))

    assert "AccessDenied" in eventually(error)
    assert "waits" not in _receipts(lake, tmp_path)
    iam.put_role_policy(RoleName="DeliveryRole", PolicyName="all", PolicyDocument=json.dumps(policy))
    assert eventually(lambda: "waits" in _receipts(lake, tmp_path))
    assert error() == ""


def test_what_is_not_emulated_is_refused_when_it_is_asked_for(lake: RunningCloud) -> None:
    destination = {
        "BucketARN": f"arn:aws:s3:::{parts.BUCKET}",
        "RoleARN": f"arn:aws:iam::{parts.ACCOUNT}:role/DeliveryRole",
    }
    for more, named in (
        ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "DynamicPartitioningConfiguration"),
        ({"Prefix": "x/!{partitionKeyFromQuery:day}/"}, "Prefix"),
    ):
        with pytest.raises(ClientError, match=named):
            lake.client("firehose").create_delivery_stream(
                DeliveryStreamName="refused",
                ExtendedS3DestinationConfiguration={**destination, **more},
            )
    with pytest.raises(ClientError, match="not permitted on KinesisStreamAsSource"):
        lake.client("firehose").put_record(DeliveryStreamName=parts.DELIVERY, Record={"Data": b"x"})


def test_direct_puts_survive_a_kill_in_their_buffer(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    role = parts.iam_role(
        "DeliveryRole", "firehose.amazonaws.com", [parts.allow("s3:PutObject", f"arn:aws:s3:::{parts.BUCKET}/*")]
    )
    bucket = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": parts.BUCKET}}}
    parts.deploy(own_cloud, role | bucket)
    own_cloud.client("firehose").create_delivery_stream(
        DeliveryStreamName="direct",
        ExtendedS3DestinationConfiguration={
            "BucketARN": f"arn:aws:s3:::{parts.BUCKET}",
            "RoleARN": f"arn:aws:iam::{parts.ACCOUNT}:role/DeliveryRole",
            "BufferingHints": {"IntervalInSeconds": 3, "SizeInMBs": 5},
        },
    )
    records = [{"Data": f"{n}\n".encode()} for n in range(3)]
    answer = own_cloud.client("firehose").put_record_batch(DeliveryStreamName="direct", Records=records)
    assert (answer["FailedPutCount"], len({r["RecordId"] for r in answer["RequestResponses"]})) == (0, 3)
    own_cloud.kill()
    own_cloud.start()
    assert [c for _, c in eventually(lambda: list(parts.contents(own_cloud, "")))] == [b"0\n1\n2\n"]
    with pytest.raises(ClientError, match=r"Record\.Data: 1024001 bytes"):
        own_cloud.client("firehose").put_record(DeliveryStreamName="direct", Record={"Data": b"x" * 1_024_001})


class _Clicks:
    """A thread that puts events until the cloud is gone, and remembers those that were answered."""

    def __init__(self, cloud: RunningCloud, part: str) -> None:
        self.answered: set[str] = set()
        self._part = part
        self._kinesis = cloud.client("kinesis")
        self._thread = threading.Thread(target=self._put)
        self._thread.start()

    def _put(self) -> None:
        for number in range(10**6):
            ids = [f"{self._part}-{number}-{n}" for n in range(10)]
            content = "\n".join(json.dumps({"id": name}) for name in ids).encode()
            try:
                self._kinesis.put_record(StreamName=parts.STREAM, Data=content, PartitionKey="k")
            except (BotoCoreError, ClientError, ResponseParserError):
                return
            self.answered.update(ids)
            time.sleep(0.01)

    def join(self) -> None:
        self._thread.join()


def test_three_kills_under_load_lose_no_event_on_its_way_to_the_lake(own_cloud: RunningCloud, tmp_path: Path) -> None:
    own_cloud.start()
    parts.deploy(own_cloud, parts.way_to_the_lake())
    rounds = []
    for part, wanted in (("a", 1), ("b", 2), ("c", 1)):
        clicks = _Clicks(own_cloud, part)
        objects = len(list(parts.contents(own_cloud, parts.ROWS)))
        # Killed while records wait, while they are transformed, while they are written.
        assert eventually(lambda: len(list(parts.contents(own_cloud, parts.ROWS))) >= objects + wanted)  # noqa: B023
        own_cloud.kill()
        clicks.join()
        rounds.append(clicks.answered)
        own_cloud.start()
    answered = set().union(*rounds)
    assert eventually(lambda: answered <= _receipts(own_cloud, tmp_path), seconds=120)
    # Repeats are the batches that were in flight at a kill, not all that ever was.
    counted = Counter(str(row["receipt"]) for row in parts.rows(own_cloud, tmp_path))
    assert max(counted.values()) <= 4
    assert parts.undelivered(own_cloud, "processing-failed") == []
    # Every object has been announced.
    told: set[str] = set()

    def all_announced() -> bool:
        told.update(message["detail"]["object"]["key"] for message in parts.messages(own_cloud, parts.QUEUE))
        return {key for key, _ in parts.contents(own_cloud, parts.ROWS)} <= told

    assert eventually(all_announced)
