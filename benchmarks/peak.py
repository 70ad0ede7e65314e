"""The most memory that this process has held. It imports next to nothing, so that it can be asked for anywhere."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_memory() -> int:
    """Return the peak of resident memory, bytes, with the pages of mapped files.

    Not `ru_maxrss` where Linux says it otherwise: that begins with what the process held that started this one.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
