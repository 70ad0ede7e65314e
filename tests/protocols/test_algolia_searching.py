"""Queries and what is answered, byte for byte where it matters."""

import gzip
import json
from typing import Any

import pytest

from tests.algolia_shop import ADMIN_KEY, NOW, SEARCH_KEY, AlgoliaShop
from tradewind.config import MIB
from tradewind.protocols.algolia.records import cut

QUERIES = "/1/indexes/*/queries"


@pytest.fixture(params=["oracle", "embedded"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def queries(shop: AlgoliaShop, *requests: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    status, answer = shop.ask("POST", QUERIES, {"requests": list(requests), **more}, key=SEARCH_KEY)
    assert status == 200, answer
    return list(answer["results"])


def refused(shop: AlgoliaShop, path: str, body: Any = None, *, method: str = "POST", **more: Any) -> tuple[int, str]:
    status, answer = shop.ask(method, path, body, **more)
    assert answer["status"] == status
    return status, answer["message"]


def test_an_answer_has_what_the_widgets_need(shop: AlgoliaShop) -> None:
    (answer,) = queries(
        shop,
        {
            "indexName": "shoes",
            "query": "shoe",
            "facets": ["brand", "price"],
            "hitsPerPage": 1,
            "clickAnalytics": True,
            "getRankingInfo": True,
            "highlightPreTag": "<b>",
            "highlightPostTag": "</b>",
        },
    )

    assert (answer["nbHits"], answer["page"], answer["nbPages"], answer["hitsPerPage"]) == (2, 0, 2, 1)
    assert answer["facets"] == {"brand": {"Acme": 1, "Umbrella": 1}, "price": {"11": 1, "12.5": 1}}
    assert answer["facets_stats"] == {"price": {"min": 11, "max": 12.5, "avg": 11.75, "sum": 23.5}}
    assert answer["exhaustive"] == {"nbHits": True, "facetsCount": True, "facetValues": True, "typo": True}
    assert len(answer["queryID"]) == 32
    (hit,) = answer["hits"]
    assert hit["_highlightResult"]["name"] == {
        "value": "Red <b>shoe</b>",
        "matchLevel": "full",
        "fullyHighlighted": False,
        "matchedWords": ["shoe"],
    }
    assert hit["_highlightResult"]["brand"] == {"value": "Umbrella", "matchLevel": "none", "matchedWords": []}
    ranking = hit["_rankingInfo"]
    assert (ranking["nbTypos"], ranking["words"], ranking["nbExactWords"], ranking["promoted"]) == (0, 1, 1, False)


def test_query_ids_and_ranking_come_only_when_they_are_asked_for(shop: AlgoliaShop) -> None:
    (answer,) = queries(shop, {"indexName": "shoes", "query": "shoe"})
    assert "queryID" not in answer
    assert "facets" not in answer
    assert "_rankingInfo" not in answer["hits"][0]


def test_records_leave_as_the_bytes_that_came(shop: AlgoliaShop) -> None:
    body = (
        '{"objectID": "9",  "name":"Caf\\u00e9 lamp", "price": 1.50, "big": 123456789012345678901234567890, "e": 1e2}'
    )
    batch = f'{{"requests": [ {{"action":"addObject","body": {body} }} ]}}'
    assert shop.ask("POST", "/1/indexes/lamps/batch", batch)[0] == 200

    assert shop.raw("GET", "/1/indexes/lamps/9").body == body.encode()
    objects = shop.raw("POST", "/1/indexes/*/objects", {"requests": [{"indexName": "lamps", "objectID": "9"}]})
    assert objects.body == f'{{"results":[{body}]}}'.encode()
    found = shop.raw("POST", "/1/indexes/lamps/query", {"query": "lamp"}).body
    assert body[:-1].encode() in found
    browsed = shop.raw("POST", "/1/indexes/lamps/browse", {}).body
    assert body.encode() in browsed


def test_answers_stand_in_the_order_of_the_queries(shop: AlgoliaShop) -> None:
    results = queries(
        shop,
        {"indexName": "shoes", "params": "query=lantern&hitsPerPage=5"},
        {"indexName": "shoes", "query": "", "hitsPerPage": 0, "facets": "*"},
        {"indexName": "shoes", "type": "facet", "facet": "brand", "facetQuery": "ac"},
        {"indexName": "shoes", "query": "red", "params": "hitsPerPage=3"},
    )

    assert [hit["objectID"] for hit in results[0]["hits"]] == ["3"]
    assert (results[1]["hits"], results[1]["nbHits"], results[1]["facets"]["brand"]) == (
        [],
        3,
        {"Acme": 2, "Umbrella": 1},
    )
    assert results[2]["facetHits"] == [{"value": "Acme", "highlighted": "<em>Ac</em>me", "count": 2}]
    assert (results[3]["query"], results[3]["hitsPerPage"]) == ("red", 3)


def test_one_may_stop_when_there_are_enough_hits(shop: AlgoliaShop) -> None:
    wanted = [{"indexName": "shoes", "query": word, "hitsPerPage": 2} for word in ("lantern", "shoe", "red")]
    results = queries(shop, *wanted, strategy="stopIfEnoughMatches")

    assert [result["nbHits"] for result in results] == [1, 2, 0]
    assert [result.get("processed") for result in results] == [None, None, False]


def test_offset_and_length_stand_in_place_of_pages(shop: AlgoliaShop) -> None:
    answer = shop.search("shoes", offset=1, length=1)
    assert (answer["offset"], answer["length"], len(answer["hits"])) == (1, 1, 1)
    assert "page" not in answer


def test_pages_end_at_the_limit_of_the_index(shop: AlgoliaShop) -> None:
    shop.ask("PUT", "/1/indexes/shoes/settings", {"paginationLimitedTo": 2})
    answer = shop.search("shoes", hitsPerPage=1, page=5)
    # ceil(min(3, 2) / 1) pages, nothing beyond them.
    assert (answer["nbHits"], answer["nbPages"], answer["hits"]) == (3, 2, [])


def test_response_fields_are_those_that_are_asked_for(shop: AlgoliaShop) -> None:
    answer = shop.search("shoes", "shoe", responseFields=["hits", "nbHits"])
    assert set(answer) - {"message"} == {"hits", "nbHits"}


def test_unretrievable_attributes_are_seen_by_the_admin_alone(shop: AlgoliaShop) -> None:
    assert "cost" not in shop.ask("GET", "/1/indexes/shoes/2", key=SEARCH_KEY)[1]
    assert shop.ask("GET", "/1/indexes/shoes/2", key=ADMIN_KEY)[1]["cost"] == 3
    assert all("cost" not in hit for hit in shop.search("shoes", attributesToRetrieve=["*"])["hits"])


def test_a_record_is_cut_to_what_is_asked_for(shop: AlgoliaShop) -> None:
    assert shop.ask("GET", "/1/indexes/shoes/1", query="attributesToRetrieve=name,price", key=SEARCH_KEY)[1] == {
        "name": "Blue running shoe",
        "price": 11,
        "objectID": "1",
    }


@pytest.mark.parametrize(
    ("retrieve", "hidden", "kept"),
    [
        (None, (), {"objectID": "1", "a": {"b": 1, "c": 2}, "d.e": 3}),
        (("a.b",), (), {"objectID": "1", "a": {"b": 1}}),
        (("a.b", "a.c"), (), {"objectID": "1", "a": {"b": 1, "c": 2}}),
        (("*", "-a.c"), (), {"objectID": "1", "a": {"b": 1}, "d.e": 3}),
        (("-a",), (), {"objectID": "1", "d.e": 3}),
        (("*",), ("a", "objectID"), {"objectID": "1", "d.e": 3}),
        (("d.e", "x.y"), (), {"objectID": "1", "d.e": 3}),
        ((), (), {"objectID": "1"}),
    ],
)
def test_what_is_left_of_a_record(retrieve: Any, hidden: tuple[str, ...], kept: dict[str, Any]) -> None:
    assert json.loads(cut(b'{"objectID":"1","a":{"b":1,"c":2},"d.e":3}', retrieve, hidden)) == kept


def test_browsing_gives_each_record_once_and_then_no_cursor(shop: AlgoliaShop) -> None:
    shop.fill("lamps", [{"objectID": f"{number:02d}", "name": "Lamp"} for number in range(5)])
    seen: list[str] = []
    cursor: str | None = None
    sizes = []
    while True:
        body = {"hitsPerPage": 2} | ({"cursor": cursor} if cursor else {})
        status, answer = shop.ask("POST", "/1/indexes/lamps/browse", body)
        assert status == 200
        seen += [hit["objectID"] for hit in answer["hits"]]
        sizes.append(len(answer["hits"]))
        if "cursor" not in answer:
            break
        cursor = answer["cursor"]
        # What is put in and taken away meanwhile moves no record that stays.
        shop.fill("lamps", [{"objectID": f"0{seen[-1]}", "name": "New lamp"}])
    assert seen == sorted(seen)
    assert set(seen) >= {f"{number:02d}" for number in range(5)}
    assert len(seen) == len(set(seen))


def test_a_cursor_of_another_index_is_refused(shop: AlgoliaShop) -> None:
    shop.fill("lamps", [{"objectID": f"{number}", "name": "Lamp"} for number in range(3)])
    cursor = shop.ask("POST", "/1/indexes/lamps/browse", {"hitsPerPage": 1})[1]["cursor"]
    for wrong in (cursor, "%%%", "W10=", "x" * 2000):
        assert refused(shop, "/1/indexes/shoes/browse", {"cursor": wrong})[0] == 400


def test_replicas_sort_what_their_primary_holds(shop: AlgoliaShop) -> None:
    shop.ask("PUT", "/1/indexes/shoes/settings", {"replicas": ["shoes_price_desc"]})
    shop.ask("PUT", "/1/indexes/shoes_price_desc/settings", {"ranking": ["desc(price)"]})
    assert shop.ids("shoes_price_desc") == ["3", "2", "1"]


def test_redirects_user_data_and_rules_are_told(shop: AlgoliaShop) -> None:
    rule = {
        "objectID": "help",
        "conditions": [{"pattern": "help", "anchoring": "is"}],
        "consequence": {
            "params": {"renderingContent": {"redirect": {"url": "https://shop.example.com/help"}}},
            "userData": {"banner": 1},
        },
    }
    ordering = {"facetOrdering": {"facets": {"order": ["brand"]}}}
    shop.ask("PUT", "/1/indexes/shoes/settings", {"renderingContent": ordering})
    assert shop.ask("PUT", "/1/indexes/shoes/rules/help", rule)[0] == 200

    answer = shop.search("shoes", "help")

    assert answer["renderingContent"] == {**ordering, "redirect": {"url": "https://shop.example.com/help"}}
    assert (answer["userData"], answer["appliedRules"]) == ([{"banner": 1}], [{"objectID": "help"}])
    assert shop.search("shoes", "shoe")["renderingContent"] == ordering


def test_every_search_is_noted_with_its_query_id(shop: AlgoliaShop) -> None:
    answers = queries(
        shop,
        {"indexName": "shoes", "query": "shoe", "clickAnalytics": True, "userToken": "shopper-1"},
        {"indexName": "shoes", "query": "shoe", "analytics": False},
    )
    first, second = shop.traces.searches
    assert first.answer.query_id == answers[0]["queryID"]
    assert (first.request.user_token, second.request.analytics) == ("shopper-1", False)
    assert [shown.hit.object_id for shown in first.answer.shown] == [hit["objectID"] for hit in answers[0]["hits"]]


def test_ignored_parameters_are_named_in_development_alone(shop: AlgoliaShop) -> None:
    body = {"query": "shoe", "colour": "red", "explain": ["match"]}
    assert "x-compat-ignored" not in shop.raw("POST", "/1/indexes/shoes/query", body).headers
    shop.with_limits(development=True)
    assert shop.raw("POST", "/1/indexes/shoes/query", body).headers["x-compat-ignored"] == "colour,explain"


def test_a_body_may_be_packed_and_of_any_type(shop: AlgoliaShop) -> None:
    packed = gzip.compress(json.dumps({"query": "lantern"}).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/x-www-form-urlencoded"}
    assert shop.ask("POST", "/1/indexes/shoes/query", packed, headers=headers)[1]["nbHits"] == 1


@pytest.mark.parametrize("prefix", ["", "/s1", "/s2"])
def test_a_second_name_of_the_origin_may_stand_before_the_path(shop: AlgoliaShop, prefix: str) -> None:
    assert shop.ask("POST", f"{prefix}/1/indexes/shoes/query", {"query": "lantern"})[1]["nbHits"] == 1


def test_names_in_paths_may_be_encoded(shop: AlgoliaShop) -> None:
    shop.fill("lamps & more", [{"objectID": "a/b", "name": "Lamp"}])
    assert shop.ask("GET", "/1/indexes/lamps%20%26%20more/a%2Fb")[1]["name"] == "Lamp"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/1/indexes/shoes/query", "{", "body '{': is not JSON"),
        ("/1/indexes/shoes/query", b'{"query":"\xff"}', "body"),
        ("/1/indexes/shoes/query", '{"query":"\\ud800"}', "body"),
        ("/1/indexes/shoes/query", "[]", "body []: must be a JSON object"),
        ("/1/indexes/shoes/query", {"filters": "brand:Acme AND OR"}, "filters"),
        ("/1/indexes/shoes/query", {"numericFilters": "price><3"}, "numericFilters"),
        ("/1/indexes/shoes/query", {"facetFilters": [[[["brand:Acme"]]]]}, "facetFilters"),
        ("/1/indexes/shoes/query", {"filters": "(" * 5000}, "filters"),
        ("/1/indexes/shoes/query", {"hitsPerPage": 5000}, "hitsPerPage 5000: must be a whole number, from 0 to 1000"),
        (QUERIES, {}, "requests None: must be a list of objects"),
        (QUERIES, {"requests": ["shoe"]}, "requests ['shoe']: must be a list of objects"),
        (QUERIES, {"requests": [{"query": "shoe"}]}, "requests[0].indexName None: name the index"),
        (QUERIES, {"requests": [{"indexName": "shoes"}] * 101}, "requests has 101 queries: send at most 100"),
        (QUERIES, {"requests": [], "strategy": "all"}, "strategy 'all': choose none or stopIfEnoughMatches"),
        (
            QUERIES,
            {"requests": [{"indexName": "shoes", "type": "facet"}]},
            "requests[0].facet None: name the attribute",
        ),
        ("/1/indexes/shoes/facets/price/query", {}, "facet 'price': add searchable(price)"),
        ("/1/indexes/shoes/facets/brand/query", {"maxFacetHits": 101}, "maxFacetHits 101: must be from 1 to 100"),
        ("/1/indexes/*/objects", {"requests": [{"indexName": "shoes"}]}, "requests[0].objectID None: must be a text"),
    ],
)
def test_a_bad_request_is_answered_with_what_is_wrong(shop: AlgoliaShop, path: str, body: Any, message: str) -> None:
    status, said = refused(shop, path, body)
    assert status == 400
    assert said.startswith(message)


def test_what_is_not_there_is_404_and_another_method_405(shop: AlgoliaShop) -> None:
    assert refused(shop, "/1/indexes/hats/query", {}) == (404, "Index hats does not exist")
    assert refused(shop, QUERIES, {"requests": [{"indexName": "hats"}]}) == (404, "Index hats does not exist")
    assert refused(shop, "/1/indexes/shoes/99", method="GET") == (404, "ObjectID does not exist")
    assert refused(shop, "/1/indexes/hats/settings", method="GET") == (404, "Index hats does not exist")
    assert refused(shop, "/2/indexes", method="GET")[0] == 404
    assert refused(shop, "/1/logs", method="GET")[0] == 404
    assert refused(shop, "/1/keys", method="DELETE") == (405, "method DELETE: this path takes GET, POST")


@pytest.mark.parametrize(
    "query",
    [
        "shoe " * 4000,
        "\x00\x01\x02 shoe \x1b[31m",
        "'\"`; drop table",
        "((((",
        "𝔰𝔥𝔬𝔢 " * 50,
        " ",
        "-" * 3000,
        "\u202eshoe",
    ],
)
def test_no_query_is_too_odd_to_be_answered(shop: AlgoliaShop, query: str) -> None:
    status, answer = shop.ask("POST", "/1/indexes/shoes/query", {"query": query}, key=SEARCH_KEY)
    assert status == 200
    assert answer["nbHits"] >= 0
    assert answer["query"] == query


def test_a_body_above_the_limit_is_413_and_a_packed_one_is_unpacked_no_further(shop: AlgoliaShop) -> None:
    shop.with_limits(max_body=1000)
    bomb = gzip.compress(b" " * 50 * MIB)
    assert refused(shop, "/1/indexes/shoes/query", " " * 1001)[0] == 413
    assert refused(shop, "/1/indexes/shoes/query", bomb)[0] == 413
    assert refused(shop, "/1/indexes/shoes/query", bomb[:-9] + b"x")[0] in (400, 413)
    assert refused(shop, "/1/indexes/shoes/query", b"\x1f\x8bjunk")[0] == 400


def test_a_page_of_any_origin_may_ask_and_read(shop: AlgoliaShop) -> None:
    asked = shop.raw("OPTIONS", "/1/indexes/*/queries", key="", headers={"origin": "https://shop.example.com"})
    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert {"x-algolia-application-id", "x-algolia-api-key", "content-type"} <= set(
        asked.headers["access-control-allow-headers"].split(", ")
    )
    assert shop.raw("POST", "/1/indexes/shoes/query", {}).headers["access-control-allow-origin"] == "*"
    assert shop.raw("POST", "/1/indexes/shoes/query", "{").headers["access-control-allow-origin"] == "*"


def test_the_moment_of_a_request_is_handed_on(shop: AlgoliaShop) -> None:
    rule = {
        "objectID": "spring",
        "conditions": [],
        "validity": [{"from": int(NOW.timestamp()) - 5, "until": int(NOW.timestamp()) + 5}],
        "consequence": {"hide": [{"objectID": "1"}]},
    }
    assert shop.ask("POST", "/1/indexes/shoes/rules/batch", [rule])[0] == 200
    assert sorted(shop.ids("shoes")) == ["2", "3"]
