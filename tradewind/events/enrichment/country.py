"""Which country an event comes from."""

import re
from functools import lru_cache

from tradewind.events.enrichment.time_zones import country_of_zone, is_country

# Language, script and region of a BCP 47 tag or a POSIX locale: en-GB, en_GB.UTF-8, zh-Hans-CN; es-419 has no country.
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?[-_](?P<region>[A-Za-z]{2})(?![A-Za-z0-9])")


@lru_cache(maxsize=16_384)
def country_of(viewer: str | None, time_zone: str | None, locale: str | None) -> str | None:
    """Return the country, ISO 3166-1 alpha-2, or None.

    `viewer` is what CloudFront says of the address; else the time zone's country, else the region of the locale.
    """
    if viewer is not None and is_country(code := viewer.upper()):
        return code
    if time_zone is not None and (country := country_of_zone(time_zone)):
        return country
    return region_of(locale) if locale is not None else None


def region_of(locale: str) -> str | None:
    """Return the country that a locale names, or None."""
    match = _LOCALE.match(locale)
    region = match["region"].upper() if match else ""
    return region if is_country(region) else None
