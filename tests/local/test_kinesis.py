"""Kinesis of the local cloud: what was answered is in the stream, under its number, until it expires."""

import json
import threading
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from tests.local import stream_parts as parts
from tests.local.running_cloud import RunningCloud, eventually

pytestmark = pytest.mark.cloud


@pytest.fixture
def stream(own_cloud: RunningCloud) -> RunningCloud:
    own_cloud.start()
    own_cloud.client("kinesis").create_stream(StreamName=parts.STREAM, ShardCount=1)
    return own_cloud


def _read(cloud: RunningCloud, kind: str, **start: Any) -> list[str]:
    kinesis = cloud.client("kinesis")
    shard = kinesis.list_shards(StreamName=parts.STREAM)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=parts.STREAM, ShardId=shard, ShardIteratorType=kind, **start)[
        "ShardIterator"
    ]
    return [record["Data"].decode() for record in kinesis.get_records(ShardIterator=iterator)["Records"]]


def test_every_kind_of_iterator_begins_where_it_says_before_and_after_a_kill(stream: RunningCloud) -> None:
    one, two, three = parts.put(stream, "one", "two", "three")
    at = stream.client("kinesis")
    shard = at.list_shards(StreamName=parts.STREAM)["Shards"][0]["ShardId"]
    latest = at.get_shard_iterator(StreamName=parts.STREAM, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
    stream.kill()
    stream.start()
    assert _read(stream, "TRIM_HORIZON") == ["one", "two", "three"]
    assert _read(stream, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=two) == ["two", "three"]
    assert _read(stream, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=two) == ["three"]
    assert _read(stream, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=three) == []
    assert _read(stream, "AT_TIMESTAMP", Timestamp=1) == ["one", "two", "three"]
    assert _read(stream, "LATEST") == []
    (four,) = parts.put(stream, "four")
    assert one < two < three < four
    records = stream.client("kinesis").get_records(ShardIterator=latest)["Records"]
    assert [record["Data"] for record in records] == [b"four"]


def test_an_iterator_of_nobody_is_refused_by_its_name(stream: RunningCloud) -> None:
    with pytest.raises(ClientError, match="ShardIterator: not one of this cloud"):
        stream.client("kinesis").get_records(ShardIterator="x")
    with pytest.raises(ClientError, match=r"AT_SEQUENCE_NUMBER: .* its StartingSequenceNumber"):
        _read(stream, "AT_SEQUENCE_NUMBER")


def test_shards_with_records_are_not_merged_away(stream: RunningCloud) -> None:
    parts.put(stream, "one")
    with pytest.raises(ClientError, match="its shards stay while they hold records"):
        stream.client("kinesis").update_shard_count(
            StreamName=parts.STREAM, TargetShardCount=2, ScalingType="UNIFORM_SCALING"
        )


def test_a_stream_that_is_made_again_is_empty(stream: RunningCloud) -> None:
    (old,) = parts.put(stream, "old")
    stream.client("kinesis").delete_stream(StreamName=parts.STREAM)
    stream.client("kinesis").create_stream(StreamName=parts.STREAM, ShardCount=1)
    (new,) = parts.put(stream, "new")
    stream.kill()
    stream.start()
    assert _read(stream, "TRIM_HORIZON") == ["new"]
    assert new > old
    assert len(list((stream.home / "streams").iterdir())) == 1


def test_records_are_in_no_snapshot_and_in_no_journal(stream: RunningCloud) -> None:
    parts.put(stream, "needle " * 1000)
    stream.stop()
    held = [path for path in (stream.home / "state").rglob("*") if path.is_file() and b"bmVlZGxl" in path.read_bytes()]
    assert held == []


class _Puts:
    """A thread that puts records of two lines until the cloud is gone, and remembers which were answered."""

    def __init__(self, cloud: RunningCloud, part: str) -> None:
        self.answered: dict[str, list[str]] = {}
        self._part = part
        self._kinesis = cloud.client("kinesis")
        self._thread = threading.Thread(target=self._put)
        self._thread.start()

    def _put(self) -> None:
        for number in range(10**6):
            ids = [f"{self._part}-{number}-{n}" for n in range(4)]
            data = ["\n".join(json.dumps({"id": i}) for i in pair).encode() for pair in (ids[:2], ids[2:])]
            records = [{"Data": content, "PartitionKey": str(number)} for content in data]
            try:
                answer = self._kinesis.put_records(StreamName=parts.STREAM, Records=records)
            except (BotoCoreError, ClientError, ResponseParserError):
                return
            for record, pair in zip(answer["Records"], (ids[:2], ids[2:]), strict=True):
                self.answered[record["SequenceNumber"]] = pair

    def join(self) -> None:
        self._thread.join()


def test_three_kills_lose_no_record_and_give_no_number_twice(stream: RunningCloud) -> None:
    rounds = []
    for part in ("a", "b", "c"):
        puts = _Puts(stream, part)
        assert eventually(lambda: len(puts.answered) > 40)  # noqa: B023 - called at once
        stream.kill()
        puts.join()
        rounds.append(puts.answered)
        stream.start()
    kinesis = stream.client("kinesis")
    shard = kinesis.list_shards(StreamName=parts.STREAM)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=parts.STREAM, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    found: list[tuple[str, list[str]]] = []
    token = iterator["ShardIterator"]
    while True:
        answer = kinesis.get_records(ShardIterator=token, Limit=50)
        token = answer["NextShardIterator"]
        for record in answer["Records"]:
            found.append((record["SequenceNumber"], [json.loads(line)["id"] for line in record["Data"].splitlines()]))
        if not answer["Records"]:
            break
    numbers = [number for number, _ in found]
    assert all(before < after for before, after in pairwise(numbers))
    stored = dict(found)
    for answered in rounds:
        assert {number: stored.get(number) for number in answered} == answered
