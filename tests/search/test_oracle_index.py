"""The slow oracle is an index as the contract wants it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tests.search.index_contract import CatalogIndexContract
from tests.search.oracle_index import OracleIndex, edit_distance
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex


class TestOracleIndex(CatalogIndexContract):
    def make_index(
        self, records: Sequence[Mapping[str, Any]], definition: IndexDefinition, encoder: TextEncoder | None = None
    ) -> CatalogIndex:
        stored = [StoredRecord(each["objectID"], orjson.dumps(each)) for each in records]
        return OracleIndex(stored, definition, encoder)

    def make_index_with_later(
        self,
        records: Sequence[Mapping[str, Any]],
        later: Sequence[Mapping[str, Any]],
        definition: IndexDefinition,
        encoder: TextEncoder,
    ) -> CatalogIndex:
        stored = [StoredRecord(each["objectID"], orjson.dumps(each)) for each in [*records, *later]]
        return OracleIndex(stored, definition, encoder, without_vector={each["objectID"] for each in later})


def test_a_swap_of_neighbours_is_one_edit() -> None:
    assert edit_distance("lamp", "lamp") == 0
    assert edit_distance("lamp", "lmap") == 1
    assert edit_distance("lamp", "lampe") == 1
    assert edit_distance("lamp", "damp") == 1
    assert edit_distance("lamp", "plma") == 3
    assert edit_distance("", "abc") == 3
