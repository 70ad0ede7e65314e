"""The engine on a real OpenSearch: the contract that the embedded engine keeps, too."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opensearchpy import OpenSearch

from tests.opensearch_server import opensearch_server
from tests.search.index_contract import CatalogIndexContract
from tests.search.shop import Record, stored
from tradewind.aws.opensearch_client import connect
from tradewind.aws.opensearch_publisher import OpenSearchPublisher
from tradewind.aws.opensearch_reader import OpenSearchReader
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.publishing import Changes
from tradewind.catalog.raw_definition import RawDefinition
from tradewind.catalog.settings import IndexSettings
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSearch]:
    with opensearch_server(tmp_path_factory.mktemp("opensearch")) as url:
        client = connect(url, "server", writing=True)
        yield client
        client.close()


@pytest.fixture(scope="module")
def published(cluster: OpenSearch) -> Iterator[dict[str, str]]:
    """Give the names of the indexes that were made, by what is in them, and remove those at the end."""
    names: dict[str, str] = {}
    yield names
    publisher = OpenSearchPublisher(cluster, "contract", lambda: None)
    for name in names.values():
        publisher.remove(name)
    publisher.sweep(frozenset())


def raw_of(settings: IndexSettings) -> RawDefinition:
    """Return the JSON of the settings that decide what is indexed."""
    given = {name: value for name in ("name", "description", "stock") if (value := getattr(settings.fields, name))}
    raw: dict[str, Any] = {
        "searchableAttributes": [
            ",".join(place.names) if place.ordered else f"unordered({','.join(place.names)})"
            for place in settings.searchable
        ],
        "attributesForFaceting": [each.name for each in settings.facets],
        "attributeForDistinct": settings.distinct_attribute,
        "numericAttributesForFiltering": None if settings.numeric is None else list(settings.numeric),
        "tradewind": {"fields": given, "language": settings.language},
    }
    return RawDefinition(settings=raw)


class TestOpenSearch(CatalogIndexContract):
    """An index is made once for all tests that ask for the same one: nothing changes it."""

    @pytest.fixture(autouse=True)
    def _cluster(self, cluster: OpenSearch, published: dict[str, str]) -> None:
        self.client, self.names = cluster, published

    def make_index(
        self, records: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder | None = None
    ) -> CatalogIndex:
        raw = raw_of(definition.settings)
        direction = encoder.encode("cosy couch sofa").tobytes().hex() if encoder else ""
        content = repr((records, raw, direction))
        if content not in self.names:
            self.names[content] = f"shop-{len(self.names)}"
            changes = Changes(
                name=self.names[content],
                index_id=self.names[content],
                definition=raw,
                puts=stored(records),
                removes=frozenset(),
                whole=True,
            )
            OpenSearchPublisher(self.client, "contract", lambda: encoder).publish(changes, encode_for=lambda: True)
        return OpenSearchReader(self.client, "contract", pointer_seconds=2).named(self.names[content])[0]

    def make_index_with_later(
        self, records: Sequence[Record], later: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder
    ) -> CatalogIndex:
        content = repr(("with later", records, later))
        name = self.names[content] = f"shop-{len(self.names)}"
        publisher = OpenSearchPublisher(self.client, "contract", lambda: encoder)
        for puts in (records, later):
            changes = Changes(
                name=name,
                index_id=name,
                definition=raw_of(definition.settings),
                puts=stored(puts),
                removes=frozenset(),
                whole=puts is records,
            )
            has_time = puts is records
            publisher.publish(changes, encode_for=lambda has_time=has_time: has_time)  # type: ignore[misc]
        return OpenSearchReader(self.client, "contract", pointer_seconds=2).named(name)[0]
