"""The local cloud as a person uses it: a warm `make up`, a whole `tradewind import sales`, and its memory meanwhile.

Runs a cloud of its own, on free ports and in a temporary folder.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import ROOT, ROUNDS, Cost, Figure, cost_of, figure, median_cost, report, skipped
from benchmarks.processes import MEMORY_KIND, cpu_of, watched
from benchmarks.sales_data import SalesFiles, sales_files
from benchmarks.workbook import read_with_calamine
from local.free_ports import free_ports

GOAL_UP_SECONDS = 20
GOAL_MEMORY_GB = 1.5

_IMPORT = ("whole import on the command line", None, "CPU s")
_UP_RUNNING = ("make up, warm, while it runs", GOAL_UP_SECONDS, "s")
_UP_STOPPED = ("make up, warm, after make down", GOAL_UP_SECONDS, "s")
_MEMORY = ("memory while a workbook is imported", GOAL_MEMORY_GB, "GB")
_FIGURES: tuple[tuple[str, float | None, str], ...] = (_IMPORT, _UP_RUNNING, _UP_STOPPED, _MEMORY)


class CommandFailed(Exception):
    """A command of the benchmark ended with an error; the text is what it said last."""


@dataclass(slots=True)
class Cloud:
    """A local cloud for measuring; `environment` leads every command to it."""

    home: Path
    environment: dict[str, str]
    imports: int = field(default=0)

    @property
    def pid(self) -> int:
        return int(json.loads((self.home / "cloud.json").read_text())["pid"])

    def make(self, target: str) -> None:
        self.run("make", "--no-print-directory", target)

    def import_sales(self, workbook: Path) -> None:
        """Import `workbook` as a load of its own, so that nothing is known of it."""
        self.imports += 1
        self.run(str(ROOT / ".venv/bin/tradewind"), "import", "sales", str(workbook), "--as", f"load {self.imports}")

    def run(self, *command: str) -> None:
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            raise CommandFailed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")


@contextmanager
def new_cloud() -> Iterator[Cloud]:
    """Give an empty cloud that is up; it is stopped and deleted afterwards."""
    with TemporaryDirectory(prefix="tradewind-bench-") as folder:
        home = Path(folder) / "home"
        api, cloud = free_ports(2)
        settings = {
            "TRADEWIND_HOME": str(home),
            "TRADEWIND_API_PORT": str(api),
            "TRADEWIND_CLOUD_PORT": str(cloud),
            "TRADEWIND_ENV": "local",
            "DEMO": "0",
            "SALES": "",
        }
        made = Cloud(home, {**os.environ, **settings})
        try:
            made.make("up")
            yield made
        finally:
            made.make("reset")


def figures(cloud: Cloud, files: SalesFiles) -> list[Figure]:
    """Return the figures of a cloud that is up."""
    imported, read = import_costs(cloud, files.workbook)
    with watched(cloud.pid) as peak:
        cloud.import_sales(files.workbook)
    running = median_cost([cost_of(lambda: cloud.make("up")) for _ in range(ROUNDS)])
    stopped = median_cost([_after_down(cloud) for _ in range(ROUNDS)])
    return [
        figure(
            _IMPORT[0],
            ours=imported.cpu,
            rival=read.cpu,
            unit="CPU s",
            how=f"{files.what}: `tradewind import sales` from upload to queryable, CPU of the command and of the local "
            f"cloud's processes; rival: python-calamine's to_python() alone; wall {imported.wall:.1f} s",
        ),
        figure(
            _UP_RUNNING[0],
            ours=running.wall,
            goal=GOAL_UP_SECONDS,
            unit="s",
            how=f"wall time of `make up` with nothing to do, median of {ROUNDS}; of it {running.cpu:.1f} CPU s",
        ),
        figure(
            _UP_STOPPED[0],
            ours=stopped.wall,
            goal=GOAL_UP_SECONDS,
            unit="s",
            how=f"wall time of `make up` that starts a deployed cloud with {cloud.imports} loads, median of {ROUNDS}; "
            f"of it {stopped.cpu:.1f} CPU s beside the server",
        ),
        figure(
            _MEMORY[0],
            ours=peak.size / 1e9,
            goal=GOAL_MEMORY_GB,
            unit="GB",
            how=f"{files.what}: the most {MEMORY_KIND} of the local cloud's processes at one of {peak.samples} moments",
        ),
    ]


def import_costs(cloud: Cloud, workbook: Path) -> tuple[Cost, Cost]:
    """Return the median cost of an import and of reading the sheet, which take turns."""
    content = workbook.read_bytes()
    imports, reads = [], []
    cloud.import_sales(workbook)
    read_with_calamine(content)
    for _ in range(ROUNDS):
        before = cpu_of(cloud.pid)
        command = cost_of(lambda: cloud.import_sales(workbook))
        imports.append(Cost(cpu=command.cpu + cpu_of(cloud.pid) - before, wall=command.wall))
        reads.append(cost_of(lambda: read_with_calamine(content)))
    return median_cost(imports), median_cost(reads)


def _after_down(cloud: Cloud) -> Cost:
    cloud.make("down")
    return cost_of(lambda: cloud.make("up"))


def main() -> int:
    try:
        with sales_files() as files, new_cloud() as cloud:
            return report("local_cloud", figures(cloud, files))
    except CommandFailed as error:
        print(f"error: {error}", file=sys.stderr)
        reason = str(error).splitlines()[0]
        report("local_cloud", [skipped(name, goal=goal, unit=unit, reason=reason) for name, goal, unit in _FIGURES])
        return 1


if __name__ == "__main__":
    sys.exit(main())
