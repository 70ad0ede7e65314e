"""`make down` and `make reset`: `python -m local.down [--reset]`."""

import argparse
import os
import sys

from local import process
from local.environments import say
from tradewind.cli.target import home_folder
from tradewind.errors import InputError


def main() -> int:
    """Stop the local cloud, and empty it where asked; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.down", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="delete its data and keys too")
    reset = parser.parse_args().reset
    home = home_folder(os.environ)
    try:
        if reset:
            process.reset(home)
            say("✓", f"the local cloud is stopped and empty ({home})")
        elif process.stop(home):
            say("✓", f"the local cloud is stopped; its data and keys stay in {home}")
        else:
            say("✓", "the local cloud was not running")
    except (InputError, OSError) as error:
        say("✗", f"error: {error}", sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
