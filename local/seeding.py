"""What `make up` loads: the demo shop, a workbook, or nothing."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_RECORD = "seeding.json"

Begun = Literal["empty", "demo", None]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Load nothing, and say why."""

    why: str


@dataclass(frozen=True, slots=True)
class Demo:
    """Load the demo shop (or the rest of it)."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """Load this sales file."""

    path: Path


def decide(
    *, begun: Begun, has_real: bool, has_demo: bool, demo_wanted: bool, workbook: Path | None
) -> Nothing | Demo | Workbook:
    """Return what to load into a cloud.

    `begun`: how the cloud was started first: "empty" by DEMO=0; "demo" where loading the demo began and did not end.
    `has_real`, `has_demo`: whether loads of that kind are there. A cloud with data is never loaded into again.
    """
    if begun == "demo" and not has_real:
        return Demo()
    if has_real or has_demo:
        kind = "data" if has_real else "the demo's data"
        return Nothing(f"nothing loaded: the cloud has {kind} already" + _instead(workbook))
    if begun == "empty":
        return Nothing("nothing loaded: the cloud was started empty (DEMO=0)" + _instead(workbook))
    if workbook is not None:
        return Workbook(workbook)
    if not demo_wanted:
        return Nothing("nothing loaded: DEMO=0 starts empty")
    return Demo()


def read_begun(home: Path) -> Begun:
    try:
        begun: Begun = json.loads((home / _RECORD).read_text())["begun"]
    except (OSError, ValueError):
        return None
    return begun


def write_begun(home: Path, begun: Begun) -> None:
    """Record how the cloud of `home` was started; at once or not at all."""
    staged = home / f".{_RECORD}"
    staged.write_text(json.dumps({"begun": begun}))
    staged.replace(home / _RECORD)


def _instead(workbook: Path | None) -> str:
    if workbook is None:
        return ""
    return f'; load {workbook.name} with: tradewind import sales "{workbook}"'
