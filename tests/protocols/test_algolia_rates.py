"""Keys that allow so many queries an hour from one address."""

import dataclasses
from datetime import datetime, timedelta

import pytest

from tests.algolia_shop import NOW, SEARCH_KEY, AlgoliaShop
from tradewind.events.collecting.request import request_of
from tradewind.key_rights import Rights
from tradewind.protocols.algolia.secured_keys import secured_key
from tradewind.search.serving.rates import counter_of

KEY = "a" * 32
QUERY = "/1/indexes/shoes/query"


@pytest.fixture
def limited(shop: AlgoliaShop) -> AlgoliaShop:
    shop.keys.make(KEY, "custom", rights=Rights(acl=("search", "browse"), max_queries=3))
    return shop


def statuses(shop: AlgoliaShop, times: int, *, connection: str = "203.0.113.7", key: str = KEY) -> list[int]:
    return [shop.ask("POST", QUERY, {"query": ""}, key=key, connection=connection)[0] for _ in range(times)]


def test_the_query_after_the_last_allowed_one_is_refused_as_algolia_does(limited: AlgoliaShop) -> None:
    limited.now = NOW + timedelta(minutes=45)  # 900 s before the next hour
    assert statuses(limited, 4) == [200, 200, 200, 429]
    answer = limited.raw("POST", QUERY, {"query": ""}, key=KEY, connection="203.0.113.7")
    assert answer.status == 429
    assert "retry-after" not in answer.headers  # algoliasearch 5 would wait for it, three times
    assert b'"status":429' in answer.body
    assert b"allows 3 queries an hour from one address; try again in 900 s" in answer.body
    assert answer.headers["access-control-allow-origin"] == "*"  # else a page could not read why


def test_addresses_and_hours_are_counted_apart(limited: AlgoliaShop) -> None:
    assert statuses(limited, 4)[-1] == 429
    assert statuses(limited, 1, connection="203.0.113.8") == [200]
    limited.now = NOW + timedelta(hours=1)
    assert statuses(limited, 1) == [200]


def test_no_header_makes_another_caller_of_somebody(limited: AlgoliaShop) -> None:
    for number in range(3):
        headers = {"x-forwarded-for": f"198.51.100.{number}"}
        limited.ask("POST", QUERY, {}, key=KEY, connection="203.0.113.7", headers=headers)
    assert statuses(limited, 1) == [429]
    event = {
        "rawPath": QUERY,
        "headers": {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"},
        "requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}},
    }
    assert request_of(event).caller == "203.0.113.7"


def test_each_query_of_a_request_counts(limited: AlgoliaShop) -> None:
    two = {"requests": [{"indexName": "shoes"}, {"indexName": "shoes"}]}
    ask = ("POST", "/1/indexes/*/queries", two)
    assert [limited.ask(*ask, key=KEY, connection="203.0.113.7")[0] for _ in range(2)] == [200, 429]


def test_a_secured_key_has_the_limit_of_the_key_that_signed_it(limited: AlgoliaShop) -> None:
    signed = [secured_key(KEY, f"userToken=u{number}") for number in range(4)]
    assert [statuses(limited, 1, key=each) for each in signed] == [[200], [200], [200], [429]]


def test_keys_without_a_limit_count_nothing(limited: AlgoliaShop) -> None:
    assert set(statuses(limited, 5, key=SEARCH_KEY)) == {200}
    assert limited.counts.counted == {}


def test_queries_are_answered_where_nobody_can_count(limited: AlgoliaShop) -> None:
    limited.counts.fails = True
    assert set(statuses(limited, 5)) == {200}


def test_a_counter_tells_neither_key_nor_address_and_is_another_one_in_another_hour() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=NOW.tzinfo)
    names = {
        counter_of(key, address, noon + timedelta(minutes=minutes))
        for key in ("k1", "k2")
        for address in ("203.0.113.7", "203.0.113.8", None)
        for minutes in (0, 59, 60)
    }
    assert len(names) == 12  # two keys x three addresses x two hours
    assert all(len(name) == len("search#") + 64 and "203" not in name[:12] for name in names)


def test_the_networks_of_a_secured_key_are_those_of_the_connection(limited: AlgoliaShop) -> None:
    inside = secured_key(KEY, "restrictSources=192.0.2.0%2F24")
    assert statuses(limited, 1, connection="192.0.2.9", key=inside) == [200]
    assert statuses(limited, 1, connection="203.0.113.7", key=inside) == [403]
    request = limited.requests[-1]
    assert limited.answered(dataclasses.replace(request, address="192.0.2.9")).status == 403  # as a header might say
