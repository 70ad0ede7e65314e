"""Where the demo's visitors come from and what they come with. Weights are whole numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHOP_URL = "https://shop.example.com"


@dataclass(frozen=True, slots=True)
class Device:
    """What a visitor's browser says of itself."""

    user_agent: str


@dataclass(frozen=True, slots=True)
class Place:
    """Language and time zone of a country's visitors."""

    locale: str
    time_zone: str


PLACES: Mapping[str, Place] = {
    "United Kingdom": Place("en-GB", "Europe/London"),
    "Ireland": Place("en-IE", "Europe/Dublin"),
    "Germany": Place("de-DE", "Europe/Berlin"),
    "France": Place("fr-FR", "Europe/Paris"),
    "Netherlands": Place("nl-NL", "Europe/Amsterdam"),
    "Belgium": Place("nl-BE", "Europe/Brussels"),
    "Spain": Place("es-ES", "Europe/Madrid"),
    "Sweden": Place("sv-SE", "Europe/Stockholm"),
    "Denmark": Place("da-DK", "Europe/Copenhagen"),
}

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPAD = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"

DEVICES = (
    (Device(f"{_WINDOWS} Chrome/141.0.0.0 Safari/537.36"), 24),
    (Device(f"{_WINDOWS} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"), 8),
    (Device("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"), 6),
    (Device(f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"), 12),
    (Device(f"{_IPHONE} Version/18.5 Mobile/15E148 Safari/604.1"), 26),
    (Device(f"{_ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36"), 18),
    (Device(f"{_IPAD} Version/18.5 Mobile/15E148 Safari/604.1"), 6),
)

BOT_AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
)

# How sessions come: what the first page says of it.
CHANNELS: tuple[tuple[Mapping[str, Any], int], ...] = (
    ({}, 34),
    ({"referrer": "https://www.google.com/"}, 26),
    ({"referrer": "https://duckduckgo.com/"}, 4),
    ({"referrer": "https://www.instagram.com/"}, 8),
    ({"referrer": "https://www.pinterest.com/"}, 5),
    ({"referrer": "https://blog.example.com/gifts"}, 5),
    ({"campaign": {"name": "winter-gifts", "source": "newsletter", "medium": "email"}}, 11),
    ({"campaign": {"name": "brand", "source": "google", "medium": "cpc"}}, 7),
)
