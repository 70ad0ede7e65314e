"""What a client can say of the words of a query: signs in it, where they match, which may leave."""

from typing import Any

import pytest

from tests.algolia_shop import ADMIN_KEY, SEARCH_KEY, AlgoliaShop
from tests.search.fake_encoder import BagOfWordsEncoder
from tradewind.errors import InputError
from tradewind.protocols.algolia.parameters import parameters_of
from tradewind.protocols.algolia.search_requests import conditions_of, search_request
from tradewind.search.filters import GeoBox, GeoPolygon, all_of

RECORDS = [
    {"objectID": "sofa-bed", "name": "Red sofa bed", "text": "Sleeps two", "_geoloc": {"lat": 1, "lng": 1}, "price": 3},
    {
        "objectID": "sofa",
        "name": "Velvet sofa",
        "text": "A bed for the cat",
        "_geoloc": {"lat": 1, "lng": 9},
        "price": 1,
    },
    {"objectID": "bed", "name": "Oak bed", "text": "Beside a sofa", "price": 2},
]
TRIANGLE = [0, 0, 0, 3, 3, 1]


@pytest.fixture
def rooms() -> AlgoliaShop:
    """A shop without settings: every text is searched."""
    shop = AlgoliaShop(encoder=BagOfWordsEncoder())
    shop.fill("rooms", RECORDS)
    return shop


def ids(shop: AlgoliaShop, query: str = "", **parameters: Any) -> set[str]:
    return set(shop.ids("rooms", query, mode="keywordSearch", **parameters))


def test_quotes_and_minuses_speak_where_the_query_or_the_settings_let_them(rooms: AlgoliaShop) -> None:
    assert ids(rooms, '"sofa bed"') == {"sofa-bed", "sofa", "bed"}
    assert ids(rooms, '"sofa bed"', advancedSyntax=True) == {"sofa-bed"}
    assert ids(rooms, "bed -sofa", advancedSyntax=True) == set()
    assert ids(rooms, "bed -velvet", advancedSyntax=True) == {"sofa-bed", "bed"}
    assert ids(rooms, "-velvet", advancedSyntax=True) == {"sofa-bed", "bed"}
    assert ids(rooms, "bed -velvet", advancedSyntax=True, advancedSyntaxFeatures=["exactPhrase"]) == {
        *("sofa-bed", "sofa", "bed")
    }
    rooms.fill("rooms", [], advancedSyntax=True)
    assert ids(rooms, '"sofa bed"') == {"sofa-bed"}
    assert ids(rooms, '"sofa bed"', advancedSyntax=False) == {"sofa-bed", "sofa", "bed"}


def test_an_excluded_word_excludes_what_matches_by_meaning_too(rooms: AlgoliaShop) -> None:
    assert set(rooms.ids("rooms", "oak bed")) == {"sofa-bed", "sofa", "bed"}
    assert set(rooms.ids("rooms", "oak bed -oak", advancedSyntax=True)) == {"sofa-bed", "sofa"}


def test_words_can_be_restricted_to_attributes_without_any_settings(rooms: AlgoliaShop) -> None:
    assert ids(rooms, "sofa", restrictSearchableAttributes=["name"]) == {"sofa-bed", "sofa"}
    assert ids(rooms, "sofa", restrictSearchableAttributes=["text"]) == {"bed"}
    assert ids(rooms, '"a bed"', restrictSearchableAttributes=["text"], advancedSyntax=True) == {"sofa"}
    assert ids(rooms, "sofa", restrictSearchableAttributes=["colour"]) == set()


def test_words_leave_as_the_query_or_the_settings_say(rooms: AlgoliaShop) -> None:
    query = "velvet bed kayak "
    assert ids(rooms, query) == {"sofa-bed", "sofa", "bed"}  # one by one, while few match
    assert ids(rooms, query, removeWordsIfNoResults="none") == set()
    assert ids(rooms, query, removeWordsIfNoResults="lastWords") == {"sofa"}  # velvet bed
    assert ids(rooms, query, removeWordsIfNoResults="allOptional") == {"sofa-bed", "sofa", "bed"}
    assert ids(rooms, "kayak oak bed ", removeWordsIfNoResults="firstWords") == {"bed"}
    rooms.fill("rooms", [], removeWordsIfNoResults="lastWords")
    assert ids(rooms, query) == {"sofa"}
    rooms.fill("rooms", [], removeWordsIfNoResults="none")  # as Algolia writes it into all settings
    assert ids(rooms, query) == {"sofa-bed", "sofa", "bed"}


def test_facet_searches_let_the_same_words_leave(rooms: AlgoliaShop) -> None:
    rooms.fill("rooms", [], attributesForFaceting=["searchable(name)"])
    asked = {"facetQuery": "", "query": "velvet bed kayak ", "removeWordsIfNoResults": "lastWords"}
    asked |= {"mode": "keywordSearch"}
    status, answer = rooms.ask("POST", "/1/indexes/rooms/facets/name/query", asked, key=SEARCH_KEY)
    assert (status, [each["value"] for each in answer["facetHits"]]) == (200, ["Velvet sofa"])


