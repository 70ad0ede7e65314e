"""What is made block by block of rows is the same as what is made at once, down to the bytes of the files."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.fake_encoder import BagOfWordsEncoder
from tests.search.shop import SHOP, stored
from tests.search.test_embedded import NOW, built
from tradewind.catalog.record import StoredRecord
from tradewind.search.embedded import encoding, runs, strings, vectors, word_building
from tradewind.search.embedded.arrays import Array, Blocks, open_arrays, write_arrays
from tradewind.search.embedded.building import build
from tradewind.search.embedded.record_spool import InOrder, RecordSpool
from tradewind.search.embedded.runs import Merged, Run
from tradewind.search.embedded.word_building import TokenColumns, word_arrays

NAMES = ("Red running shoes", "Blue shoe", "Shoes for running far", "Candles", "Candle, red", "")
MANY: list[dict[str, Any]] = [
    {"objectID": f"{n:03}", "name": NAMES[n % 6], "description": NAMES[n % 5], "brand": f"B{n % 7}", "price": n / 4}
    for n in range(90)
]
ROWS = st.lists(st.tuples(st.lists(st.sampled_from(NAMES), max_size=2), st.lists(st.sampled_from(NAMES), max_size=1)))
GROUPS = st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 99), min_size=1, max_size=5))


def run_of(groups: dict[int, list[int]]) -> Run:
    keys = sorted(groups)
    values = [value for key in keys for value in groups[key]]
    one, pair = np.array(values, np.int32), np.array([(v, v + 1) for v in values], np.int16).reshape(-1, 2)
    columns: dict[str, Array] = {"one": one, "pair": pair}
    return Run(np.array(keys, np.int64), np.array([len(groups[key]) for key in keys], np.int64), columns)


def whole(blocks: Array | Blocks) -> Array:
    if not isinstance(blocks, Blocks):
        return blocks
    return np.concatenate([np.zeros((0, *blocks.shape[1:]), blocks.dtype), *blocks.parts])


@settings(max_examples=60, deadline=None)
@given(st.lists(GROUPS, min_size=1, max_size=4), st.integers(1, 12))
def test_runs_are_put_together_group_by_group_in_their_order(held: list[dict[int, list[int]]], block: int) -> None:
    expected: dict[int, list[int]] = {}
    for groups in held:
        for key, values in groups.items():
            expected.setdefault(key, []).extend(values)
    flat = [value for key in sorted(expected) for value in expected[key]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_BLOCK", block)
        merged = Merged([run_of(groups) for groups in held])
        assert merged.keys.tolist() == sorted(expected)
        assert np.diff(merged.pointers).tolist() == [len(expected[key]) for key in sorted(expected)]
        assert merged.column("one").shape == (len(merged),) == (len(flat),)
        assert whole(merged.column("one")).tolist() == flat
        assert whole(merged.column("pair")).tolist() == [[value, value + 1] for value in flat]


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 8))
def test_words_of_blocks_are_those_of_all_rows_at_once(rows: list[Sequence[Sequence[str]]], block: int) -> None:
    made = [words_of(rows, at_once) for at_once in (1 << 20, block)]
    assert made[0].keys() == made[1].keys()
    for name, array in made[0].items():
        assert array.dtype == made[1][name].dtype, name
        assert np.array_equal(array, made[1][name]), name


def words_of(rows: Sequence[Sequence[Sequence[str]]], block: int) -> dict[str, Array]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_building, "BLOCK", block)
        tokens = TokenColumns()
        for texts in rows:
            tokens.add(texts)
        tokens.close()
        arrays = word_arrays(tokens, ordered=[True, False], averages=[3.0, 2.0], language="en")
        return {name: whole(array) for name, array in arrays.items()}


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_postings_and_neighbours_are_those_that_counting_finds(rows: list[Sequence[Sequence[str]]]) -> None:
    arrays = words_of(rows, 8)
    words = [[word for text in place for word in re.findall("[a-z]+", text.lower())] for row in rows for place in row]
    named, described = words[::2], words[1::2]
    vocabulary = sorted({word for place in words for word in place})
    held = strings.strings_of(arrays, "words")
    assert [each.decode() for each in held] == vocabulary
    for number, word in enumerate(vocabulary):
        first, end = arrays["words.pointers"][number : number + 2]
        both = [(word in name, word in description) for name, description in zip(named, described, strict=True)]
        impacts = [tuple(each) for each in (arrays["postings.impacts"][first:end] > 0).tolist()]
        found_rows = list(zip(arrays["postings.rows"][first:end].tolist(), impacts, strict=True))
        assert found_rows == [(row, each) for row, each in enumerate(both) if any(each)]
    beside = {(left, right, row) for row, name in enumerate(named) for left, right in pairwise(stems(name))}
    stem = [each.decode() for each in strings.strings_of(arrays, "stems")]
    counts = np.diff(arrays["neighbours.pointers"])
    pairs = [
        (stem[int(key) >> 32], stem[int(key) & 0xFFFFFFFF]) for key in np.repeat(arrays["neighbours.keys"], counts)
    ]
    found = [(*pair, row) for pair, row in zip(pairs, arrays["neighbours.rows"].tolist(), strict=True)]
    assert sorted(found) == sorted(beside)


def stems(words: Sequence[str]) -> list[str]:
    """Return the stems of NAMES' words, as Snowball's English stemmer has them."""
    known = {"running": "run", "shoes": "shoe", "candles": "candl", "candle": "candl"}
    return [known.get(word, word) for word in words]


def test_an_impact_is_what_the_formula_gives() -> None:
    # Two of four words of an ordered place, the first one at its beginning; the average place has three:
    # 2 x 2.2 / (2 + 1.2 x (1 - .75 + .75 x 4 / 3)) x 1.1 = 4.4 / 3.5 x 1.1 = 1.383, stored in steps of .01.
    arrays = words_of([(["Candle candle red shoe"], [])], 8)
    assert arrays["postings.impacts"][0].tolist() == [138, 0]


def test_files_are_the_same_whatever_is_made_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = versions(tmp_path / "at once")
    for module, name, size in (
        (word_building, "BLOCK", 50),
        (runs, "_BLOCK", 7),
        (strings, "_AT_ONCE", 3),
        (encoding, "_COPIED", 11),
        (vectors, "_WRITTEN", 13),
    ):
        monkeypatch.setattr(module, name, size)
    assert versions(tmp_path / "in blocks") == at_once


def versions(folder: Path) -> list[Any]:
    """Return the files of an index as it is built, changed, and built anew with what is known of before."""
    encoder = BagOfWordsEncoder()
    first = built(folder, MANY, SHOP, encoder)
    second = built(folder, [{**MANY[3], "name": "Lamp"}], SHOP, encoder, base=first, deletes=["004"])
    third = built(folder, [{**each, "price": 1} for each in MANY[20:60]], SHOP, encoder, base=second)
    assert [len(each.segments) for each in (first, second, third)] == [1, 2, 1]
    return [each.manifest.files for each in (first, second, third)]


def test_an_array_in_blocks_is_written_as_a_whole_one_is(tmp_path: Path) -> None:
    held = np.arange(30, dtype=np.int32).reshape(10, 3)
    blocks = Blocks(held.dtype, held.shape, iter([held[:4], held[4:4], held[4:]]))
    file = write_arrays(tmp_path, "numbers", {"a": blocks, "b": held[:, 1]}, {"told": 1})
    assert file == write_arrays(tmp_path / "other", "numbers", {"a": held, "b": held[:, 1]}, {"told": 1})
    opened = open_arrays(file, tmp_path)
    assert np.array_equal(opened.arrays["a"], held)
    assert np.array_equal(opened.arrays["b"], held[:, 1])


def test_blocks_of_another_size_than_was_told_are_refused(tmp_path: Path) -> None:
    held = np.zeros((3, 2), np.int32)
    blocks = Blocks(held.dtype, (4, 2), iter([held]))
    with pytest.raises(ValueError, match="array a has 24 bytes instead of the 32"):  # 3 x 2 x 4 and 4 x 2 x 4
        write_arrays(tmp_path, "numbers", {"a": blocks}, {})
    assert not list(tmp_path.glob("*.arrays"))


def test_records_are_read_again_in_order_of_their_ids_and_the_last_of_an_id_counts(tmp_path: Path) -> None:
    given = [StoredRecord(name, body) for name, body in (("b", b"1"), ("é", b""), ("a", b"22"), ("b", b"333"))]
    with RecordSpool(tmp_path) as spool:
        spool.add(given)
        expected = [StoredRecord("a", b"22"), StoredRecord("b", b"333"), StoredRecord("é", b"")]
        assert len(spool) == 3
        assert list(spool.records()) == list(spool.records()) == expected
        both = InOrder([spool.records, lambda: iter([StoredRecord("aa", b"4")])])
        assert [record.object_id for record in both] == ["a", "aa", "b", "é"]
    assert not list(tmp_path.iterdir())


class Body(bytes):
    """A body that counts how many there are."""

    alive = most = 0

    def __new__(cls, held: bytes) -> "Body":
        cls.alive += 1
        cls.most = max(cls.most, cls.alive)
        return super().__new__(cls, held)

    def __del__(self) -> None:
        Body.alive -= 1


def test_records_are_let_go_as_they_come(tmp_path: Path) -> None:
    def records() -> Iterator[StoredRecord]:
        for each in stored(MANY):
            yield StoredRecord(each.object_id, Body(each.body))

    build(
        base=None,
        upserts=records(),
        deletes=(),
        definition=SHOP,
        encoder=None,
        index_id="shop",
        version="1",
        now=NOW,
        folder=tmp_path,
        encode_for=lambda: True,
    )
    assert Body.most <= 2  # the one that is being written, and the next one
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".json", ".arrays"}
