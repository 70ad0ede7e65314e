"""Judgements from clicks, with the bias of the position taken out.

Position-based model (Richardson, Dominowska, Ragno, WWW 2007; Craswell, Zoeter, Taylor, Ramsey, WSDM 2008): a product
is clicked when it is looked at and attracts,

    P(click | query q, product d, rank r) = examination(r) x attraction(q, d)

Both are estimated by expectation maximisation (Chuklin, Markov, de Rijke, "Click models for web search", 2015, section
4.3). Of the showings without click, the share that was looked at all the same, and that would have attracted, is
computed from the last estimates; with e = examination, a = attraction of a row with n showings and c clicks:

    looked at  = c + (n - c) x e (1 - a) / (1 - e a)      examination(r)    = sum of looked at / sum of n, over rank r
    attracted  = c + (n - c) x (1 - e) a / (1 - e a)      attraction(q, d)  = (attracted + 1/2) / (n + 1), over q, d

attraction starts from a weak prior of one showing with half a click, so that a single click proves little. The scale
is free (all attractions times 2, all examinations by 2 say the same): examination of the first rank is put at 1, and
those of the others begin at 1 / rank.

A product shown 100 times at rank 1 with 40 clicks and one shown 100 times at rank 4 with 20 clicks: if rank 4 is looked
at half as often as rank 1, both attract 40 of 100 who look. Counting clicks would call the first one twice as good.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tradewind.errors import InputError
from tradewind.evaluation.judgements import Judgement

HIGHEST_GRADE = 3  # as people judge: 0 does not fit ... 3 fits perfectly
MAX_RANK = 50  # deeper ranks are left out: hardly anybody looks there

_ROUNDS = 500
_SETTLED = 1e-7
_HALF_A_CLICK = 0.5
_ONE_SHOWING = 1.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shown:
    """How often a product was shown for a query at a rank (1-based), and clicked there."""

    query: str
    sku: str
    rank: int
    showings: int
    clicks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickModel:
    """What was estimated. `examination[r - 1]`: of rank r, the first has 1; 0 where nothing was shown."""

    examination: Floats
    attraction: dict[tuple[str, str], float]
    looks: dict[tuple[str, str], float]  # showings x examination: how often a product was looked at
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """How much must have happened before clicks judge."""

    showings: int = 10_000  # of all rows together: examination by rank needs that many
    clicks: int = 500
    looks: int = 20  # expected ones at a product for a query, below which it gets no grade


@dataclass(frozen=True, slots=True)
class TooFew:
    """There are not enough events yet."""

    showings: int
    clicks: int
    least: Least = Least()

    def __str__(self) -> str:
        """Return what is missing: "needs 9,200 more products shown and 480 more clicks"."""
        lacking = (
            (self.least.showings - self.showings, "more products shown"),
            (self.least.clicks - self.clicks, "more clicks"),
        )
        return "needs " + " and ".join(f"{count:,} {what}" for count, what in lacking if count > 0)


def judgements_from_clicks(rows: Iterable[Shown], least: Least = Least()) -> Sequence[Judgement] | TooFew:
    """Return judgements with grades from 0 to 3: a product's attraction over the highest of its query, x 3, rounded.

    Pairs that were hardly looked at are left out, and so are queries without a click: that nobody clicked says
    nothing about which product fits better. Raises: InputError for a row that cannot be.
    """
    kept = [row for row in map(_checked, rows) if row.rank <= MAX_RANK and row.showings]
    showings, clicks = sum(row.showings for row in kept), sum(row.clicks for row in kept)
    if showings < least.showings or clicks < least.clicks:
        return TooFew(showings, clicks, least)
    model = estimate(kept)
    clicked = {row.query for row in kept if row.clicks}
    sure = {pair: value for pair, value in model.attraction.items() if model.looks[pair] >= least.looks}
    best: dict[str, float] = {}
    for (query, _), value in sure.items():
        best[query] = max(value, best.get(query, 0.0))
    return [
        Judgement(query, sku, float(round(HIGHEST_GRADE * value / best[query])))
        for (query, sku), value in sure.items()
        if query in clicked
    ]


def estimate(rows: Sequence[Shown]) -> ClickModel:
    """Return the model of rows, of which there is at least one."""
    pairs = list(dict.fromkeys((row.query, row.sku) for row in rows))
    number = {pair: at for at, pair in enumerate(pairs)}
    pair = np.array([number[row.query, row.sku] for row in rows])
    rank = np.array([row.rank - 1 for row in rows])
    shown = np.array([row.showings for row in rows], np.float64)
    clicks = np.array([row.clicks for row in rows], np.float64)
    examination, attraction, rounds = _maximise(pair, rank, shown, clicks)
    looks = np.bincount(pair, shown * examination[rank])
    return ClickModel(
        examination=examination,
        attraction=dict(zip(pairs, attraction.tolist(), strict=True)),
        looks=dict(zip(pairs, looks.tolist(), strict=True)),
        rounds=rounds,
    )


def _maximise(
    pair: NDArray[np.intp], rank: NDArray[np.intp], shown: Floats, clicks: Floats
) -> tuple[Floats, Floats, int]:
    """Return examination by rank, attraction by pair, and after how many rounds they stood still."""
    of_rank = np.bincount(rank, shown)
    of_pair = np.bincount(pair, shown)
    examination = np.where(of_rank > 0, 1 / np.arange(1, len(of_rank) + 1), 0.0)
    examination /= examination.max()
    attraction = np.full(len(of_pair), _HALF_A_CLICK)
    rounds = 0
    moved = np.inf
    while moved >= _SETTLED and rounds < _ROUNDS:
        rounds += 1
        e, a = examination[rank], attraction[pair]
        unclicked = (shown - clicks) / np.maximum(1 - e * a, 1e-12)
        looked = np.bincount(rank, clicks + unclicked * e * (1 - a))
        attracted = np.bincount(pair, clicks + unclicked * (1 - e) * a)
        new_examination = np.divide(looked, of_rank, out=np.zeros_like(looked), where=of_rank > 0)
        new_attraction = (attracted + _HALF_A_CLICK) / (of_pair + _ONE_SHOWING)
        moved = max(np.abs(new_examination - examination).max(), np.abs(new_attraction - attraction).max())
        examination, attraction = new_examination, new_attraction
    return examination, attraction, rounds


def _checked(row: Shown) -> Shown:
    if row.rank < 1 or row.showings < 0 or not 0 <= row.clicks <= row.showings:
        raise InputError(
            "clicks of a product",
            f"{row.sku!r} for {row.query!r}: rank {row.rank}, {row.showings} shown, {row.clicks} clicked",
            "ranks begin at 1, and no more can be clicked than were shown",
        )
    return row
