"""`python -m layers.encoder`: builds the query encoder where it is not there, as `make encoder` does."""

import argparse
import os
import sys
from pathlib import Path

from layers.encoder.building import build, is_current
from tradewind.search.onnx_encoder import encoder_folder


def main(arguments: list[str]) -> int:
    """Build and return the exit status: 1 with the reason on stderr where it cannot be built."""
    parser = argparse.ArgumentParser(prog="python -m layers.encoder", description=__doc__)
    parser.add_argument("--folder", type=Path, default=encoder_folder(os.environ), help="where (default: %(default)s)")
    parser.add_argument("--again", action="store_true", help="also where a current one is there")
    given = parser.parse_args(arguments)
    if is_current(given.folder) and not given.again:
        print(f"query encoder: {given.folder} is up to date")
        return 0
    from layers.encoder.checking import WrongModel
    from layers.encoder.weights import NoWeights

    try:
        name = build(given.folder, lambda text: print(f"query encoder: {text}", flush=True), again=given.again)
    except (NoWeights, WrongModel, OSError) as error:
        print(f"error: query encoder: {error}", file=sys.stderr)
        return 1
    print(f"query encoder: {name} in {given.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
