"""Finishes or undoes what a killed process was writing into the objects' folder."""

import contextlib
import json
from pathlib import Path

META = ".meta.json"


def mend(folder: Path) -> None:
    """Leave every object with data and metadata that belong together.

    Runs before ministack is imported, which reads the folder then. Data and metadata are each replaced in one step, the
    data first; the metadata knows the data's inode. Names that end in `.tmp` are nobody's key: ministack encodes those.
    """
    for staged in folder.rglob(f"*{META}.tmp"):
        data = Path(str(staged).removesuffix(f"{META}.tmp"))
        with contextlib.suppress(OSError, ValueError):
            if json.loads(staged.read_text())["inode"] == data.stat().st_ino:
                staged.replace(f"{data}{META}")
    for left in folder.rglob("*.tmp"):
        left.unlink()
