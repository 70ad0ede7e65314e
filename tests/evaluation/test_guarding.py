"""What is compared before the settings of a live index change, and what cannot be."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.algolia_catalog import MemoryCatalog
from tests.search.fake_encoder import BagOfWordsEncoder
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.definition_changes import entries_put, settings_changed
from tradewind.catalog.editing import Edit, UnknownIndex
from tradewind.catalog.record import StoredRecord
from tradewind.evaluation.gate import Verdict
from tradewind.evaluation.guarding import Effort, NotCompared, definition_with, judge_definition
from tradewind.evaluation.judgements import Judgement, Judgements, judge
from tradewind.evaluation.temporary_index import temporary_index
from tradewind.search.index import CatalogIndex

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RECORDS = [
    {"objectID": "lamp", "name": "Brass lamp", "note": "for a desk", "sold": 3},
    {"objectID": "light", "name": "Small lamp", "note": "glows", "sold": 1},
]
JUDGED = judge([Judgement("lamp", "lamp", 1), Judgement("lamp", "light", 0)])
UNHURRIED = Effort()
WORSE = {"customRanking": ["asc(sold)"]}


class Published:
    """Indexes as they were when `publish` was called last."""

    def __init__(self, catalog: MemoryCatalog, folder: Path) -> None:
        self._catalog, self._folder = catalog, folder
        self._named: dict[str, tuple[CatalogIndex, IndexDefinition]] = {}

    def publish(self, name: str, encoder: Any = None) -> None:
        definition = definition_with(self._catalog, name, settings_changed({}))
        records = [StoredRecord(object_id, body) for object_id, body in self._catalog.records(name)]
        folder = self._folder / f"{name}-{len(self._named)}"
        self._named[name] = temporary_index(records, definition, encoder, folder=folder, now=NOW), definition

    def named(self, name: str) -> tuple[CatalogIndex, IndexDefinition]:
        if name not in self._named:
            raise UnknownIndex(name)
        return self._named[name]


@pytest.fixture
def catalog() -> MemoryCatalog:
    made = MemoryCatalog()
    made.edit("products", [Edit("addObject", str(each["objectID"]), json.dumps(each).encode()) for each in RECORDS])
    made.set_settings("products", {"searchableAttributes": ["name"], "customRanking": ["desc(sold)"]})
    return made


@pytest.fixture
def published(catalog: MemoryCatalog, tmp_path: Path) -> Published:
    made = Published(catalog, tmp_path)
    made.publish("products")
    return made


def judged(
    catalog: MemoryCatalog,
    published: Published,
    changes: dict[str, Any],
    effort: Effort = UNHURRIED,
    name: str = "products",
    judgements: Judgements = JUDGED,
) -> Verdict | NotCompared:
    return judge_definition(
        name,
        settings_changed(changes),
        judgements,
        catalog=catalog,
        indexes=published,
        encoder=lambda: None,
        now=NOW,
        effort=effort,
    )


def test_a_change_of_custom_ranking_is_asked_of_the_same_files(catalog: MemoryCatalog, published: Published) -> None:
    found = judged(catalog, published, WORSE, Effort(new_index=False))
    assert isinstance(found, Verdict)
    assert (found.allowed, found.current) == (False, 1.0)
    assert found.proposed == pytest.approx(0.6309, abs=1e-4)  # the judged lamp second: 1 / log2(3)


def test_what_no_order_depends_on_is_not_asked(catalog: MemoryCatalog, published: Published) -> None:
    changes = {"hitsPerPage": 3, "attributesToRetrieve": ["name"], "attributesForFaceting": ["sold"], "replicas": ["r"]}
    found = judged(catalog, published, changes)
    assert found == NotCompared("the change does not touch the order of products", allowed=True)


def test_facets_are_asked_about_where_a_rule_may_filter_by_them(catalog: MemoryCatalog, published: Published) -> None:
    rule = {
        "objectID": "1",
        "conditions": [{"pattern": "lamp", "anchoring": "is"}],
        "consequence": {"params": {"filters": "sold:3"}},
    }
    catalog.put_entries("products", "rule", [rule])
    published.publish("products")
    assert isinstance(judged(catalog, published, {"attributesForFaceting": ["sold"]}), Verdict)


def test_what_was_stored_and_is_not_published_yet_counts_as_proposed(
    catalog: MemoryCatalog, published: Published
) -> None:
    catalog.set_settings("products", WORSE)
    found = judged(catalog, published, {"typoTolerance": False})
    assert isinstance(found, Verdict)
    assert not found.allowed


def test_a_new_index_is_built_only_where_there_is_time(catalog: MemoryCatalog, published: Published) -> None:
    changes = {"searchableAttributes": ["note"]}
    hurried = judged(catalog, published, changes, Effort(new_index=False))
    assert hurried == NotCompared("the change needs a new index, which takes too long here", allowed=False)
    found = judged(catalog, published, changes)
    assert isinstance(found, Verdict)
    assert (found.current, found.proposed) == (1.0, 0.0)  # "lamp" is in no note


def test_an_index_that_is_too_large_is_not_compared_and_one_not_published_has_nothing_to_lose(
    catalog: MemoryCatalog, published: Published
) -> None:
    large = judged(catalog, published, WORSE, Effort(records=1))
    assert large == NotCompared("2 records are too many to be compared here", allowed=False)
    new = judged(catalog, published, WORSE, name="new")
    assert new == NotCompared("index 'new' is not published yet", allowed=True)


def test_a_comparison_that_takes_too_long_ends_and_is_no_verdict(catalog: MemoryCatalog, published: Published) -> None:
    seconds = iter(range(100))  # each look at the clock takes one
    hurried = Effort(seconds=1, clock=lambda: float(next(seconds)))
    found = judged(catalog, published, WORSE, hurried)
    assert found == NotCompared("asking 1 judged queries takes too long here", allowed=False)
    seconds = iter(range(100))
    assert isinstance(judged(catalog, published, WORSE, replace(hurried, seconds=50)), Verdict)


def test_a_rule_is_judged_as_the_store_would_have_it(catalog: MemoryCatalog, published: Published) -> None:
    rule = {
        "objectID": "1",
        "conditions": [{"pattern": "lamp", "anchoring": "is"}],
        "consequence": {"hide": [{"objectID": "lamp"}]},
    }
    found = judge_definition(
        "products",
        entries_put("rule", [rule]),
        JUDGED,
        catalog=catalog,
        indexes=published,
        encoder=lambda: None,
        now=NOW,
        effort=Effort(new_index=False),
    )
    assert isinstance(found, Verdict)
    assert (found.current, found.proposed) == (1.0, 0.0)  # the judged lamp is hidden


def test_of_many_queries_some_are_drawn_and_it_says_so(catalog: MemoryCatalog, published: Published) -> None:
    many = judge([Judgement(f"lamp {number}", "lamp", 1) for number in range(20)])
    found = judged(catalog, published, WORSE, Effort(queries=5), judgements=many)
    assert isinstance(found, Verdict)
    assert found.queries == 5
    assert "drawn from 20 judged queries" in str(found)
    assert found == judged(catalog, published, WORSE, Effort(queries=5), judgements=many)  # the same ones every time


def test_an_index_with_vectors_is_compared_by_words_where_its_encoder_is_not_and_it_says_so(
    catalog: MemoryCatalog, published: Published
) -> None:
    published.publish("products", BagOfWordsEncoder())
    found = judged(catalog, published, WORSE)
    assert "by words alone: the encoder of the index is not here" in str(found)


def test_a_replica_is_what_its_primary_is_under_its_own(catalog: MemoryCatalog) -> None:
    catalog.set_settings("products", {"replicas": ["cheap"], "hitsPerPage": 7})
    catalog.set_settings("cheap", {"ranking": ["asc(sold)"]})
    change = settings_changed({"queryType": "prefixNone", "primary": "other"})
    settings = definition_with(catalog, "cheap", change).settings
    assert (settings.hits_per_page, settings.query_type, settings.primary) == (7, "prefixNone", "products")
    assert [key.attribute for key in settings.sort] == ["sold"]
    assert settings.custom_ranking == ()  # the primary's own
