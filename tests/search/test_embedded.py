"""The embedded engine: the contract, in one segment and in many."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.search.index_contract import CatalogIndexContract
from tests.search.shop import Record, stored
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import FacetAttribute, IndexSettings, SearchableAttributes
from tradewind.search.embedded import building, filtering, match_set, postings, rows
from tradewind.search.embedded.building import build
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.opening import OpenedSnapshot, open_snapshot
from tradewind.search.encoder import TextEncoder
from tradewind.search.filters import FacetIs
from tradewind.search.index import CatalogIndex
from tradewind.search.plan import Alternative, Plan, Word

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def built(
    folder: Path,
    records: Sequence[Record],
    definition: IndexDefinition,
    encoder: TextEncoder | None = None,
    *,
    base: OpenedSnapshot | None = None,
    deletes: Iterable[str] = (),
    encode_for: Callable[[], bool] = lambda: True,
    version: str = "1",
) -> OpenedSnapshot:
    """Return the next version of an index, built and opened in `folder`."""
    manifest = build(
        base=base,
        upserts=stored(records),
        deletes=deletes,
        definition=definition,
        encoder=encoder,
        index_id="shop",
        version=version,
        now=NOW,
        folder=folder,
        encode_for=encode_for,
    )
    return open_snapshot(manifest, folder)


class TestOneSegment(CatalogIndexContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_index(
        self, records: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder | None = None
    ) -> CatalogIndex:
        return EmbeddedIndex(built(self.folder, records, definition, encoder), definition)

    def make_index_with_later(
        self, records: Sequence[Record], later: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder
    ) -> CatalogIndex:
        base = built(self.folder, records, definition, encoder)
        snapshot = built(self.folder, later, definition, encoder, base=base, encode_for=lambda: False)
        return EmbeddedIndex(snapshot, definition)


def as_among_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a few rows sought one by one, as in a large index, whatever the size of this one."""
    monkeypatch.setattr(rows, "_FEW", 0)
    monkeypatch.setattr(filtering, "_FEW", 0)
    monkeypatch.setattr(postings, "_FEW", 0)
    monkeypatch.setattr(postings, "_SMALL", 0)
    monkeypatch.setattr(match_set, "_SMALL", 0)


class TestOneSegmentAsAmongManyRows(TestOneSegment):
    @pytest.fixture(autouse=True)
    def _seek(self, monkeypatch: pytest.MonkeyPatch) -> None:
        as_among_many_rows(monkeypatch)


class TestManySegments(CatalogIndexContract):
    """Every record comes in a segment of its own (of the first 20), replaces an older one, and others are deleted."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = tmp_path
        monkeypatch.setattr(building, "MERGED_SHARE", float("inf"))
        monkeypatch.setattr(building, "MERGED_GROWTH", 0)

    def make_index(
        self, records: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder | None = None
    ) -> CatalogIndex:
        old = [{"objectID": record["objectID"], "name": "Red shoes of old", "brand": "Acme"} for record in records]
        gone = [{"objectID": f"gone{n}", "name": "Red running shoes", "brand": "Bolt", "price": 5} for n in range(3)]
        base = built(self.folder, [*old, *gone], definition, encoder)
        several, single = records[: max(len(records) - 20, 0)], records[-20:]
        if several:
            base = built(self.folder, several, definition, encoder, base=base)
        for record in single:
            base = built(self.folder, [record], definition, encoder, base=base)
        base = built(self.folder, [], definition, encoder, base=base, deletes=[str(each["objectID"]) for each in gone])
        live = [segment for segment in base.segments if segment.live_rows]
        assert len(live) == len(base.segments) == len(single) + bool(several)
        return EmbeddedIndex(base, definition)

    def make_index_with_later(
        self, records: Sequence[Record], later: Sequence[Record], definition: IndexDefinition, encoder: TextEncoder
    ) -> CatalogIndex:
        snapshot = built(self.folder, records, definition, encoder)
        for record in later:
            snapshot = built(self.folder, [record], definition, encoder, base=snapshot, encode_for=lambda: False)
        assert len(snapshot.segments) == 1 + len(later)
        return EmbeddedIndex(snapshot, definition)


def test_the_words_score_of_a_product_is_the_same_whatever_the_filter_leaves(tmp_path: Path) -> None:
    settings = IndexSettings(
        searchable=(SearchableAttributes(("name",)), SearchableAttributes(("text",))), facets=(FacetAttribute("brand"),)
    )
    records: list[Record] = [
        {"objectID": f"{n:02}", "name": f"red {'lamp' * (n % 3 > 0)}", "text": f"lampshade {n}", "brand": str(n % 5)}
        for n in range(40)
    ]
    definition = IndexDefinition(settings=settings)
    index = EmbeddedIndex(built(tmp_path, records, definition), definition)
    beginning = Alternative(terms=("lam",), kind="prefix", weight=0.5, prefix=True)
    plan = Plan(
        words=(
            Word(text="red", alternatives=(Alternative(terms=("red",)),)),
            Word(text="lamp", alternatives=(Alternative(terms=("lamp",)), beginning)),
        ),
        length=100,
    )
    scores = {hit.object_id: hit.lexical_score for hit in index.search(plan).hits}
    assert len(scores) == 40
    for brand in "01234":
        hits = index.search(replace(plan, filter=FacetIs("brand", brand))).hits
        assert len(hits) == 8
        assert {hit.object_id: hit.lexical_score for hit in hits} == {
            each.object_id: scores[each.object_id] for each in hits
        }
