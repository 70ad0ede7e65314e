"""`python -m benchmarks`: all of them, or those named; each in a process of its own, so that none warms another."""

import subprocess
import sys
from collections.abc import Sequence

from benchmarks.measure import RESULTS, ROOT

NAMES = (
    "workbook",
    "cleaning",
    "collector",
    "transform",
    "events_cleaning",
    "package",
    "search",
    "relevance",
    "local_cloud",
    "events_soak",
)


def main(names: Sequence[str]) -> int:
    """Run the benchmarks and return 0 if each of them could measure; a missed goal is in its table."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        print(f"error: benchmark {', '.join(unknown)}: choose from {', '.join(NAMES)}", file=sys.stderr)
        return 2
    failed = [
        name
        for name in names or NAMES
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=False).returncode
    ]
    print(f"results: {RESULTS}/*.json")
    if failed:
        print(f"error: could not measure: {', '.join(failed)} (the reason is above)", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
