"""What is filtered, counted and sorted by, as columns: texts of facets as codes, numbers, booleans, places on earth.

A column has one of two forms. Full: one value a row (code 0 and NaN: none). Sparse: rows and values, in order of rows,
a row once for each of its values. Records may have any attributes, so a rare one must cost little.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tradewind.catalog.record import values_at
from tradewind.search.embedded.arrays import Array
from tradewind.search.embedded.strings import packed
from tradewind.search.filter_matching import facet_text, points_of
from tradewind.search.product_texts import MAX_DEPTH

_FULL_FROM = 0.5  # of the rows with a value: full columns are scanned faster, sparse ones are smaller


@dataclass(slots=True)
class _Values:
    rows: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, row: int, value: Any) -> None:
        self.rows.append(row)
        self.values.append(value)


class ColumnBuilder:
    """Takes records row by row."""

    def __init__(self, facets: Sequence[str]) -> None:
        self._facets = {name: _Values() for name in facets}
        self._numbers: defaultdict[str, _Values] = defaultdict(_Values)
        self._flags: defaultdict[str, _Values] = defaultdict(_Values)
        self._points = _Values()
        self._rows = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Add the next row."""
        row = self._rows
        self._rows += 1
        for name, column in self._facets.items():
            for text in dict.fromkeys(facet_text(value) for value in values_at(record, name)):
                column.add(row, text)
        for path, values in _numeric_values(record).items():
            for value in values:
                if isinstance(value, bool):
                    self._flags[path].add(row, float(value))
                else:
                    self._numbers[path].add(row, float(value))
        for point in points_of(record):
            self._points.add(row, point)

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
        for number, (name, column) in enumerate(self._facets.items()):
            told["facets"][name] = f"facets.{number}"
            arrays |= _facet_arrays(f"facets.{number}", column, self._rows)
        arrays["points.rows"] = np.array(self._points.rows, np.int32)
        arrays["points.places"] = np.array(self._points.values, np.float64).reshape(-1, 2)
        return arrays, told


def _number_arrays(name: str, column: _Values, rows: int) -> dict[str, Array]:
    at, values = np.array(column.rows, np.int32), np.array(column.values, np.float64)
    if not _is_full(at, rows):
        return {f"{name}.rows": at, f"{name}.values": values}
    full = np.full(rows, np.nan)
    full[at] = values
    return {f"{name}.values": full}


def _facet_arrays(name: str, column: _Values, rows: int) -> dict[str, Array]:
    texts = sorted(set(column.values))
    code = {text: number for number, text in enumerate(texts, start=1)}
    dtype = np.uint8 if len(texts) < 1 << 8 else np.uint16 if len(texts) < 1 << 16 else np.int32
    at = np.array(column.rows, np.int32)
    codes = np.fromiter(map(code.__getitem__, column.values), dtype, len(column.values))
    arrays = packed(name, [text.encode() for text in texts])
    if not _is_full(at, rows):
        return {**arrays, f"{name}.rows": at, f"{name}.codes": codes}
    full = np.zeros(rows, dtype)
    full[at] = codes
    return {**arrays, f"{name}.codes": full}


def _is_full(at: Array, rows: int) -> bool:
    """Return whether no row has two values and many have one. `at` is in order."""
    return len(at) >= _FULL_FROM * rows and bool(np.all(at[1:] != at[:-1]))


def _numeric_values(record: Mapping[str, Any]) -> dict[str, list[float | bool]]:
    """Return numbers and booleans by path, as `values_at` finds them there."""
    found: dict[str, list[float | bool]] = {}
    for path, value in _leaves(record, ""):
        found.setdefault(path, []).append(value)
    if any("." in name for name in record):  # flat keys with dots take the place of nested ones
        return {path: [value for value in values_at(record, path) if isinstance(value, int | float)] for path in found}
    return found


def _leaves(record: Mapping[str, Any], prefix: str, depth: int = 0) -> Iterator[tuple[str, float | bool]]:
    if depth == MAX_DEPTH:
        return
    for name, value in record.items():
        if isinstance(value, int | float):
            yield prefix + name, value
        elif isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.", depth + 1)
        elif isinstance(value, list):
            yield from _leaves_of_list(value, prefix + name, depth + 1)


def _leaves_of_list(held: Sequence[Any], path: str, depth: int) -> Iterator[tuple[str, float | bool]]:
    if depth == MAX_DEPTH:
        return
    for each in held:
        if isinstance(each, int | float):
            yield path, each
        elif isinstance(each, Mapping):
            yield from _leaves(each, f"{path}.", depth + 1)
        elif isinstance(each, list):
            yield from _leaves_of_list(each, path, depth + 1)
