"""What device an event comes from: of the user agent, or of what a mobile library says of its device."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

import ua_parser

from tradewind.events.enrichment.http_programs import is_http_program, is_server_library
from tradewind.events.enrichment.sent import Context, SentDevice, System

DeviceType = Literal["desktop", "mobile", "tablet", "tv", "server", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """`os` and `browser` are families without versions, as ua-parser names them."""

    type: DeviceType | None = None
    os: str | None = None
    browser: str | None = None


UNKNOWN: Final = Device()
SERVER: Final = Device(type="server")

# Tried in this order. Televisions and consoles say Linux or Windows too, tablets say Android or Windows.
_TYPES: Final[tuple[tuple[DeviceType, re.Pattern[str]], ...]] = (
    (
        "tv",
        re.compile(
            r"smart-?tv|hbbtv|web0s|webos\.tv|netcast|google ?tv|android ?tv|apple ?tv|tvos|crkey|roku|viera|bravia|"
            r"aquos|vidaa|\bAFT[A-Z]|tizen.*\btv\b|\btv\b.*tizen",
            re.IGNORECASE,
        ),
    ),
    ("other", re.compile(r"playstation|xbox|nintendo|\bwatch|glass \d", re.IGNORECASE)),
    ("mobile", re.compile(r"iphone|ipod|windows phone|iemobile|blackberry|bb10|kaios|opera mini|opera mobi|dalvik")),
    ("tablet", re.compile(r"ipad|tablet|playbook|kindle|silk(?!.*mobile)|\bkf[a-z]{2,}\b|nexus (?:7|9|10)\b")),
    ("mobile", re.compile(r"android.*mobile|mobile.*android|mobile safari|; mobile;|symbian|\bmobile/")),
    ("tablet", re.compile(r"android")),  # Google: Android tablets leave out "Mobile"
    ("desktop", re.compile(r"windows nt|windows;|macintosh|mac os x|x11|linux|cros ")),
)

# context.device.type and context.os.name of Segment's and RudderStack's mobile libraries, lower case.
_BY_SYSTEM: Final[Mapping[str, tuple[DeviceType, str]]] = {
    "android": ("mobile", "Android"),
    "ios": ("mobile", "iOS"),
    "iphone os": ("mobile", "iOS"),
    "ipados": ("tablet", "iOS"),
    "tvos": ("tv", "tvOS"),
    "appletvos": ("tv", "tvOS"),
    "watchos": ("other", "watchOS"),
    "visionos": ("other", "visionOS"),
    "macos": ("desktop", "Mac OS X"),
    "mac os x": ("desktop", "Mac OS X"),
    "windows": ("desktop", "Windows"),
}


def device_of(context: Context, user_agent: str | None) -> Device:
    """Return the device of an event.

    A mobile library's own word goes first (`context.device.type`, `context.os.name`): its user agent is that of a web
    view or of the system. Then context.userAgent, then the request's `user_agent`. Without any, a library for servers
    makes it a server, and anything else is unknown.
    """
    agent = context.user_agent or user_agent
    if context.device is not None and (device := _told(context.device, context.os)) is not None:
        return replace(device, browser=device_of_agent(agent).browser) if agent else device
    if agent:
        return device_of_agent(agent)
    return SERVER if context.library is not None and is_server_library(context.library.name) else UNKNOWN


# Several thousand differ at one time: phones name their model, apps their version.
@lru_cache(maxsize=8192)
def device_of_agent(user_agent: str) -> Device:
    """Return the device of a user agent."""
    if is_http_program(user_agent):
        return SERVER
    system = ua_parser.parse_os(user_agent)
    browser = ua_parser.parse_user_agent(user_agent)
    return Device(
        type=_type_of(user_agent),
        os=system.family if system else None,
        browser=browser.family if browser else None,
    )


def _type_of(user_agent: str) -> DeviceType:
    lowered = user_agent.lower()
    return next((kind for kind, pattern in _TYPES if pattern.search(lowered)), "other")


def _told(device: SentDevice, system: System | None) -> Device | None:
    """Return the device that a mobile library describes, None where it does not."""
    for word in (system.name if system else None, device.type):
        if word and (known := _BY_SYSTEM.get(word.lower())):
            kind, family = known
            is_ipad = device.model is not None and device.model.startswith("iPad")
            return Device(type="tablet" if is_ipad else kind, os=family)
    return None
