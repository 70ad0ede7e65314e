"""The season where the shopper is."""

from functools import lru_cache
from typing import Literal

from tradewind.events.enrichment.time_zones import hemisphere_of

Season = Literal["spring", "summer", "autumn", "winter"]

# Of the north, by month; the meteorologists' seasons, which begin with a month.
_NORTH: tuple[Season, ...] = (
    *("winter", "winter", "spring", "spring", "spring", "summer"),
    *("summer", "summer", "autumn", "autumn", "autumn", "winter"),
)


@lru_cache(maxsize=4096)
def season_of(month: int, country: str | None) -> Season | None:
    """Return the season of a month (1 to 12) in a country, None where the country is not known."""
    hemisphere = hemisphere_of(country) if country else None
    if hemisphere is None:
        return None
    return _NORTH[month - 1] if hemisphere == "north" else _NORTH[(month + 5) % 12]
