"""Time zones, their countries and hemispheres, by the tables of tzdata (https://www.iana.org/time-zones)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal
from zoneinfo import ZoneInfo

Hemisphere = Literal["north", "south"]

# Old names that tzdata makes links to the zone of another country.
_MOVED: Final[Mapping[str, str]] = {
    "Africa/Asmera": "ER",
    "Africa/Timbuktu": "ML",
    "America/Coral_Harbour": "CA",
    "America/Virgin": "VI",
    "Antarctica/South_Pole": "AQ",
    "Atlantic/Jan_Mayen": "SJ",
    "Iceland": "IS",
    "Pacific/Johnston": "UM",
    "Pacific/Ponape": "FM",
    "Pacific/Truk": "FM",
    "Pacific/Yap": "FM",
}
# Links to one country's zone that many countries' clocks mean.
_NO_COUNTRY: Final = frozenset({"CET", "EET", "EST", "HST", "MET", "MST", "WET"})


def country_of_zone(zone: str) -> str | None:
    """Return the country of a time zone, ISO 3166-1 alpha-2; None for UTC, offsets and unknown names.

    By zone.tab, which gives each zone one country. Names that it does not list ("Asia/Calcutta", as Chrome says) are
    links to one that it does.
    """
    return _countries().get(zone)


def hemisphere_of(country: str) -> Hemisphere | None:
    """Return where the principal city of the country's first zone lies; None for an unknown country."""
    return _hemispheres().get(country)


def is_country(code: str) -> bool:
    return code in _hemispheres()


def is_zone(name: str) -> bool:
    """Say whether the IANA database has a zone or a link of this name."""
    return name in _names()


@lru_cache(maxsize=65_536)
def local_hour(minute: str, zone: str | None, shop_zone: str) -> int:
    """Return the hour, 0 to 23, of a minute of UTC ('YYYY-MM-DDTHH:MM') in `zone`, else in the shop's."""
    known = zone if zone is not None and is_zone(zone) else shop_zone
    return datetime.fromisoformat(f"{minute}+00:00").astimezone(_zone(known)).hour


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def _countries() -> Mapping[str, str]:
    listed = {zone: country for country, _, zone in _zone_table()}
    links = {link: listed[target] for link, target in _links() if target in listed and link not in _NO_COUNTRY}
    return {**links, **listed, **_MOVED}


@cache
def _hemispheres() -> Mapping[str, Hemisphere]:
    found: dict[str, Hemisphere] = {}
    for country, latitude, _ in _zone_table():
        found.setdefault(country, "south" if latitude.startswith("-") else "north")
    return found


@cache
def _zone_table() -> tuple[tuple[str, str, str], ...]:
    """Return the rows of zone.tab: country, latitude and longitude as +-DDMM+-DDDMM, zone."""
    rows = (line.split("\t") for line in _lines("zone.tab") if not line.startswith("#"))
    return tuple((row[0], row[1], row[2]) for row in rows)


def _links() -> Iterator[tuple[str, str]]:
    for line in _lines("tzdata.zi"):
        if line.startswith("L "):
            _, target, link = line.split()
            yield link, target


def _lines(name: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
