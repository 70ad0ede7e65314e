"""What the function transform_records finds in its environment. Without the AWS SDK, which it does not need."""

import os
from collections.abc import Mapping
from functools import cache

from tradewind.errors import InputError
from tradewind.events.enrichment.raw_rows import Rules
from tradewind.events.enrichment.time_zones import is_zone


@cache
def rules() -> Rules:
    """Return the shop's rules, read once."""
    return rules_from(os.environ)


def rules_from(environ: Mapping[str, str]) -> Rules:
    """Return the rules in CONSENT_CATEGORY, CONSENT_REQUIRED and SHOP_TIME_ZONE.

    Raises: InputError naming the variable that is missing or wrong.
    """
    zone = _text(environ, "SHOP_TIME_ZONE")
    if not is_zone(zone):
        raise InputError("SHOP_TIME_ZONE", repr(zone), "give a name of the IANA database, such as Europe/London")
    return Rules(
        consent_category=_text(environ, "CONSENT_CATEGORY"),
        consent_required=_yes_or_no(environ, "CONSENT_REQUIRED"),
        shop_time_zone=zone,
    )


def _yes_or_no(environ: Mapping[str, str], name: str) -> bool:
    text = _text(environ, name)
    if text not in ("true", "false"):
        raise InputError(name, repr(text), "give true or false")
    return text == "true"


def _text(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError("environment variable", name, "set it (the stack does for its functions)")
    return environ[name]
