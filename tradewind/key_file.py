"""The local cloud's keys in plain text: `keys.json` in its folder, readable by its owner alone."""

import contextlib
import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path

from tradewind.errors import InputError
from tradewind.keys import Keys, new_keys

NAME = "keys.json"


def read_keys(home: Path) -> Keys | None:
    """Return the keys of the local cloud in `home`, None before its first start.

    Raises: InputError for a broken file.
    """
    path = home / NAME
    try:
        return Keys(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        way_out = "it is not as it was written: restore it, or `make reset` makes new keys and empties the local cloud"
        raise InputError("keys file", repr(str(path)), way_out) from error


def ensure_keys(home: Path) -> Keys:
    """Return the keys of `home`, made once: killed at any moment, there is either none yet or all of them for good."""
    keys = read_keys(home)
    if keys is not None:
        return keys
    path = home / NAME
    staged = home / f".{NAME}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(new_keys(secrets.choice)), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(staged)  # unlike a rename, it never replaces keys that another process made
    staged.unlink()
    made = read_keys(home)
    if made is None:
        raise InputError("keys file", repr(str(path)), "it vanished while it was written: run `make up` again")
    return made
