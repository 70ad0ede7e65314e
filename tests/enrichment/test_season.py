import pytest

from tradewind.events.enrichment.season import season_of


@pytest.mark.parametrize(
    ("month", "north", "south"),
    [
        (1, "winter", "summer"),
        (2, "winter", "summer"),
        (3, "spring", "autumn"),
        (5, "spring", "autumn"),
        (6, "summer", "winter"),
        (8, "summer", "winter"),
        (9, "autumn", "spring"),
        (11, "autumn", "spring"),
        (12, "winter", "summer"),
    ],
)
def test_a_season_begins_with_its_month_and_is_the_other_one_in_the_south(month: int, north: str, south: str) -> None:
    assert season_of(month, "GB") == north
    assert season_of(month, "AU") == south


@pytest.mark.parametrize("country", [None, "XX"])
def test_nobody_knows_the_season_of_nowhere(country: str | None) -> None:
    assert season_of(7, country) is None
