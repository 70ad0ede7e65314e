"""The local cloud's keys in plain text: `keys.json` in its folder, readable by its owner alone."""

import contextlib
import json
import os
import secrets
from dataclasses import asdict, replace
from pathlib import Path

from tradewind.errors import InputError
from tradewind.keys import Keys, Kind, new_keys

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
    staged = _staged(home, new_keys(secrets.choice))
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(staged)  # unlike a rename, it never replaces keys that another process made
    staged.unlink()
    made = read_keys(home)
    if made is None:
        raise InputError("keys file", repr(str(path)), "it vanished while it was written: run `make up` again")
    return made


def replace_key(home: Path, kind: Kind, key: str) -> None:
    """Let `key` be the one of its kind that `tradewind status` shows; at once or not at all."""
    keys = read_keys(home)
    if keys is not None:
        _staged(home, replace(keys, **{f"{kind}_key": key})).replace(home / NAME)


def _staged(home: Path, keys: Keys) -> Path:
    """Return a file of its owner alone that holds `keys` for good, under a name that nobody reads."""
    staged = home / f".{NAME}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(keys), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    return staged
