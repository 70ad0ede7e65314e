from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.events.enrichment.time_zones import country_of_zone, hemisphere_of, is_zone, local_hour


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/London", "GB"),
        ("Europe/Oslo", "NO"),  # its clock is Berlin's
        ("Asia/Calcutta", "IN"),  # as Chrome says
        ("America/Buenos_Aires", "AR"),
        ("Europe/Kiev", "UA"),
        ("US/Eastern", "US"),
        ("Asia/Dubai", "AE"),
        ("Iceland", "IS"),
        ("America/Virgin", "VI"),
        ("UTC", None),
        ("Etc/GMT-2", None),
        ("CET", None),
        ("EST", None),
        ("Europe/Nowhere", None),
        ("../etc/passwd", None),
        ("", None),
    ],
)
def test_a_zone_is_in_one_country(zone: str, country: str | None) -> None:
    assert country_of_zone(zone) == country


@pytest.mark.parametrize(("country", "where"), [("GB", "north"), ("AU", "south"), ("BR", "south"), ("IN", "north")])
def test_a_country_lies_where_its_principal_city_does(country: str, where: str) -> None:
    assert hemisphere_of(country) == where


def test_an_unknown_country_lies_nowhere() -> None:
    assert hemisphere_of("XX") is None


def test_the_hour_is_the_shoppers() -> None:
    assert local_hour("2026-07-01T23:30", "Europe/Berlin", "Europe/London") == 1  # UTC + 2 h: 1:30 of the next day
    assert local_hour("2026-07-01T20:00", "Asia/Calcutta", "Europe/London") == 1  # UTC + 5:30


@pytest.mark.parametrize("zone", [None, "Mars/Olympus", "../../etc/passwd", "/etc/localtime", ""])
def test_without_a_zone_the_hour_is_the_shops(zone: str | None) -> None:
    assert local_hour("2026-07-01T12:00", zone, "Europe/London") == 13  # UTC + 1 h in summer


def test_a_zone_is_known_by_name() -> None:
    assert is_zone("Europe/London")
    assert not is_zone("London")


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2037, 1, 1)),
    st.sampled_from(["America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Europe/London"]),
)
def test_the_minute_is_enough_to_tell_the_hour(moment: datetime, zone: str) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert there.utcoffset() is not None
    assert (there.utcoffset() or timedelta()) % timedelta(minutes=1) == timedelta()
    assert local_hour(moment.isoformat(timespec="minutes"), zone, "UTC") == there.hour
