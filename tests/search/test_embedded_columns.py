"""Columns of values, against a loop over the rows."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.embedded import columns as module
from tradewind.search.embedded.columns import FacetColumn
from tradewind.search.embedded.strings import packed, strings_of

TEXTS = ["blue", "green", "red"]
VALUES = st.lists(st.lists(st.sampled_from(TEXTS), unique=True, max_size=3), max_size=20)  # of each row


def sparse(values: list[list[str]]) -> FacetColumn:
    held = [(row, 1 + TEXTS.index(text)) for row, texts in enumerate(values) for text in sorted(texts)]
    return FacetColumn(
        strings_of(packed("facet", [text.encode() for text in TEXTS]), "facet"),
        np.array([code for _, code in held], np.uint8),
        np.array([row for row, _ in held], np.int32),
    )


@settings(max_examples=100)
@given(VALUES, st.data())
def test_values_of_some_rows_are_counted_as_a_loop_counts_them(values: list[list[str]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    column = sparse(values)
    rows = np.flatnonzero(chosen)
    expected = Counter(text for row in rows.tolist() for text in values[row])
    for _ in range(2):  # what was kept from the first time counts the same
        assert dict(zip(TEXTS, column.counts(rows).tolist(), strict=True)) == {each: expected[each] for each in TEXTS}


def test_rows_behind_the_last_value_have_none() -> None:
    column = sparse([["red"], [], ["blue", "red"], [], []])
    assert column.counts(np.array([2, 3, 4])).tolist() == [1, 0, 1]
    assert column.counts(np.array([3, 4])).tolist() == [0, 0, 0]


def test_texts_come_back_by_their_numbers_however_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 1)
    column = sparse([["red"]])
    assert [column.decoded([2, 0, 2]) for _ in range(2)] == [["red", "blue", "red"]] * 2
