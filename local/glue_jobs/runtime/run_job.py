"""Run a job's script: `python run_job.py SCRIPT ARGUMENT...`; ends, with its JVM, when whoever started it is gone.

The starter holds the other end of standard input open and never writes. Should it be killed, the pipe closes; a job
that went on then would work beside its successor, which the next start of the cloud begins.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_starter() -> None:
    os.read(_STARTER, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    # Away from standard input, which the JVM inherits.
    _STARTER = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    script = sys.argv[1]
    sys.argv = sys.argv[1:]
    sys.path.pop(0)  # this folder; the script's own does not belong there either
    runpy.run_path(script, run_name="__main__")
