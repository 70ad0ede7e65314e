"""Columns of a segment, opened: values of facets, numbers, booleans, places on earth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from tradewind.search.embedded.arrays import Array, ArrayFile
from tradewind.search.embedded.rows import mask_of
from tradewind.search.embedded.strings import Strings, strings_of
from tradewind.search.filter_matching import EARTH_RADIUS

_REMEMBERED = 10_000  # decoded texts of one attribute
_FEW = 8  # rows are looked up in a sparse column one by one where there are this many times fewer of them


class _Decoded(dict[int, str]):
    """Texts by their numbers; it remembers those that were asked for, up to _REMEMBERED."""

    def __init__(self, texts: Strings) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, number: int) -> str:
        text = self._texts[number].decode()
        if len(self) < _REMEMBERED:
            self[number] = text
        return text


@dataclass(frozen=True)
class FacetColumn:
    """Values of one attribute as codes: 1 + the number of the text in `texts`. `rows` is None where it is full.

    What is derived from them is computed when it is first asked for, and kept as long as the snapshot is open.
    """

    texts: Strings
    codes: Array
    rows: Array | None

    def code(self, text: str) -> int:
        """Return the code of a text, 0 where no row has it."""
        code = self._codes.get(text, 0)
        if code == 0:
            code = self.texts.find(text.encode("utf-8", "replace")) + 1
            if code and len(self._codes) < _REMEMBERED:
                self._codes[text] = code
        return code

    def having(self, code: int, chosen: Array | None, size: int) -> Array:
        """Return which of the chosen rows, in order (None: all), have a code, bool; `size`: how many they are."""
        if self.rows is None:
            return np.asarray((self.codes if chosen is None else self.codes.take(chosen)) == code)
        if chosen is None:
            return mask_of(self.rows[self.codes == code], size)
        places = self._places(chosen)
        return mask_of(_search(chosen, self.rows[places[self.codes.take(places) == code]], "left"), size)

    def counts(self, chosen: Array) -> Array:
        """Return how many of the chosen rows have each text, int64, shape (texts,). `chosen`: rows in order."""
        codes = self.codes.take(chosen if self.rows is None else self._places(chosen))
        return np.bincount(codes, minlength=len(self.texts) + 1)[1:]

    def first_codes(self, chosen: Array) -> Array:
        """Return the first code of each of the chosen rows, 0: none."""
        if self.rows is None:
            return self.codes[chosen].astype(np.int64)
        return _first(self.rows, self.codes.astype(np.int64), chosen)

    def decoded(self, numbers: Sequence[int]) -> list[str]:
        """Return texts by their numbers."""
        known = self._decoded
        return [known[number] for number in numbers]

    @cached_property
    def _codes(self) -> dict[str, int]:
        """Codes of texts that were asked for, up to _REMEMBERED."""
        return {}

    @cached_property
    def _decoded(self) -> _Decoded:
        return _Decoded(self.texts)

    @cached_property
    def _starts(self) -> Array:
        """Where the values of each row begin, and where those of the last one end."""
        assert self.rows is not None
        last = int(self.rows[-1]) if len(self.rows) else -1
        return np.searchsorted(self.rows, np.arange(last + 2, dtype=self.rows.dtype)).astype(np.int32)

    def _places(self, chosen: Array) -> Array:
        """Return where the values of the chosen rows, in order, stand."""
        starts = self._starts
        if len(chosen) and chosen[-1] >= len(starts) - 1:
            chosen = chosen[: np.searchsorted(chosen, len(starts) - 1)]
        return _spans(starts.take(chosen), starts.take(chosen + 1))


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Numbers of one attribute. `rows` is None where it is full: NaN, no number."""

    values: Array
    rows: Array | None

    def having(self, holds: Callable[[Array], Array], chosen: Array | None, size: int) -> Array:
        """Return which of the chosen rows, in order (None: all), have a number that holds, bool; `size`: how many rows
        they are."""
        if self.rows is None:
            return holds(self.values if chosen is None else self.values.take(chosen))
        if chosen is None:
            return mask_of(self.rows[holds(self.values)], size)
        places = _places(self.rows, chosen)
        return mask_of(_search(chosen, self.rows[places[holds(self.values.take(places))]], "left"), size)

    def of(self, chosen: Array) -> Array:
        """Return all numbers of the chosen rows, in no certain order."""
        if self.rows is None:
            found = self.values[chosen]
            return found[~np.isnan(found)]
        return self.values[_places(self.rows, chosen)]

    def best(self, chosen: Array, *, lowest: bool) -> Array:
        """Return the lowest or highest number of each of the chosen rows, NaN: none."""
        if self.rows is None:
            return self.values[chosen]
        if np.all(self.rows[1:] != self.rows[:-1]):
            return _first(self.rows, self.values, chosen, missing=np.nan)
        order = np.lexsort((self.values if lowest else -self.values, self.rows))
        return _first(self.rows[order], self.values[order], chosen, missing=np.nan)


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a segment."""

    rows: int
    facets: Mapping[str, str]  # attribute -> name in the file
    numbers: Mapping[str, str]
    flags: Mapping[str, str]
    arrays: Mapping[str, Array]
    _opened: dict[str, FacetColumn] = field(default_factory=dict, repr=False, compare=False)

    def facet(self, attribute: str) -> FacetColumn | None:
        """Return the texts of an attribute, None where it is not filtered by."""
        name = self.facets.get(attribute)
        if name is None:
            return None
        if name not in self._opened:  # threads that meet here open it twice, which is all
            rows = self.arrays.get(f"{name}.rows")
            self._opened[name] = FacetColumn(strings_of(self.arrays, name), self.arrays[f"{name}.codes"], rows)
        return self._opened[name]

    def number(self, attribute: str) -> NumberColumn | None:
        """Return the numbers of an attribute, None where no row has one."""
        return self._numbers(self.numbers.get(attribute))

    def flag(self, attribute: str) -> NumberColumn | None:
        """Return the booleans of an attribute as 0 and 1, None where no row has one."""
        return self._numbers(self.flags.get(attribute))

    def _numbers(self, name: str | None) -> NumberColumn | None:
        if name is None:
            return None
        return NumberColumn(self.arrays[f"{name}.values"], self.arrays.get(f"{name}.rows"))

    @property
    def points(self) -> tuple[Array, Array]:
        """Return rows and places (latitude, longitude in degrees) of `_geoloc`."""
        return self.arrays["points.rows"], self.arrays["points.places"]

    def points_of(self, chosen: Array) -> tuple[Array, Array]:
        """Return `points` of the chosen rows, which are in order."""
        rows, points = self.points
        at = _places(rows, chosen)
        return rows[at], points[at]


def columns_of(opened: ArrayFile) -> Columns:
    told: Mapping[str, Any] = opened.told
    return Columns(told["rows"], told["facets"], told["numbers"], told["flags"], opened.arrays)


def distances(places: Array, latitude: float, longitude: float) -> Array:
    """Return metres from each place to a point: great circle by the haversine formula, EARTH_RADIUS."""
    lat, lng = np.radians(places[:, 0]), np.radians(places[:, 1])
    here_lat, here_lng = np.radians(latitude), np.radians(longitude)
    h = np.sin((lat - here_lat) / 2) ** 2 + np.cos(lat) * np.cos(here_lat) * np.sin((lng - here_lng) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(h, 1.0))))


def _places(rows: Array, chosen: Array) -> Array:
    """Return where in `rows` (in order, with repeats) the chosen rows (in order) stand."""
    if len(chosen) * _FEW > len(rows):
        is_chosen = np.zeros(max(int(rows[-1]) if len(rows) else 0, int(chosen[-1]) if len(chosen) else 0) + 1, bool)
        is_chosen[chosen] = True
        return np.flatnonzero(is_chosen[rows])
    return _spans(_search(rows, chosen, "left"), _search(rows, chosen, "right"))


def _spans(starts: Array, ends: Array) -> Array:
    """Return the numbers of each span [start, end), one span after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths)
    return np.repeat(starts - (before - lengths), lengths) + np.arange(int(before[-1]) if len(before) else 0)


def _first(rows: Array, values: Array, chosen: Array, missing: float = 0) -> Array:
    """Return the first value of each chosen row."""
    if not len(rows):
        return np.full(len(chosen), missing, values.dtype)
    at = np.minimum(_search(rows, chosen, "left"), len(rows) - 1)
    return np.where(rows[at] == chosen, values[at], np.asarray(missing, values.dtype))


def _search(rows: Array, chosen: Array, side: Literal["left", "right"]) -> Array:
    """Return where the chosen rows stand in `rows`. Numbers of two kinds would have the longer array copied."""
    return np.searchsorted(rows, chosen.astype(rows.dtype, copy=False), side)
