"""When a cluster fails, the embedded index answers."""

import logging

import pytest

from tests.search.oracle_index import OracleIndex
from tests.search.shop import RECORDS, SHOP, stored, the_words
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.editing import UnknownIndex
from tradewind.search.fallback import FallbackReader
from tradewind.search.index import CatalogIndex, IndexUnavailable
from tradewind.search.plan import Outcome, Plan


class Cluster(OracleIndex):
    """An index that fails when it is told to."""

    engine = "opensearch"
    fails = False

    def search(self, plan: Plan) -> Outcome:
        if self.fails:
            raise IndexUnavailable("the cluster does not answer")
        return super().search(plan)


class Reading:
    """A reader of one index that notes how often it was asked."""

    def __init__(self, index: CatalogIndex | Exception) -> None:
        self.index = index
        self.asked = 0

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        self.asked += 1
        if isinstance(self.index, Exception):
            raise self.index
        return self.index, SHOP


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


EMBEDDED = OracleIndex(stored(RECORDS[:2]), SHOP)


def reader(first: Reading, clock: Clock) -> FallbackReader:
    return FallbackReader(first, Reading(EMBEDDED), rest_seconds=15, clock=clock)


def test_the_cluster_answers_while_it_can() -> None:
    index, _ = reader(Reading(Cluster(stored(RECORDS), SHOP)), Clock()).named("products")
    assert (index.engine, index.search(Plan()).count, index.records) == ("opensearch", 6, 6)
    assert index.vocabulary.products_with("shoes") == 2


def test_a_search_that_fails_is_answered_by_the_embedded_index_and_said(caplog: pytest.LogCaptureFixture) -> None:
    cluster = Cluster(stored(RECORDS), SHOP)
    index, _ = reader(Reading(cluster), Clock()).named("products")
    cluster.fails = True
    with caplog.at_level(logging.WARNING):
        assert index.search(Plan(words=the_words("shoes"))).count == 2
    assert index.engine == "oracle"
    assert "the cluster does not answer" in caplog.text


def test_a_cluster_that_failed_is_left_alone_for_a_while() -> None:
    first, clock = Reading(IndexUnavailable("asleep")), Clock()
    both = reader(first, clock)
    assert both.named("products")[0] is EMBEDDED
    clock.now = 14.9
    assert both.named("products")[0] is EMBEDDED
    assert first.asked == 1
    clock.now = 15.0
    both.named("products")
    assert first.asked == 2


def test_an_index_that_the_cluster_does_not_have_yet_is_the_embedded_one_at_once_and_without_rest() -> None:
    first = Reading(UnknownIndex("products"))
    both = reader(first, Clock())
    assert both.named("products")[0] is EMBEDDED
    both.named("products")
    assert first.asked == 2


def test_a_name_that_is_not_the_clusters_is_never_asked_of_it() -> None:
    first, moved = Reading(Cluster(stored(RECORDS), SHOP)), {"products": False}
    both = FallbackReader(first, Reading(EMBEDDED), first_answers=moved.__getitem__, clock=Clock())
    assert both.named("products")[0] is EMBEDDED
    assert first.asked == 0
    moved["products"] = True
    assert both.named("products")[0].engine == "opensearch"


def test_where_both_fail_the_failure_is_told() -> None:
    cluster = Cluster(stored(RECORDS), SHOP)
    cluster.fails = True
    both = FallbackReader(Reading(cluster), Reading(IndexUnavailable("damaged")), clock=Clock())
    index, _ = both.named("products")
    with pytest.raises(IndexUnavailable, match="damaged"):
        index.search(Plan())
