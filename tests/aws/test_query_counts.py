"""Counters of queries in the table of rates."""

from datetime import timedelta

import pytest

from tests.collector_cloud import NOW, collector_cloud
from tradewind.aws.query_counts import QueryCountStore
from tradewind.errors import Unavailable


def test_queries_add_up_by_counter_and_leave_after_two_hours() -> None:
    with collector_cloud() as cloud:
        counts = QueryCountStore(cloud.dynamodb, "rates")
        assert [counts.take("search#a", 1, NOW), counts.take("search#a", 5, NOW), counts.take("search#b", 1, NOW)] == [
            *(1, 6),
            1,
        ]
        item = cloud.dynamodb.get_item(TableName="rates", Key={"window": {"S": "search#a"}})["Item"]
        assert item == {
            "window": {"S": "search#a"},
            "requests": {"N": "6"},
            "expires": {"N": str(int((NOW + timedelta(hours=2)).timestamp()))},
        }


def test_a_table_that_cannot_be_reached_is_named() -> None:
    nowhere = r"^counts of queries: ResourceNotFoundException$"
    with collector_cloud() as cloud, pytest.raises(Unavailable, match=nowhere):
        QueryCountStore(cloud.dynamodb, "nowhere").take("search#a", 1, NOW)
