"""Who may ask what: applications, keys, secured keys."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.algolia_shop import ADMIN_KEY, APP_ID, NOW, SEARCH_KEY, WRITE_KEY, AlgoliaShop
from tests.protocols.conftest import SETTINGS, SHOES
from tradewind.key_rights import Rights
from tradewind.protocols.algolia.secured_keys import read_secured_key, secured_key

INVALID = (403, {"message": "Invalid Application-ID or API key", "status": 403})
NOT_WITH_THIS_KEY = (403, {"message": "Method not allowed with this API key", "status": 403})
INDEX_NOT_ALLOWED = (403, {"message": "Index not allowed with this API key", "status": 403})
QUERY = "/1/indexes/shoes/query"


@pytest.fixture(params=["oracle", "embedded"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def signed(parent: str = SEARCH_KEY, **restrictions: Any) -> str:
    """Return a secured key as Algolia documents it: base64(hex HMAC-SHA256 + restrictions)."""
    text = urlencode(restrictions)
    return base64.b64encode(
        (hmac.new(parent.encode(), text.encode(), hashlib.sha256).hexdigest() + text).encode()
    ).decode()


def found(shop: AlgoliaShop, key: str, **parameters: Any) -> list[str]:
    return sorted(shop.ids("shoes", key=key, **parameters))


@pytest.mark.parametrize(
    ("app_id", "key"),
    [("OTHERAPP01", SEARCH_KEY), ("", SEARCH_KEY), (APP_ID, ""), (APP_ID, "0" * 32), (APP_ID, "ü"), ("", "")],
)
def test_an_unknown_application_or_key_is_refused_in_one_way(shop: AlgoliaShop, app_id: str, key: str) -> None:
    assert shop.ask("POST", QUERY, {}, key=key, app_id=app_id) == INVALID


def test_credentials_come_in_headers_in_the_address_or_in_the_body(shop: AlgoliaShop) -> None:
    address = f"X-Algolia-API-Key={SEARCH_KEY}&X-Algolia-Application-Id={APP_ID}&x-algolia-agent=lite"
    body = {"query": "shoe", "apiKey": SEARCH_KEY, "X-Algolia-Application-Id": APP_ID}

    for answer in (
        shop.ask("POST", QUERY, {"query": "shoe"}, key="", app_id="", query=address),
        shop.ask("POST", QUERY, body, key="", app_id=""),
        shop.ask("GET", "/1/indexes/shoes", key="", app_id="", query=f"{address}&query=shoe"),
    ):
        assert (answer[0], answer[1].get("nbHits")) == (200, 2)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/1/indexes/shoes/batch"),
        ("POST", "/1/indexes/shoes/clear"),
        ("DELETE", "/1/indexes/shoes"),
        ("DELETE", "/1/indexes/shoes/1"),
        ("PUT", "/1/indexes/shoes/settings"),
        ("GET", "/1/indexes/shoes/settings"),
        ("POST", "/1/indexes/shoes/browse"),
        ("GET", "/1/keys"),
        ("POST", "/1/keys"),
        ("GET", "/1/indexes"),
    ],
)
def test_a_search_key_searches_and_nothing_else(shop: AlgoliaShop, method: str, path: str) -> None:
    body = {"requests": [{"action": "deleteObject", "body": {"objectID": "1"}}]} if path.endswith("batch") else {}
    assert shop.ask(method, path, body, key=SEARCH_KEY) == NOT_WITH_THIS_KEY
    assert found(shop, SEARCH_KEY) == ["1", "2", "3"]


def test_a_write_key_of_events_searches_nothing(shop: AlgoliaShop) -> None:
    assert shop.ask("POST", QUERY, {}, key=WRITE_KEY) == NOT_WITH_THIS_KEY


def test_a_key_ends_at_its_moment_and_at_most_half_a_minute_later_here(shop: AlgoliaShop) -> None:
    record = shop.keys.make("a" * 32, "search", revoked_at=NOW + timedelta(seconds=10))
    assert record.plain == "a" * 32
    assert shop.ask("POST", QUERY, {}, key="a" * 32)[0] == 200
    shop.now = NOW + timedelta(seconds=11)
    assert shop.ask("POST", QUERY, {}, key="a" * 32) == INVALID


def test_a_key_is_looked_up_once_in_half_a_minute(shop: AlgoliaShop) -> None:
    found(shop, SEARCH_KEY)
    before = shop.keys.looked_up
    found(shop, SEARCH_KEY)
    assert shop.keys.looked_up == before
    shop.now = NOW + timedelta(seconds=30)
    found(shop, SEARCH_KEY)
    assert shop.keys.looked_up == before + 1


def test_a_key_of_some_indexes_is_for_those(shop: AlgoliaShop) -> None:
    shop.keys.make("b" * 32, "custom", rights=Rights(acl=("search",), indexes=("sho*", "lamps")))
    shop.keys.make("c" * 32, "custom", rights=Rights(acl=("search",), indexes=("s?oes", "[s]hoes", "shoe")))

    assert found(shop, "b" * 32) == ["1", "2", "3"]
    assert shop.ask("POST", QUERY, {}, key="c" * 32) == INDEX_NOT_ALLOWED
    both = {"requests": [{"indexName": "shoes"}, {"indexName": "hats"}]}
    assert shop.ask("POST", "/1/indexes/*/queries", both, key="b" * 32) == INDEX_NOT_ALLOWED


def test_a_key_of_some_pages_is_for_those(shop: AlgoliaShop) -> None:
    shop.keys.make("d" * 32, "custom", rights=Rights(acl=("search",), referers=("*.example.com/*",)))
    shop.keys.make("e" * 32, "search", origins=frozenset({"https://shop.example.com"}))

    def status(key: str, **headers: str) -> int:
        return shop.ask("POST", QUERY, {}, key=key, headers=headers)[0]

    assert status("d" * 32, referer="https://shop.example.com/lamps") == 200
    assert status("d" * 32, referer="https://shop.example.org/lamps") == 403
    assert status("d" * 32) == 403
    assert status("e" * 32, origin="https://shop.example.com") == 200
    assert status("e" * 32, origin="https://evil.example.com") == 403
    assert status("e" * 32) == 200  # servers send none


def test_a_keys_own_parameters_and_page_size_hold(shop: AlgoliaShop) -> None:
    rights = Rights(acl=("search",), max_hits=1, query_parameters="filters=brand%3AAcme&attributesToRetrieve=name")
    shop.keys.make("f" * 32, "custom", rights=rights)

    answer = shop.search("shoes", key="f" * 32, hitsPerPage=50, attributesToRetrieve=["*"], attributesToHighlight=[])

    assert (answer["nbHits"], answer["hitsPerPage"]) == (2, 1)
    assert [set(hit) for hit in answer["hits"]] == [{"name", "objectID"}]


def test_a_secured_key_is_held_to_its_filters_whatever_is_asked(shop: AlgoliaShop) -> None:
    key = signed(filters="brand:Acme")

    assert found(shop, key) == ["1", "3"]
    assert found(shop, key, filters="price > 0") == ["1", "3"]
    assert found(shop, key, filters="NOT brand:Acme") == []
    assert found(shop, key, filters="brand:Umbrella OR brand:Acme") == ["1", "3"]
    assert found(shop, key, facetFilters=[["brand:Umbrella", "brand:Acme"]], numericFilters=["price>0"]) == ["1", "3"]
    answer = shop.search("shoes", key=key, facets=["brand"])
    assert answer["facets"] == {"brand": {"Acme": 2}}
    assert "filters" not in answer["params"]  # what is in the key stays there


def test_a_secured_key_is_held_to_them_in_every_way_to_read(shop: AlgoliaShop) -> None:
    shop.keys.make("9" * 32, "custom", rights=Rights(acl=("search", "browse")))
    key = signed("9" * 32, filters="brand:Acme", attributesToRetrieve="name")

    assert shop.ask("GET", "/1/indexes/shoes/2", key=key)[0] == 404
    assert shop.ask("GET", "/1/indexes/shoes/1", key=key) == (200, {"name": "Blue running shoe", "objectID": "1"})
    objects = {"requests": [{"indexName": "shoes", "objectID": each} for each in "12"]}
    assert shop.ask("POST", "/1/indexes/*/objects", objects, key=key)[1]["results"] == [
        {"name": "Blue running shoe", "objectID": "1"},
        None,
    ]
    browsed = shop.ask("POST", "/1/indexes/shoes/browse", {}, key=key)[1]
    assert (browsed["nbHits"], [hit["objectID"] for hit in browsed["hits"]]) == (2, ["1", "3"])
    facets = shop.ask("POST", "/1/indexes/shoes/facets/brand/query", {"facetQuery": ""}, key=key)[1]
    assert [each["value"] for each in facets["facetHits"]] == ["Acme"]


def test_a_rule_cannot_pin_a_product_past_a_secured_key(shop: AlgoliaShop) -> None:
    rule = {"objectID": "r", "conditions": [], "consequence": {"promote": [{"objectID": "2", "position": 0}]}}
    assert shop.ask("POST", "/1/indexes/shoes/rules/batch", [rule])[0] == 200

    assert shop.ids("shoes")[0] == "2"
    assert found(shop, signed(filters="brand:Acme")) == ["1", "3"]


def test_a_secured_key_with_indexes_an_end_and_networks(shop: AlgoliaShop) -> None:
    ends = int(NOW.timestamp()) + 60
    shop.fill("hats", SHOES[:1], **SETTINGS)

    assert shop.ask("POST", "/1/indexes/hats/query", {}, key=signed(restrictIndices="shoes,lamps")) == INDEX_NOT_ALLOWED
    assert found(shop, signed(restrictIndices='["shoes","lamps"]')) == ["1", "2", "3"]
    assert found(shop, signed(validUntil=ends)) == ["1", "2", "3"]
    assert found(shop, signed(restrictSources="198.51.100.0/24")) == ["1", "2", "3"]
    assert shop.ask("POST", QUERY, {}, key=signed(restrictSources="203.0.113.0/24"))[0] == 403
    shop.now = NOW + timedelta(seconds=60)
    status, answer = shop.ask("POST", QUERY, {}, key=signed(validUntil=ends))
    assert (status, answer["message"]) == (403, f"key: expired, validUntil {ends} has passed")


@pytest.mark.parametrize("restrictions", [{"validUntil": "soon"}, {"filters": "brand:"}, {"hitsPerPage": "x"}])
def test_a_secured_key_that_cannot_be_read_opens_nothing(shop: AlgoliaShop, restrictions: dict[str, Any]) -> None:
    assert shop.ask("POST", QUERY, {}, key=signed(**restrictions))[0] == 403


def test_parameters_of_a_secured_key_win_and_its_user_token_too(shop: AlgoliaShop) -> None:
    key = signed(userToken="shopper-7", hitsPerPage=1)

    assert shop.search("shoes", key=key, hitsPerPage=3, userToken="other")["hitsPerPage"] == 1
    assert shop.traces.searches[-1].request.user_token == "shopper-7"


def test_only_a_key_that_reads_can_sign(shop: AlgoliaShop) -> None:
    assert shop.ask("POST", QUERY, {}, key=signed(ADMIN_KEY)) == INVALID
    assert shop.ask("POST", QUERY, {}, key=signed(WRITE_KEY)) == INVALID
    assert shop.ask("POST", QUERY, {}, key=signed("0" * 32)) == INVALID


def test_a_secured_key_ends_with_the_key_that_signed_it(shop: AlgoliaShop) -> None:
    record = shop.keys.make("7" * 32, "search")
    assert found(shop, signed("7" * 32)) == ["1", "2", "3"]
    shop.keys.records[record.key_hash] = shop.keys.make("7" * 32, "search", revoked_at=NOW)
    shop.now = NOW + timedelta(seconds=31)
    assert shop.ask("POST", QUERY, {}, key=signed("7" * 32)) == INVALID


@given(st.integers(0, 300), st.integers(1, 255))
@settings(max_examples=100, deadline=None)
def test_no_byte_of_a_secured_key_can_be_changed(place: int, change: int) -> None:
    text = bytearray(base64.b64decode(signed(filters="brand:Acme", validUntil=1)))
    text[place % len(text)] ^= change
    forged = read_secured_key(base64.b64encode(bytes(text)).decode())
    assert forged is None or not forged.is_signed_by(SEARCH_KEY)


def test_a_secured_key_is_written_as_algolia_writes_it() -> None:
    assert secured_key(SEARCH_KEY, "filters=brand%3AAcme") == signed(filters="brand:Acme")


def test_keys_are_made_told_changed_and_ended(shop: AlgoliaShop) -> None:
    wanted = {"acl": ["search", "addObject"], "indexes": ["shoes"], "validity": 60, "description": "till"}
    status, made = shop.ask("POST", "/1/keys", wanted)
    key = made["key"]
    assert status == 201
    told = shop.ask("GET", f"/1/keys/{key}")[1]
    assert {name: told[name] for name in wanted} == wanted
    assert told["value"] == key
    assert shop.ask("GET", f"/1/keys/{key}", key=key)[0] == 200  # its own
    assert shop.ask("GET", f"/1/keys/{SEARCH_KEY}", key=key) == NOT_WITH_THIS_KEY
    assert shop.ask("PUT", "/1/indexes/shoes/9", {"name": "Boot"}, key=key)[0] == 200
    assert shop.ask("DELETE", "/1/indexes/shoes/9", key=key) == NOT_WITH_THIS_KEY
    # It writes: its text is stored nowhere, so that a list cannot show it.
    assert key not in str(shop.keys.records)
    assert [each["value"] for each in shop.ask("GET", "/1/keys")[1]["keys"]] == [SEARCH_KEY]
    assert shop.ask("PUT", f"/1/keys/{key}", {"acl": ["addObject"]})[0] == 200
    assert shop.ask("POST", QUERY, {}, key=key) == NOT_WITH_THIS_KEY
    assert shop.ask("DELETE", f"/1/keys/{key}")[0] == 200
    assert shop.ask("GET", f"/1/keys/{key}") == (404, {"message": "Key does not exist", "status": 404})
    assert shop.ask("POST", f"/1/keys/{key}/restore")[0] == 200
    assert shop.ask("GET", f"/1/keys/{key}")[0] == 200


def test_a_key_runs_out(shop: AlgoliaShop) -> None:
    key = shop.ask("POST", "/1/keys", {"acl": ["search"], "validity": 60})[1]["key"]
    assert found(shop, key) == ["1", "2", "3"]
    shop.now = NOW + timedelta(seconds=61)
    assert shop.ask("POST", QUERY, {}, key=key) == INVALID


def test_keys_that_were_not_made_here_stay(shop: AlgoliaShop) -> None:
    assert shop.ask("DELETE", f"/1/keys/{ADMIN_KEY}")[0] == 403
    assert shop.ask("PUT", f"/1/keys/{SEARCH_KEY}", {"acl": ["addObject"]})[0] == 403


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({}, "acl None: must be a list of texts"),
        ({"acl": []}, "acl '': choose from search, browse"),
        ({"acl": ["serch"]}, "acl 'serch': choose from search, browse"),
        ({"acl": ["search"], "validity": -1}, "validity -1: must be a whole number from 0"),
        ({"acl": ["search"], "queryParameters": "filters=price%3E"}, "filters"),
        ({"acl": ["search"], "indexes": "shoes"}, "indexes 'shoes': must be a list"),
    ],
)
def test_a_key_that_cannot_be_made_is_refused_by_name(shop: AlgoliaShop, wanted: dict[str, Any], message: str) -> None:
    status, answer = shop.ask("POST", "/1/keys", wanted)
    assert status == 400
    assert answer["message"].startswith(message)
