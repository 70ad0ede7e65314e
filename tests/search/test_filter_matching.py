"""One record and one filter: does it hold?"""

from typing import Any

import pytest

from tradewind.search.filter_matching import distance, meets
from tradewind.search.filter_text import parse_filters
from tradewind.search.filters import EVERYTHING, And, GeoBox, GeoCircle, Not, NumberIs, Or
from tradewind.search.product_texts import facet_text

LAMP: dict[str, Any] = {
    "objectID": "1",
    "brand": "Acme",
    "price": 10.0,
    "sizes": [5, 7.5],
    "new": True,
    "categories": {"lvl0": ["Home", "Light"]},
    "a.b": "flat",
    "_tags": ["sale"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("brand:Acme", True),
        ("brand:acme", False),  # case matters
        ("NOT brand:Other", True),
        ("missing:x", False),
        ("NOT missing:x", True),
        ("price:10", True),  # 10.0 is shown as 10
        ("price=10", True),
        ("price:10 TO 20", True),  # both ends count
        ("price:11 TO 20", False),
        ("sizes=7.5", True),
        ("sizes>7 AND sizes<6", True),  # one number for each condition
        ("sizes!=5", False),
        ("missing!=5", True),
        ("missing<5", False),
        ("new:true", True),
        ("new=1", False),  # a boolean is no number
        ("categories.lvl0:Light", True),
        ("a.b:flat", True),
        ("sale", True),
        ("brand:Other OR brand:Acme", True),
        ("brand:Acme AND price<10", False),
    ],
)
def test_a_condition_holds_or_not(text: str, expected: bool) -> None:
    assert meets(parse_filters(text), LAMP) is expected


def test_and_without_parts_holds_and_or_without_parts_does_not() -> None:
    assert meets(EVERYTHING, {})
    assert meets(And(()), LAMP)
    assert not meets(Or(()), LAMP)
    assert meets(Not(Or(())), LAMP)
    assert not meets(NumberIs("price", "<", 5), {"price": "3"})  # a text is no number


def test_places_are_compared_on_a_sphere() -> None:
    paris, london = (48.8566, 2.3522), (51.5074, -0.1278)
    assert distance(paris, london) == pytest.approx(343_556, abs=100)  # by the haversine formula
    assert distance((0, 0), (0, 180)) == pytest.approx(6_371_000 * 3.14159265, abs=10)  # half way round
    record = {"_geoloc": [{"lat": 0, "lng": 0}, {"lat": 48.8566, "lng": 2.3522}]}
    assert meets(GeoCircle(51.5074, -0.1278, 344_000), record)
    assert not meets(GeoCircle(51.5074, -0.1278, 343_000), record)
    assert meets(GeoBox(north=49, west=2, south=48, east=3), record)
    assert not meets(GeoBox(north=49, west=3, south=48, east=2), {"_geoloc": {"lat": 48.8, "lng": 2.35}})
    assert meets(GeoBox(north=1, west=170, south=-1, east=-170), {"_geoloc": {"lat": 0, "lng": 179}})
    assert not meets(GeoBox(north=1, west=170, south=-1, east=-170), {"_geoloc": {"lat": "0", "lng": None}})


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (3, "3"), (3.0, "3"), (3.5, "3.5"), ("x", "x"), (1e300, "1e+300")]
)
def test_facets_show_values_as_texts(value: Any, text: str) -> None:
    assert facet_text(value) == text
