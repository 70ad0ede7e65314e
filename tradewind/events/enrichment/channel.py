"""How a shopper came: the campaign that an event names, else what its referrer is."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

import msgspec

from tradewind.events.enrichment import referrers
from tradewind.events.enrichment.sent import Context, Page, Properties

DIRECT: Final = "direct"
REFERRAL: Final = "referral"
_NO_PAGE: Final = Page()
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<host>[^/?#:]+)(?::[0-9]*)?(?P<path>[^?#]*)"
)


class Arrival(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How an event's shopper came. `referrer` is another site's address without query and fragment."""

    channel: str
    campaign: str | None = None
    referrer: str | None = None
    page_path: str | None = None


class _Site(msgspec.Struct, frozen=True, gc=False):
    """Where an address leads; `host` in lower case, `bare` without www."""

    address: str  # without query and fragment
    host: str
    bare: str
    path: str


def arrival_of(context: Context, properties: Properties) -> Arrival:
    """Return how the shopper of an event came, and to which page.

    Channel: context.campaign.medium in lower case; else organic_search, organic_social, email or referral by the
    referrer's host; else direct. A referrer on the page's own host (or above or below it) is none.
    """
    page = context.page or _NO_PAGE
    url = page.url or properties.url or properties.page_location
    sent = page.referrer or (context.referrer.url if context.referrer else None) or properties.page_referrer
    referrer = _other_site(sent, url) if sent else None
    campaign = context.campaign
    medium = campaign.medium.strip().lower() if campaign and campaign.medium else None
    return Arrival(
        channel=medium or (channel_of_host(referrer.host) if referrer else DIRECT),
        campaign=campaign.name or None if campaign else None,
        referrer=referrer.address if referrer else None,
        page_path=page.path or properties.path or (_path_of(url) if url else None),
    )


@lru_cache(maxsize=8192)
def channel_of_host(host: str) -> str:
    """Return the channel that a referrer's host is: its class, else referral."""
    classes = _classes()
    labels = host.removeprefix("www.").split(".")
    for first in range(len(labels)):
        if found := classes.get(".".join(labels[first:])):
            return found
    return classes.get(f"{_without_tld(labels)}.*", REFERRAL)


def _without_tld(labels: Sequence[str]) -> str:
    """Return a host without its top level, or the two of a country: "google" of google.com and google.co.uk."""
    of_country = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[: -2 if of_country else -1])


@cache
def _classes() -> Mapping[str, referrers.ReferrerClass]:
    return {
        **dict.fromkeys(referrers.SEARCH, "organic_search"),
        **dict.fromkeys(referrers.SOCIAL, "organic_social"),
        **dict.fromkeys(referrers.EMAIL, "email"),
    }


def _other_site(referrer: str, url: str | None) -> _Site | None:
    """Return where a shopper came from, None where it was a page of the shop or is no address."""
    origin = (url[: url.find("/", len("https://")) + 1] or url) if url else ""
    if origin and referrer.startswith(origin):
        return None  # as most: from page to page
    site = _site_of(referrer)
    if site is None or not origin or (own := _site_of(origin)) is None:
        return site
    near = site.bare == own.bare or site.bare.endswith(f".{own.bare}") or own.bare.endswith(f".{site.bare}")
    return None if near else site


def _path_of(url: str) -> str | None:
    match = _ADDRESS.match(url)
    return match["path"] or None if match else None


# Few other sites send most shoppers.
@lru_cache(maxsize=4096)
def _site_of(url: str) -> _Site | None:
    """Return the parts of an absolute address; None for anything else. Port and password are left out.

    By an expression, because urlsplit raises for "http://[".
    """
    match = _ADDRESS.match(url)
    if match is None:
        return None
    host = match["host"].lower()
    return _Site(f"{match['scheme'].lower()}://{host}{match['path']}", host, host.removeprefix("www."), match["path"])
