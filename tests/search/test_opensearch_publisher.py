"""Versions, aliases, bulk changes and failures, on a real OpenSearch."""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from opensearchpy import OpenSearch

from tests.opensearch_server import opensearch_server
from tests.search.fake_encoder import BagOfWordsEncoder
from tests.search.shop import RECORDS, stored
from tradewind.aws.opensearch_bulk import apply_changes, delete, put
from tradewind.aws.opensearch_client import connect
from tradewind.aws.opensearch_publisher import OpenSearchPublisher
from tradewind.aws.opensearch_reader import OpenSearchReader, live_version
from tradewind.catalog.editing import UnknownIndex
from tradewind.catalog.publishing import Changes, Published, PublisherMovedError
from tradewind.catalog.raw_definition import RawDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.errors import InputError
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex, IndexUnavailable
from tradewind.search.opensearch.version_facts import alias_of
from tradewind.search.plan import Plan

DEFINITION = RawDefinition(settings={"searchableAttributes": ["name"], "attributesForFaceting": ["brand"]})


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSearch]:
    with opensearch_server(tmp_path_factory.mktemp("opensearch")) as url:
        client = connect(url, "server", writing=True)
        yield client
        client.close()


class Shop:
    """One environment on the cluster."""

    def __init__(self, client: OpenSearch) -> None:
        self.client, self.env = client, f"test{uuid4().hex[:8]}"
        self.encoder: TextEncoder | None = None
        self.publisher = OpenSearchPublisher(client, self.env, lambda: self.encoder)

    def publish(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        index_id: str = "g1",
        removes: frozenset[str] = frozenset(),
        whole: bool = False,
        definition: RawDefinition = DEFINITION,
        encodes: bool = True,
    ) -> Published:
        changes = Changes(
            name="products",
            index_id=index_id,
            definition=definition,
            puts=stored(records),
            removes=removes,
            whole=whole,
        )
        return self.publisher.publish(changes, encode_for=lambda: encodes)

    def opened(self, name: str = "products") -> CatalogIndex:
        return OpenSearchReader(self.client, self.env, pointer_seconds=0).named(name)[0]

    def versions(self) -> list[str]:
        return sorted(self.client.indices.get_alias(index=f"tradewind-{self.env}-*.v*"))


@pytest.fixture
def shop(cluster: OpenSearch) -> Iterator[Shop]:
    made = Shop(cluster)
    yield made
    for version in made.versions():
        cluster.indices.delete(index=version)


def test_changes_go_into_the_live_version(shop: Shop) -> None:
    first = shop.publish(RECORDS, whole=True)
    versions = shop.versions()
    second = shop.publish([{"objectID": "g", "name": "Kayak"}], removes=frozenset({"a", "unknown"}))
    assert (first.records, second.records) == (6, 6)  # one came, one went
    assert second.version > first.version
    assert shop.versions() == versions
    assert [object_id for object_id, _ in shop.opened().scan()] == ["b", "c", "d", "e", "f", "g"]


def test_doing_it_twice_gives_the_same_index(shop: Shop) -> None:
    for _ in range(2):
        shop.publish(RECORDS, whole=True)
        shop.publish([{"objectID": "g", "name": "Kayak"}], removes=frozenset({"a"}))
    assert shop.opened().records == 6
    assert len(shop.versions()) == 1


