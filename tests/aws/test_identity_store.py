"""Links of anonymous ids: the first one counts, whatever order they come in."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from tests.event_cloud import event_cloud
from tests.events_cleaning.shop import NOON
from tests.sales_cloud import aws_environment
from tradewind.events.cleaning.ports import Link

FIRST = Link(anonymous_id="a", user_id="u1", linked_at=NOON, receipt="q1-0000")
SAME_TIME = replace(FIRST, user_id="u2", receipt="q1-0001")
LATER = replace(FIRST, user_id="u3", linked_at=NOON + timedelta(microseconds=1), receipt="q0-0000")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws_environment().items():
        monkeypatch.setenv(name, value)


def test_the_first_link_counts_in_any_order() -> None:
    for order in permutations((FIRST, SAME_TIME, LATER)):
        with event_cloud() as cloud:
            cloud.stores.identities.keep(order)
            cloud.stores.identities.keep(order)
            assert cloud.stores.identities.links_of(["a", "nobody"]) == {"a": FIRST}


def test_an_id_that_is_too_long_for_a_key_is_kept_under_its_digest() -> None:
    long = replace(FIRST, anonymous_id="ä" * 20_000)
    with event_cloud() as cloud:
        cloud.stores.identities.keep([long])
        assert cloud.stores.identities.links_of([long.anonymous_id]) == {long.anonymous_id: long}


def test_more_ids_than_one_call_takes_are_found() -> None:
    links = [replace(FIRST, anonymous_id=f"a{number}") for number in range(250)]
    with event_cloud() as cloud:
        cloud.stores.identities.keep(links)
        assert len(cloud.stores.identities.links_of([link.anonymous_id for link in links])) == 250
