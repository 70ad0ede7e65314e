"""`getResolvedOptions`, as in Glue's own library."""

import argparse
from collections.abc import Sequence


class GlueArgumentError(Exception):
    """An argument that the job demands is not there."""


def getResolvedOptions(argv: Sequence[str], options: Sequence[str]) -> dict[str, str]:  # noqa: N802 - Glue's own name
    """Return the values of `--<option>` for each of `options`, and JOB_NAME where it is given.

    Raises: GlueArgumentError naming what is missing.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False, add_help=False)
    for option in dict.fromkeys(["JOB_NAME", *options]):
        parser.add_argument(f"--{option}", dest=option)
    known, _ = parser.parse_known_args(list(argv)[1:])
    values = {name: value for name, value in vars(known).items() if value is not None}
    if missing := [option for option in options if option not in values]:
        raise GlueArgumentError("the following arguments are required: " + ", ".join(f"--{name}" for name in missing))
    return values
