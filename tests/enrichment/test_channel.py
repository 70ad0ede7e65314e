import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.enrichment.contexts import context
from tradewind.events.enrichment.channel import Arrival, arrival_of, channel_of_host
from tradewind.events.enrichment.sent import Properties, properties_of

SHOP = "https://shop.example/c/lanterns?utm_source=x#top"


def arrival(referrer: str | None = None, *, url: str | None = SHOP, **sent: Any) -> Arrival:
    return arrival_of(context(page={"url": url, "referrer": referrer}, **sent), Properties())


@pytest.mark.parametrize(
    ("host", "channel"),
    [
        ("www.google.com", "organic_search"),
        ("google.de", "organic_search"),
        ("www.google.co.uk", "organic_search"),
        ("www.google.com.au", "organic_search"),
        ("com.google.android.googlequicksearchbox", "organic_search"),
        ("cn.bing.com", "organic_search"),
        ("de.search.yahoo.com", "organic_search"),
        ("yandex.ru", "organic_search"),
        ("duckduckgo.com", "organic_search"),
        ("l.facebook.com", "organic_social"),
        ("t.co", "organic_social"),
        ("de.pinterest.com", "organic_social"),
        ("pinterest.co.uk", "organic_social"),
        ("mail.google.com", "email"),
        ("outlook.live.com", "email"),
        ("e.mail.ru", "email"),
        ("go.mail.ru", "organic_search"),
        ("news.google.com", "referral"),
        ("google.example.org", "referral"),
        ("notfacebook.com", "referral"),
        ("blog.example", "referral"),
        ("localhost", "referral"),
    ],
)
def test_a_host_has_a_class(host: str, channel: str) -> None:
    assert channel_of_host(host) == channel


def test_the_campaigns_medium_goes_first_in_lower_case() -> None:
    came = arrival("https://www.google.com/", campaign={"medium": "CPC ", "name": "Winter Sale", "source": "google"})
    assert (came.channel, came.campaign) == ("cpc", "Winter Sale")


def test_a_campaign_without_medium_leaves_the_referrer() -> None:
    assert arrival("https://www.google.com/", campaign={"name": "Winter Sale"}).channel == "organic_search"


@pytest.mark.parametrize("referrer", [None, "", "$direct", "about:blank", "not an address", "http://", "https:///x"])
def test_without_a_referrer_the_shopper_came_directly(referrer: str | None) -> None:
    assert arrival(referrer) == Arrival(channel="direct", page_path="/c/lanterns")


@pytest.mark.parametrize(
    "referrer",
    [
        "https://shop.example/",
        "https://SHOP.example/basket?x=1",
        "http://www.shop.example",
        "https://checkout.shop.example/thanks",
        "https://shop.example:8443/",
        "https://example/",
    ],
)
def test_the_shops_own_pages_are_no_referrer(referrer: str) -> None:
    came = arrival(referrer)
    assert (came.channel, came.referrer) == ("direct", None)


def test_another_shop_that_begins_alike_is_one() -> None:
    assert arrival("https://shop.example.org/").channel == "referral"
    assert arrival("https://myshop.example/").channel == "referral"


def test_a_referrer_is_kept_without_query_fragment_password_and_port() -> None:
    came = arrival("https://me:secret@Blog.example:8443/Post?mail=me@blog.example#part")
    assert came == Arrival(channel="referral", referrer="https://blog.example/Post", page_path="/c/lanterns")


def test_without_the_pages_address_any_referrer_is_another_site() -> None:
    assert arrival("https://blog.example/", url=None).channel == "referral"


def test_an_app_may_be_the_referrer() -> None:
    came = arrival("android-app://com.google.android.gm/")
    assert (came.channel, came.referrer) == ("email", "android-app://com.google.android.gm/")


def test_referrer_and_address_are_also_found_elsewhere() -> None:
    sent = {"page_location": SHOP, "page_referrer": "https://www.google.com/search?q=lantern"}  # GA4
    came = arrival_of(context(), properties_of(msgspec.Raw(json.dumps(sent).encode())))
    assert came == Arrival(channel="organic_search", referrer="https://www.google.com/search", page_path="/c/lanterns")
    told = arrival_of(context(referrer={"url": "https://blog.example/"}), Properties())
    assert told.channel == "referral"


def test_the_pages_path_goes_before_that_of_its_address() -> None:
    page = {"path": "/told", "url": SHOP}
    assert arrival_of(context(page=page), Properties(path="/other")).page_path == "/told"
    assert arrival_of(context(), Properties(path="/other", url=SHOP)).page_path == "/other"
    assert arrival_of(context(), Properties(url=SHOP)).page_path == "/c/lanterns"
    assert arrival_of(context(), Properties(url="https://shop.example")).page_path is None


@given(st.text(), st.text())
def test_no_address_makes_it_raise(referrer: str, url: str) -> None:
    came = arrival_of(context(page={"url": url, "referrer": f"https://{referrer}"}), Properties())
    assert came.referrer is None or ("?" not in came.referrer and "#" not in came.referrer)
