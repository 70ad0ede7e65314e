"""How everything here is measured: side by side in one run, CPU seconds, medians, one table, one JSON file a name.

Machines are shared and noisy, so a figure is a ratio of two things that took turns (A B A B ...), never a time alone.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "bench"
ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a piece of work took, seconds. `cpu` counts all threads, and child processes that have ended."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured claim. `goal` is the most that `ratio` (or `ours`, where there is no rival) may be.

    `ratio` is ours / rival. `met` is None for a figure without a goal, and for one that could not be measured, whose
    `ours` is None too and whose `how` says why.
    """

    figure: str
    ours: float | None
    rival: float | None
    ratio: float | None
    goal: float | None
    met: bool | None
    unit: str
    how: str


def figure(
    name: str, *, ours: float, unit: str, how: str, rival: float | None = None, goal: float | None = None
) -> Figure:
    """Return the figure with its ratio and whether it meets its goal."""
    ratio = None if rival is None else ours / rival
    measured = ours if ratio is None else ratio
    return Figure(
        figure=name,
        ours=round(ours, 4),
        rival=None if rival is None else round(rival, 4),
        ratio=None if ratio is None else round(ratio, 4),
        goal=goal,
        met=None if goal is None else measured <= goal,
        unit=unit,
        how=how,
    )


def skipped(name: str, *, goal: float | None, unit: str, reason: str) -> Figure:
    """Return a figure that could not be measured here, with the reason."""
    return Figure(
        figure=name, ours=None, rival=None, ratio=None, goal=goal, met=None, unit=unit, how=f"not measured: {reason}"
    )


def cost_of(work: Callable[[], object]) -> Cost:
    """Return what one call of `work` costs this process and the children that end within it."""
    gc.collect()
    cpu, wall = _cpu_seconds(), time.perf_counter()
    work()
    return Cost(cpu=_cpu_seconds() - cpu, wall=time.perf_counter() - wall)


def alternate(sides: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS) -> dict[str, Cost]:
    """Return the median cost of each side. They take turns, after one call each that warms imports and disk caches.

    Raises: ValueError for fewer than 5 rounds, whose median says little on a shared machine.
    """
    if rounds < 5:
        raise ValueError(f"rounds must be >= 5, got {rounds}")
    for work in sides.values():
        work()
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, work in sides.items():
            costs[name].append(cost_of(work))
    return {name: median_cost(taken) for name, taken in costs.items()}


def median_cost(costs: Sequence[Cost]) -> Cost:
    """Return the median CPU and the median wall time, each for itself."""
    return Cost(cpu=median(cost.cpu for cost in costs), wall=median(cost.wall for cost in costs))


def report(name: str, figures: Sequence[Figure], *, results: Path = RESULTS) -> int:
    """Print `figures`, write them to <results>/<name>.json and return 0: a missed goal is a finding, not a failure."""
    results.mkdir(parents=True, exist_ok=True)
    records = [asdict(each) for each in figures]
    (results / f"{name}.json").write_text(json.dumps(records, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120)
    console.print(table(name, figures))
    for each in figures:
        console.print(f"{each.figure}: {each.how}", style="dim", highlight=False)
    return 0


def table(name: str, figures: Iterable[Figure]) -> Table:
    """Return the figures as a table to print."""
    made = Table(title=name, title_justify="left")
    made.add_column("figure")
    for column in ("ours", "rival", "ratio", "goal"):
        made.add_column(column, justify="right")
    made.add_column("met")
    for each in figures:
        made.add_row(
            each.figure,
            amount(each.ours, each.unit),
            amount(each.rival, each.unit),
            amount(each.ratio),
            "" if each.goal is None else f"<= {amount(each.goal, each.unit if each.rival is None else '')}".rstrip(),
            {True: "yes", False: "NO", None: "-"}[each.met],
        )
    return made


def amount(value: float | None, unit: str = "") -> str:
    """Return a number with about three digits that count, and its unit; nothing for None."""
    if value is None:
        return ""
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{decimals}f} {unit}".rstrip()


def _cpu_seconds() -> float:
    """Return the user and system time of this process, all threads, and of its children that have been waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
