"""Durations as people write them: 90s, 10m, 24h, 7d."""

import re
from datetime import timedelta

from tradewind.errors import InputError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WRITTEN = re.compile(r"([0-9]{1,7})([smhd])")


def duration(text: str, field: str) -> timedelta:
    """Return the duration that `text` says; `field` is the option, for the message.

    Raises: InputError for anything but a whole number and a unit.
    """
    if text == "0":
        return timedelta(0)
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise InputError(field, repr(text), "give a whole number and a unit: 90s, 10m, 24h or 7d")
    return timedelta(**{_UNITS[written[2]]: int(written[1])})
