"""Settings that are tried on judgements before they are published."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import parse_settings
from tradewind.catalog.synonyms import Synonym
from tradewind.evaluation.judgements import Judgement, judge
from tradewind.evaluation.running import Searched
from tradewind.evaluation.settings_gate import judge_change
from tradewind.evaluation.temporary_index import temporary_index

RECORDS = [
    StoredRecord("lamp", b'{"objectID": "lamp", "name": "Brass lamp", "description": "for a desk"}'),
    StoredRecord("desk", b'{"objectID": "desk", "name": "Oak desk", "description": "holds a lamp"}'),
    StoredRecord("rug", b'{"objectID": "rug", "name": "Wool rug", "description": "soft"}'),
]
JUDGED = judge([Judgement("lamp", "lamp", 1), Judgement("lamp", "desk", 0), Judgement("carpet", "rug", 1)])


def definition(*searchable: str) -> IndexDefinition:
    return IndexDefinition(settings=parse_settings({"searchableAttributes": list(searchable)}))


@pytest.fixture
def live(tmp_path: Path) -> Searched:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    named = definition("name", "description")
    return Searched(
        index=temporary_index(RECORDS, named, None, folder=tmp_path, now=now), definition=named, encoder=None, now=now
    )


def test_a_synonym_that_helps_is_allowed(live: Searched) -> None:
    synonym = Synonym(object_id="1", kind="synonym", words=("carpet", "rug"))
    found = judge_change(live, replace(live.definition, synonyms=(synonym,)), JUDGED, np.random.default_rng(1))
    assert found.allowed
    assert [found.current, found.proposed] == [0.5, 1.0]  # the lamp, then the rug too


def test_searching_the_wrong_attribute_is_refused(live: Searched) -> None:
    found = judge_change(live, definition("description"), JUDGED, np.random.default_rng(1))
    assert not found.allowed
    assert [found.current, found.proposed] == [0.5, 0.0]  # the only lamp that is found is the desk's
    assert found.worst == ("lamp",)


def test_settings_that_rank_alike_are_allowed(live: Searched) -> None:
    found = judge_change(live, live.definition, JUDGED, np.random.default_rng(1))
    assert found.allowed
    assert found.difference.mean == 0