def test_optional_words_need_not_match(rooms: AlgoliaShop) -> None:
    words = {"removeWordsIfNoResults": "none"}
    assert ids(rooms, "oak sofa ", **words) == {"bed"}
    assert ids(rooms, "oak sofa ", optionalWords=["oak"], **words) == {"sofa-bed", "sofa", "bed"}
    assert ids(rooms, "oak kayak ", optionalWords="oak kayak", **words) == {"bed"}  # any one of them
    assert ids(rooms, "paddle kayak ", optionalWords="paddle kayak", **words) == set()


def test_a_query_may_have_an_order_of_its_own(rooms: AlgoliaShop) -> None:
    assert rooms.ids("rooms", "", customRanking=["asc(price)"]) == ["sofa", "bed", "sofa-bed"]
    assert rooms.ids("rooms", "bed", ranking=["desc(price)", "typo", "geo"]) == ["sofa-bed", "bed", "sofa"]


def test_only_products_in_a_polygon_are_shown_counted_and_browsed(rooms: AlgoliaShop) -> None:
    assert ids(rooms, insidePolygon=[TRIANGLE]) == {"sofa-bed"}
    assert ids(rooms, insidePolygon=TRIANGLE) == {"sofa-bed"}
    assert ids(rooms, insidePolygon=[TRIANGLE, [0, 8, 0, 10, 2, 10, 2, 8]]) == {"sofa-bed", "sofa"}
    status, answer = rooms.ask("POST", "/1/indexes/rooms/browse", {"insidePolygon": [TRIANGLE]}, key=ADMIN_KEY)
    assert (status, [hit["objectID"] for hit in answer["hits"]]) == (200, ["sofa-bed"])


def test_boxes_come_before_polygons_and_both_before_a_point() -> None:
    box, polygon = GeoBox(north=2.0, west=0.0, south=0.0, east=2.0), GeoPolygon(((0.0, 0.0), (0.0, 3.0), (3.0, 1.0)))
    point = {"aroundLatLng": "50,50", "aroundRadius": 10}
    both = {"insideBoundingBox": [[0, 0, 2, 2]], "insidePolygon": [TRIANGLE]}
    assert conditions_of({**both, **point}) == all_of(box)
    assert conditions_of({"insidePolygon": [TRIANGLE], **point}) == all_of(polygon)
    assert search_request({"insidePolygon": [TRIANGLE], **point}).around is None


def test_a_polygon_of_a_key_holds_whatever_area_the_request_names(rooms: AlgoliaShop) -> None:
    from urllib.parse import quote

    from tradewind.protocols.algolia.secured_keys import secured_key

    key = secured_key(SEARCH_KEY, f"insidePolygon={quote(str([TRIANGLE]))}")
    assert ids(rooms, key=key) == {"sofa-bed"}
    assert ids(rooms, key=key, insideBoundingBox=[[-10, -10, 20, 20]]) == {"sofa-bed"}
    circle = secured_key(SEARCH_KEY, "aroundLatLng=1,1&aroundRadius=1000")
    assert ids(rooms, key=circle, insidePolygon=[[-10, -10, -10, 20, 20, 20]]) == {"sofa-bed"}


def test_a_record_outside_the_polygons_of_delete_by_query_stays(rooms: AlgoliaShop) -> None:
    assert rooms.ask("POST", "/1/indexes/rooms/deleteByQuery", {"insidePolygon": [TRIANGLE]})[0] == 200
    assert ids(rooms) == {"sofa", "bed"}


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"advancedSyntax": "perhaps"}, "advancedSyntax"),
        ({"advancedSyntaxFeatures": ["wildcards"]}, "advancedSyntaxFeatures"),
        ({"removeWordsIfNoResults": "some"}, "removeWordsIfNoResults"),
        ({"optionalWords": [1]}, "optionalWords"),
        ({"mode": "magic"}, "mode"),
        ({"minWordSizefor1Typo": 0}, "minWordSizefor1Typo"),
        ({"customRanking": ["price"]}, "customRanking"),
        ({"ranking": ["up(price)", "typo"]}, "ranking"),
        ({"insidePolygon": [[1, 2, 3, 4]]}, "insidePolygon"),
        ({"aroundLatLng": "1,1", "aroundPrecision": [{"from": 0}]}, "aroundPrecision"),
        ({"aroundLatLng": "1,1", "aroundPrecision": [5]}, "aroundPrecision"),
        ({"aroundLatLng": "1,1", "aroundPrecision": []}, "aroundPrecision"),
    ],
)
def test_a_wrong_value_is_refused_by_name(sent: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} "):
        search_request(parameters_of(sent))


def test_ranges_of_distances_are_read_in_order_and_begin_at_nothing() -> None:
    sent = {"aroundLatLng": "1,1", "aroundPrecision": [{"from": 2000, "value": 1000}, {"from": 500, "value": 100}]}
    around = search_request(parameters_of(sent)).around
    assert around is not None
    assert around.steps == ((0, 1), (500, 100), (2000, 1000))
