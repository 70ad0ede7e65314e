import pytest

from tradewind.events.enrichment.interactions import INTERACTIONS, SEGMENT, interaction_of
from tradewind.protocols import ga4


@pytest.mark.parametrize(("name", "interaction"), SEGMENT.items())
def test_each_name_of_the_segment_spec_is_its_interaction(name: str, interaction: str) -> None:
    assert interaction_of("track", name) == interaction


@pytest.mark.parametrize(("name", "interaction"), ga4.INTERACTIONS.items())
def test_each_name_of_ga4_is_its_interaction(name: str, interaction: str) -> None:
    assert interaction_of("track", name) == interaction


@pytest.mark.parametrize(
    "name", ["product viewed", "PRODUCT VIEWED", "product_viewed", "Product-Viewed", " Product  Viewed "]
)
def test_case_and_gaps_do_not_matter(name: str) -> None:
    assert interaction_of("track", name) == "view"


@pytest.mark.parametrize(
    "name", ["Product", "ProductViewed", "Products Viewed", "Cart Viewed", "view_cart", "add_to_wishlist", "", None]
)
def test_other_names_are_no_interaction(name: str | None) -> None:
    assert interaction_of("track", name) is None


@pytest.mark.parametrize("kind", ["page", "screen", "identify", "group", "alias"])
def test_only_track_events_are_interactions(kind: str) -> None:
    assert interaction_of(kind, "Product Viewed") is None


def test_every_interaction_has_a_name() -> None:
    assert set(SEGMENT.values()) == set(INTERACTIONS)
