"""Rows among others, sought or marked; chosen rows among postings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.embedded import postings
from tradewind.search.embedded import rows as module
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.postings import Chosen
from tradewind.search.embedded.rows import among, among_many, mask_of

ROWS = st.lists(st.integers(0, 30), max_size=20)
SETS = st.sets(st.integers(0, 30), max_size=20).map(sorted)


@settings(max_examples=60)
@given(ROWS, SETS, st.sampled_from([0, 1, 1000]))
def test_rows_are_among_others_as_in_a_set(asked: list[int], held: list[int], few: int) -> None:
    rows = np.array(held, np.int32)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_FEW", few)
        for found in (among(np.array(asked, np.int64), rows), among_many(np.array(asked, np.int64), rows, 31)):
            assert found.tolist() == [each in held for each in asked]
    assert np.flatnonzero(mask_of(rows, 31)).tolist() == held


def pairs(chosen: Chosen, rows: Array, *, in_order: bool) -> list[tuple[int, int]]:
    kept, at = chosen.find(rows, in_order=in_order)
    return sorted(zip(kept.tolist(), at.tolist(), strict=True))


@settings(max_examples=60)
@given(SETS, SETS, ROWS)
def test_chosen_rows_are_found_among_postings_however_many_they_are(
    chosen: list[int], held: list[int], unordered: list[int]
) -> None:
    wanted = [(number, chosen.index(row)) for number, row in enumerate(held) if row in chosen]
    loose = [(number, chosen.index(row)) for number, row in enumerate(unordered) if row in chosen]
    for small in (0, 31):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(postings, "_SMALL", small)
            patched.setattr(postings, "_FEW", 0)
            found = Chosen(np.array(chosen, np.int32), 31)
            assert found.are_few is (small == 0)
            assert pairs(found, np.array(held, np.int32), in_order=True) == wanted
            assert pairs(found, np.array(held, np.int32), in_order=False) == wanted
            assert pairs(found, np.array(unordered, np.int32), in_order=False) == loose
