import pytest

from tests.enrichment import contexts
from tests.enrichment.contexts import context
from tradewind.events.enrichment.device import SERVER, UNKNOWN, Device, device_of, device_of_agent


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (contexts.CHROME, Device(type="desktop", os="Windows", browser="Chrome")),
        (contexts.SAFARI, Device(type="desktop", os="Mac OS X", browser="Safari")),
        (contexts.FIREFOX, Device(type="desktop", os="Linux", browser="Firefox")),
        (contexts.CHROMEBOOK, Device(type="desktop", os="Chrome OS", browser="Chrome")),
        (contexts.IPHONE, Device(type="mobile", os="iOS", browser="Mobile Safari")),
        (contexts.IPAD, Device(type="tablet", os="iOS", browser="Mobile Safari")),
        (contexts.PIXEL, Device(type="mobile", os="Android", browser="Chrome Mobile")),
        (contexts.FIREFOX_ANDROID, Device(type="mobile", os="Android", browser="Firefox Mobile")),
        (contexts.GALAXY_TAB, Device(type="tablet", os="Android", browser="Chrome")),
        (contexts.FIRE, Device(type="tablet", os="Android", browser="Amazon Silk")),
        (contexts.OPERA_MINI, Device(type="mobile", os="Android", browser="Opera Mini")),
        (contexts.FACEBOOK, Device(type="mobile", os="Android", browser="Chrome Mobile WebView")),
    ],
)
def test_a_browser_has_type_system_and_family(user_agent: str, device: Device) -> None:
    assert device_of(context(userAgent=user_agent), None) == device


@pytest.mark.parametrize("user_agent", [contexts.SMART_TV, contexts.FIRE_TV, contexts.SAMSUNG_TV])
def test_a_television_is_no_computer_and_no_tablet(user_agent: str) -> None:
    assert device_of_agent(user_agent).type == "tv"


def test_what_is_none_of_these_is_other() -> None:
    assert device_of_agent(contexts.PLAYSTATION).type == "other"
    assert device_of_agent("something else").type == "other"


@pytest.mark.parametrize("user_agent", ["curl/8.5.0", "python-requests/2.32.3", "node-fetch/1.0", "okhttp/4.12.0"])
def test_a_program_is_a_server(user_agent: str) -> None:
    assert device_of(context(userAgent=user_agent), None) == SERVER


@pytest.mark.parametrize("library", ["analytics-python", "@segment/analytics-node", "analytics-node", "Analytics-Ruby"])
def test_a_server_library_without_user_agent_is_a_server(library: str) -> None:
    assert device_of(context(library={"name": library}), None) == SERVER


def test_a_server_library_that_passes_the_shoppers_user_agent_on_is_the_shoppers_device() -> None:
    told = context(library={"name": "analytics-python"}, userAgent=contexts.IPHONE)
    assert device_of(told, None).type == "mobile"


@pytest.mark.parametrize("sent", [{}, {"userAgent": ""}, {"userAgent": 5}, {"library": {"name": "analytics.js"}}])
def test_without_user_agent_the_device_is_unknown(sent: dict[str, object]) -> None:
    assert device_of(context(**sent), None) == UNKNOWN


def test_the_requests_own_user_agent_stands_in_for_that_of_the_context() -> None:
    assert device_of(context(), contexts.CHROME).type == "desktop"
    assert device_of(context(userAgent=contexts.IPHONE), contexts.CHROME).type == "mobile"


@pytest.mark.parametrize(
    ("sent", "kind", "system"),
    [
        ({"device": {"type": "android", "model": "SM-G991B"}, "os": {"name": "Android"}}, "mobile", "Android"),
        ({"device": {"type": "ios", "model": "iPhone15,2"}, "os": {"name": "iOS"}}, "mobile", "iOS"),
        ({"device": {"type": "ios", "model": "iPad13,1"}, "os": {"name": "iOS"}}, "tablet", "iOS"),
        ({"device": {"type": "ios", "model": "iPad13,1"}, "os": {"name": "iPadOS"}}, "tablet", "iOS"),
        ({"device": {"type": "tvos"}, "os": {"name": "tvOS"}}, "tv", "tvOS"),
        ({"device": {"type": "macos"}}, "desktop", "Mac OS X"),
    ],
)
def test_a_mobile_library_says_what_it_runs_on(sent: dict[str, object], kind: str, system: str) -> None:
    device = device_of(context(**sent), None)
    assert (device.type, device.os, device.browser) == (kind, system, None)


def test_a_mobile_librarys_word_goes_before_the_systems_user_agent() -> None:
    told = context(device={"type": "android"}, os={"name": "Android"}, userAgent=contexts.DALVIK)
    assert device_of(told, None).type == "mobile"


def test_a_device_that_says_nothing_leaves_the_user_agent() -> None:
    assert device_of(context(device={}, os={"name": ""}, userAgent=contexts.CHROME), None).type == "desktop"
