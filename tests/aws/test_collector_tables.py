"""What the collector keeps in tables: receipts, refusals, rates."""

from datetime import timedelta

from tests.collector_cloud import NOW, collector_cloud
from tradewind.events.collecting.refusals import Note


def test_requests_are_counted_by_key_and_second() -> None:
    with collector_cloud() as cloud:
        rates = cloud.collector.rates
        assert [rates.take("a", NOW), rates.take("a", NOW + timedelta(seconds=0.9)), rates.take("b", NOW)] == [1, 2, 1]
        assert rates.take("a", NOW + timedelta(seconds=1)) == 1
        item = cloud.dynamodb.get_item(TableName="rates", Key={"window": {"S": f"a#{int(NOW.timestamp())}"}})["Item"]
        assert int(item["expires"]["N"]) > NOW.timestamp()


def test_refusals_add_up() -> None:
    with collector_cloud() as cloud:
        refusals = cloud.collector.refusals
        assert refusals.total() == 0
        for request in ("r1", "r2"):
            refusals.add([Note("not_json", "body", 3)], count=3, request_id=request, source=None, now=NOW)
        assert refusals.total() == 6
        assert [note["at"].partition("#")[2] for note in cloud.notes()] == ["r1", "r2"]


def test_a_receipt_says_how_many_events_are_stored_and_again_the_same() -> None:
    with collector_cloud() as cloud:
        for _ in range(2):
            cloud.collector.receipts.confirm("r1", events=5, received_at="2026-03-01T12:00:00.000000Z")
        item = cloud.dynamodb.get_item(TableName="receipts", Key={"request_id": {"S": "r1"}})["Item"]
        assert item == {
            "request_id": {"S": "r1"},
            "events": {"N": "5"},
            "received_at": {"S": "2026-03-01T12:00:00.000000Z"},
        }


def test_a_receipt_leaves_what_the_cleaning_wrote() -> None:
    with collector_cloud() as cloud:
        cloud.dynamodb.put_item(TableName="receipts", Item={"request_id": {"S": "r1"}, "settled": {"N": "2"}})
        cloud.collector.receipts.confirm("r1", events=5, received_at="2026-03-01T12:00:00.000000Z")
        item = cloud.dynamodb.get_item(TableName="receipts", Key={"request_id": {"S": "r1"}})["Item"]
        assert (item["settled"], item["events"]) == ({"N": "2"}, {"N": "5"})
