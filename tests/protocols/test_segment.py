"""Paths and start-up answers of the Segment protocol."""

import json
from itertools import product

import pytest

from tradewind.protocols import cors, segment


def test_each_call_has_a_long_and_a_short_path() -> None:
    for name in segment.TYPES:
        long, short = segment.route_of(f"/v1/{name}"), segment.route_of(f"/v1/{name[0]}")
        assert long == short
        assert long is not None
        assert (long.kind, long.type) == ("event", name)


@pytest.mark.parametrize(
    "path", ["", "/", "/v1", "/v1/x", "/v2/track", "/V1/track", "/s3/v1/track", "/v1/projects/settings"]
)
def test_other_paths_are_unknown(path: str) -> None:
    assert segment.route_of(path) is None


def test_an_origin_may_have_two_names() -> None:
    for path in segment.ROUTES:
        assert segment.route_of("/s1" + path) == segment.route_of("/s2" + path) == segment.ROUTES[path]
    assert segment.key_in_path("/s2/v1/projects/abc/settings") == "abc"


def test_a_path_with_a_query_of_dots_is_nested() -> None:
    query = segment.query_of("event=a+b&properties.mail.id=7&properties.mail.to=x&properties=&properties.a=1&empty=")
    assert json.loads(segment.pixel_body(query, max_depth=32)) == {
        "event": "a b",
        "properties": {"a": "1"},
        "empty": "",
    }


def test_a_query_cannot_be_nested_without_end() -> None:
    found = json.loads(segment.pixel_body([(".".join("a" * 5000), "1")], max_depth=32))
    levels = 0
    while isinstance(found, dict):
        levels, found = levels + 1, next(iter(found.values()))
    assert levels == 34


@pytest.mark.parametrize(
    ("authorization", "key"),
    [
        ("Basic a2V5Og==", "key"),
        ("basic a2V5OnBhc3N3b3Jk", "key"),
        ("  Basic   a2V5 ", "key"),
        ("Bearer a2V5Og==", None),
        ("Basic Og==", None),
        ("Basic ?", None),
        ("", None),
    ],
)
def test_the_key_is_the_user_of_basic_credentials(authorization: str, key: str | None) -> None:
    assert segment.basic_user(authorization) == key


def test_every_header_is_listed_by_name_in_lower_case() -> None:
    assert all(name == name.lower() and "*" not in name for name in cors.ALLOWED_HEADERS)
    assert len(set(cors.ALLOWED_HEADERS)) == len(cors.ALLOWED_HEADERS)
    assert "*" not in cors.ALLOWED_METHODS


def test_a_pixel_may_have_any_type() -> None:
    for folder, name in product(("/pixel/v1", "/v1/pixel"), segment.TYPES):
        route = segment.route_of(f"{folder}/{name}")
        assert route is not None
        assert (route.kind, route.type, route.by_browser) == ("pixel", name, True)
