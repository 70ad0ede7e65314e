"""What is filtered, counted and sorted by, as columns: texts of facets as codes, numbers, booleans, places on earth.

A column has one of two forms. Full: one value a row (code 0 and NaN: none). Sparse: rows and values, in order of rows,
a row once for each of its values. Records may have any attributes, so a rare one must cost little.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tradewind.catalog.record import values_at
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.strings import packed
from tradewind.search.embedded.word_building import Numbering
from tradewind.search.filter_matching import points_of
from tradewind.search.product_texts import MAX_DEPTH, facet_text

_FULL_FROM = 0.5  # of the rows with a value: full columns are scanned faster, sparse ones are smaller


class _Numbers:
    """Rows and numbers."""

    __slots__ = ("rows", "values")

    def __init__(self) -> None:
        self.rows, self.values = array("i"), array("d")


class _Texts:
    """Rows and texts by their numbers: a million products have few texts in a facet."""

    __slots__ = ("numbers", "rows", "values")

    def __init__(self) -> None:
        self.rows, self.values, self.numbers = array("i"), array("i"), Numbering()

    def add(self, row: int, text: str) -> None:
        self.rows.append(row)
        self.values.append(self.numbers[text])


class ColumnBuilder:
    """Takes records row by row."""

    def __init__(self, facets: Sequence[str]) -> None:
        self._facets = {name: _Texts() for name in facets}
        self._numbers: defaultdict[str, _Numbers] = defaultdict(_Numbers)
        self._flags: defaultdict[str, _Numbers] = defaultdict(_Numbers)
        self._points = _Numbers()
        self._rows = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Add the next row."""
        row = self._rows
        self._rows += 1
        for name, column in self._facets.items():
            for text in _facet_texts(record, name):
                column.add(row, text)
        for path, values in _numeric_values(record).items():
            for value in values:
                numbers = (self._flags if isinstance(value, bool) else self._numbers)[path]
                numbers.rows.append(row)
                numbers.values.append(value)
        for point in points_of(record):
            self._points.rows.append(row)
            self._points.values.extend(point)

    def arrays(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return the arrays of a columns file, and what is told beside them: which columns there are, in which form."""
        arrays: dict[str, Array] = {}
        told: dict[str, Any] = {"rows": self._rows}
        for kind, columns in (("numbers", self._numbers), ("flags", self._flags)):
            told[kind] = {}
            for number, (path, column) in enumerate(sorted(columns.items())):
                told[kind][path] = f"{kind}.{number}"
                arrays |= _number_arrays(f"{kind}.{number}", column, self._rows)
        told["facets"] = {}
        for number, (name, texts) in enumerate(self._facets.items()):
            told["facets"][name] = f"facets.{number}"
            arrays |= _facet_arrays(f"facets.{number}", texts, self._rows)
        arrays["points.rows"] = np.frombuffer(self._points.rows, np.int32)
        arrays["points.places"] = np.frombuffer(self._points.values, np.float64).reshape(-1, 2)
        return arrays, told


def _number_arrays(name: str, column: _Numbers, rows: int) -> dict[str, Array]:
    at, values = np.frombuffer(column.rows, np.int32), np.frombuffer(column.values, np.float64)
    if not _is_full(at, rows):
        return {f"{name}.rows": at, f"{name}.values": values}
    full = np.full(rows, np.nan)
    full[at] = values
    return {f"{name}.values": full}


def _facet_arrays(name: str, column: _Texts, rows: int) -> dict[str, Array]:
    texts = sorted(column.numbers)
    dtype = np.uint8 if len(texts) < 1 << 8 else np.uint16 if len(texts) < 1 << 16 else np.int32
    code = np.empty(len(texts), dtype)  # by number
    code[[column.numbers[text] for text in texts]] = np.arange(1, len(texts) + 1)
    at = np.frombuffer(column.rows, np.int32)
    codes = code[np.frombuffer(column.values, np.int32)]
    arrays = packed(name, [text.encode() for text in texts])
    if not _is_full(at, rows):
        return {**arrays, f"{name}.rows": at, f"{name}.codes": codes}
    full = np.zeros(rows, dtype)
    full[at] = codes
    return {**arrays, f"{name}.codes": full}


def _is_full(at: Array, rows: int) -> bool:
    """Return whether no row has two values and many have one. `at` is in order."""
    return len(at) >= _FULL_FROM * rows and bool(np.all(at[1:] != at[:-1]))


def _facet_texts(record: Mapping[str, Any], name: str) -> Iterable[str]:
    """Return the texts of a facet, each once. The first two cases are what most facets are, and come to the same as the
    last one, which is slow."""
    held = record.get(name)
    if isinstance(held, str):
        return (held,)
    if held is None and "." not in name:
        return ()
    return dict.fromkeys(map(facet_text, values_at(record, name)))


def _numeric_values(record: Mapping[str, Any]) -> dict[str, list[float | bool]]:
    """Return numbers and booleans by path, as `values_at` finds them there."""
    found: dict[str, list[float | bool]] = {}
    _gather(record, "", 0, found)
    if any("." in name for name in record):  # flat keys with dots take the place of nested ones
        return {path: [value for value in values_at(record, path) if isinstance(value, int | float)] for path in found}
    return found


def _gather(record: Mapping[str, Any], prefix: str, depth: int, found: dict[str, list[float | bool]]) -> None:
    """Add the numbers of an object. Types are those that JSON has: most values are texts, which is asked first."""
    if depth == MAX_DEPTH:
        return
    for name, value in record.items():
        kind = type(value)
        if kind is str or value is None:
            continue
        if kind is dict:
            _gather(value, f"{prefix}{name}.", depth + 1, found)
        elif kind is list:
            _gather_list(value, prefix + name, depth + 1, found)
        else:
            found.setdefault(prefix + name, []).append(value)


def _gather_list(held: Sequence[Any], path: str, depth: int, found: dict[str, list[float | bool]]) -> None:
    if depth == MAX_DEPTH:
        return
    for value in held:
        kind = type(value)
        if kind is str or value is None:
            continue
        if kind is dict:
            _gather(value, f"{path}.", depth + 1, found)
        elif kind is list:
            _gather_list(value, path, depth + 1, found)
        else:
            found.setdefault(path, []).append(value)
