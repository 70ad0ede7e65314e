"""The query encoder, built once for this checkout, before the functions that use it are called."""

import os
import subprocess
import sys
from pathlib import Path

from layers.encoder.building import is_current
from local.environments import ROOT
from tradewind.search.onnx_encoder import encoder_folder


def ensure_encoder(log: Path) -> str | None:
    """Build the encoder where there is no current one; return why that failed, None where it is there.

    What the build says goes to `log`. It runs in a process of its own: the weights need memory that comes back so.
    """
    folder = encoder_folder(os.environ)
    if is_current(folder):
        return None
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "layers.encoder", "--folder", str(folder)]
    with log.open("w") as out:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode == 0:
        return None
    said = log.read_text(errors="replace").strip().splitlines() or [f"status {done.returncode}"]
    return said[-1].removeprefix("error: query encoder: ")
