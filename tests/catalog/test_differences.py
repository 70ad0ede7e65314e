"""What a filled index may have missed."""

from tests.search.oracle_index import OracleIndex
from tests.search.shop import RECORDS, SHOP, stored
from tradewind.catalog.differences import different
from tradewind.catalog.record import StoredRecord


def test_an_index_of_what_is_stored_differs_in_nothing() -> None:
    assert different(stored(RECORDS), OracleIndex(stored(RECORDS), SHOP)) == ()


def test_missing_changed_and_superfluous_records_are_named() -> None:
    index = OracleIndex(stored(RECORDS), SHOP)  # a to f
    now = [each for each in stored(RECORDS) if each.object_id != "c"]
    now[0] = StoredRecord("a", b'{"objectID":"a","name":"Other shoes"}')
    now.append(StoredRecord("new", b'{"objectID":"new"}'))
    assert different(now, index) == ("a", "new", "c")