def test_other_fields_make_a_new_version_of_the_records_that_are_there(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    before = shop.versions()
    other = RawDefinition(settings={"searchableAttributes": ["name", "description"]})
    shop.publish([{"objectID": "g", "name": "Kayak"}], removes=frozenset({"a"}), definition=other)
    assert shop.versions() != before
    assert len(shop.versions()) == 1
    index = shop.opened()
    assert (index.records, index.vocabulary.products_with("strong")) == (6, 1)  # a word of a description
    assert index.definition.settings.searchable[1].names == ("description",)


def test_changes_of_a_version_that_was_replaced_meanwhile_are_done_again_on_the_new_one(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    change = {"objectID": "g", "name": "Kayak"}

    class Replacing(list[StoredRecord]):
        """Changes that are written after somebody else has made a new version of the same generation."""

        def __iter__(self) -> Iterator[StoredRecord]:
            shop.publish(RECORDS, whole=True)
            return super().__iter__()

    late = Changes(name="products", index_id="g1", definition=DEFINITION, puts=Replacing(stored([change])))
    with pytest.raises(PublisherMovedError, match="another made a new version meanwhile"):
        shop.publisher.publish(late, encode_for=lambda: True)
    assert [object_id for object_id, _ in shop.opened().scan()] == ["a", "b", "c", "d", "e", "f"]
    assert shop.publish([change]).records == 7


def test_vectors_come_later_where_there_is_no_time(shop: Shop) -> None:
    shop.encoder = BagOfWordsEncoder()
    assert shop.publish(RECORDS, whole=True, encodes=False).unencoded == 6
    assert shop.publisher.lacks_vectors("products")
    assert shop.publish([]).unencoded == 0
    assert not shop.publisher.lacks_vectors("products")
    assert shop.opened().encoder == shop.encoder.name


def test_there_is_a_look_at_the_clock_at_least_every_sixteen_texts(shop: Shop) -> None:
    shop.encoder = BagOfWordsEncoder()
    many = stored([{"objectID": f"{n:02}", "name": f"Lamp {n}"} for n in range(50)])
    changes = Changes(name="products", index_id="g1", definition=DEFINITION, puts=many, removes=frozenset(), whole=True)
    once = iter([True, False])
    first = shop.publisher.publish(changes, encode_for=lambda: next(once))
    assert (first.records, first.unencoded) == (50, 50 - 16)
    more = iter([True, True, True, False, False])  # before records are read, for two sixteens, and twice no
    nothing = replace(changes, puts=(), whole=False)
    assert shop.publisher.publish(nothing, encode_for=lambda: next(more)).unencoded == 50 - 16 - 32


def test_a_small_index_has_the_similarity_floor_of_its_own_vectors(shop: Shop) -> None:
    shop.encoder = BagOfWordsEncoder()
    shop.publish([{"objectID": str(number), "name": "Red wool hat"} for number in range(4)], whole=True)
    live = live_version(shop.client, alias_of(shop.env, "products"))
    assert live is not None
    assert live[1].floor == pytest.approx(0.4)  # all cosines are 1: the upper bound


def test_another_encoder_makes_all_vectors_anew(shop: Shop) -> None:
    shop.encoder = BagOfWordsEncoder(name="one")
    shop.publish(RECORDS, whole=True)
    before = shop.versions()
    shop.encoder = BagOfWordsEncoder(name="two")
    assert shop.publish([]).unencoded == 0
    assert shop.versions() != before
    assert shop.opened().encoder == "two"


def test_a_generation_that_is_not_there_needs_all_records(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    assert shop.publisher.knows("g1", "products")
    assert not shop.publisher.knows("g2", "products")
    with pytest.raises(PublisherMovedError):
        shop.publish([], index_id="g2")


def test_a_moved_generation_is_found_under_its_new_name(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    shop.publisher.point("goods", index_id="g1", definition=DEFINITION)
    shop.publisher.remove("products")
    shop.publisher.sweep(frozenset({"g1"}))
    assert shop.opened("goods").records == 6
    with pytest.raises(UnknownIndex):
        shop.opened("products")


def test_a_replica_has_the_records_of_its_primary_and_its_own_order(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    cheapest = RawDefinition(settings={"ranking": ["asc(price)"]})
    shop.publisher.point_replica("products_price_asc", primary="products", definition=cheapest)
    shop.publish(RECORDS[:3], whole=True)  # a new version keeps its replicas
    replica = shop.opened("products_price_asc")
    assert (replica.records, replica.definition.settings.sort[0].attribute) == (3, "price")
    shop.publisher.remove("products_price_asc")
    with pytest.raises(UnknownIndex):
        shop.opened("products_price_asc")


def test_what_is_removed_and_what_was_cut_short_goes_with_the_sweep(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    shop.client.indices.create(index=f"tradewind-{shop.env}-products.vbegun")
    shop.publisher.remove("products")
    shop.publisher.sweep(frozenset())
    assert shop.versions() == []


def test_a_record_that_the_cluster_refuses_is_named_and_the_live_version_stays(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    many = {f"n{number}": number for number in range(2_100)}  # more fields than an index may have
    with pytest.raises(IndexUnavailable, match="product 'x'"):
        shop.publish([{"objectID": "x", "name": "Kayak", **many}], whole=True)
    assert shop.opened().records == 6


class Busy:
    """A cluster whose first answers say that it is busy with all but the first change of each."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.received: list[list[str]] = []

    def bulk(self, *, body: bytes, index: str) -> dict[str, Any]:
        lines = [json.loads(line) for line in body.splitlines()]
        names = [action["_id"] for line in lines for action in line.values() if isinstance(action, dict)]
        self.received.append(names)
        busy = len(self.received) <= self.refusals
        status = [429 if busy and number else 200 for number, _ in enumerate(names)]
        return {"items": [{"index": {"_id": name, "status": code}} for name, code in zip(names, status, strict=True)]}


def test_what_a_busy_cluster_left_over_is_sent_again_after_growing_pauses() -> None:
    cluster, pauses = Busy(2), list[float]()
    changes = [put(name, name, {}) for name in "abc"] + [delete("d", "d")]
    assert apply_changes(cluster, "products", changes, pause=pauses.append) == 4  # type: ignore[arg-type]
    assert cluster.received == [["a", "b", "c", "d"], ["b", "c", "d"], ["c", "d"]]
    assert pauses == [0.1, 0.2]


def test_a_cluster_that_stays_busy_is_an_error_that_counts() -> None:
    changes = [put(str(number), str(number), {}) for number in range(9)]
    with pytest.raises(IndexUnavailable, match="too busy for 1 of 9 changes"):
        apply_changes(Busy(99), "products", changes, pause=lambda _: None)  # type: ignore[arg-type]


def test_a_cluster_that_is_down_is_said_with_the_way_out() -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        client = connect(f"http://127.0.0.1:{taken.getsockname()[1]}", "server")
        with pytest.raises(IndexUnavailable, match=r"does not answer.*OPENSEARCH_URL"):
            OpenSearchReader(client, "test", pointer_seconds=2).named("products")
        client.close()


def test_a_version_that_is_removed_while_it_is_open_is_unavailable(shop: Shop) -> None:
    shop.publish(RECORDS, whole=True)
    index = shop.opened()
    shop.client.indices.delete(index=shop.versions()[0])
    with pytest.raises(IndexUnavailable, match="tradewind index backfill"):
        index.search(Plan())


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="OPENSEARCH_URL"):
        connect("search.example.com", "server")


def test_records_of_any_bytes_come_back_as_they_were_sent(shop: Shop) -> None:
    body = b'{ "objectID":"a",\t"n":1.50, "t":"\\u00e9\\ud83d\\ude00 \xc3\xa9",  "big":12345678901234567890 }'
    changes = Changes(name="products", index_id="g1", definition=DEFINITION, puts=[StoredRecord("a", body)], whole=True)
    shop.publisher.publish(changes, encode_for=lambda: True)
    assert shop.opened().get(["a"]) == [body]
