import pytest

from tradewind.events.enrichment.country import country_of, region_of


def test_cloudfronts_word_goes_first() -> None:
    assert country_of("DE", "Europe/London", "fr-FR") == "DE"
    assert country_of("de", None, None) == "DE"


def test_then_the_time_zone() -> None:
    assert country_of(None, "Europe/London", "fr-FR") == "GB"


def test_then_the_region_of_the_locale() -> None:
    assert country_of(None, None, "fr-FR") == "FR"
    assert country_of(None, "UTC", "fr-FR") == "FR"


def test_else_none() -> None:
    assert country_of(None, None, None) is None
    assert country_of("XX", "Mars/Olympus", "en") is None  # CloudFront has no XX, proxies before it may


@pytest.mark.parametrize(
    ("locale", "country"),
    [
        ("en-GB", "GB"),
        ("en_GB", "GB"),
        ("en_GB.UTF-8", "GB"),
        ("zh-Hans-CN", "CN"),
        ("de-AT-1996", "AT"),
        ("en-US-u-hc-h12", "US"),
        ("fil-ph", "PH"),
        ("en", None),
        ("es-419", None),
        ("zh-Hans", None),
        ("en-UK", None),  # not ISO 3166
        ("", None),
        ("C", None),
    ],
)
def test_a_locale_names_a_region(locale: str, country: str | None) -> None:
    assert region_of(locale) == country
