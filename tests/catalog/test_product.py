"""An imported product as its record, in an index with the settings that an import makes."""

from datetime import UTC, datetime

from tests.search.oracle_index import OracleIndex
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.product import Product, first_settings, record_of
from tradewind.catalog.settings import parse_settings
from tradewind.search.answering import answer
from tradewind.search.filters import NumberIs
from tradewind.search.plan import FacetStats
from tradewind.search.request import SearchRequest

LAMPS = [Product(sku=f"L{minor}", name="Lamp", price_minor=minor, currency="GBP") for minor in (250, 750, 1000)]


def test_filters_and_facets_see_the_price_in_major_units() -> None:
    definition = IndexDefinition(settings=parse_settings(first_settings("products", levels=0, attributes=())))
    index = OracleIndex([record_of(lamp) for lamp in LAMPS], definition)
    request = SearchRequest(query="lamp", filter=NumberIs("price", ">", 3), facets=("price",))
    made = answer(
        request,
        name="products",
        index=index,
        definition=definition,
        encoder=None,
        now=datetime(2026, 5, 1, tzinfo=UTC),
        query_id="0" * 32,
    )
    assert dict(made.outcome.facets["price"]) == {"10": 1, "7.5": 1}
    assert made.outcome.stats["price"] == FacetStats(7.5, 10, 8.75, 17.5)  # (7.5 + 10) / 2
