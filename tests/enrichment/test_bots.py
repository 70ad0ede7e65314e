import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA, is_crawler  # type: ignore[import-untyped]

from tests.enrichment import contexts
from tests.enrichment.contexts import context
from tradewind.events.enrichment.bots import BROWSERS, is_bot, is_bots
from tradewind.events.enrichment.http_programs import LISTED_AS_BOTS

PROGRAMS = [
    *("curl/8.5.0", "Wget/1.21.4", "python-requests/2.32.3", "Python-urllib/3.12", "python-httpx/0.27.0"),
    *("Python/3.12 aiohttp/3.9.5", "analytics-python/2.4.0", "analytics-node/3.1.0", "node", "undici", "axios/1.7.2"),
    *("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "got (https://github.com/sindresorhus/got)"),
    *("Go-http-client/2.0", "analytics-go (version: 3.0.0)", "Java/17.0.2", "Apache-HttpClient/4.5.14 (Java/17.0.2)"),
    *("okhttp/4.12.0", contexts.DALVIK, "Shop/3 CFNetwork/1494.0.7 Darwin/23.4.0", "Dart/3.3 (dart:io)"),
    *("GuzzleHttp/6.5.5 curl/7.68.0 PHP/7.4.3", "WordPress/6.5; https://shop.example", "Faraday v2.9.0", "Ruby"),
    *("HTTPie/3.2.2", "libwww-perl/6.72", "PostmanRuntime/7.39.0", "Amazon CloudFront", "Mechanize/2.8"),
]
BROWSING = [
    *(contexts.CHROME, contexts.SAFARI, contexts.FIREFOX, contexts.CHROMEBOOK, contexts.IPHONE, contexts.IPAD),
    *(contexts.PIXEL, contexts.GALAXY_TAB, contexts.FIRE, contexts.SMART_TV, contexts.FACEBOOK, contexts.INSTAGRAM),
]
BOTS = [
    *(contexts.GOOGLEBOT, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "GPTBot/1.2"),
    *("facebookexternalhit/1.1", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "Scrapy/2.11"),
    contexts.CHROME.replace("Chrome", "HeadlessChrome"),
]


@pytest.mark.parametrize("user_agent", BOTS)
def test_crawlers_and_driven_browsers_are_bots(user_agent: str) -> None:
    assert is_bot(user_agent)


@pytest.mark.parametrize("user_agent", PROGRAMS)
def test_server_libraries_and_curl_are_no_bots(user_agent: str) -> None:
    assert not is_bot(user_agent)


@pytest.mark.parametrize("user_agent", BROWSING)
def test_browsers_are_no_bots_in_apps_neither(user_agent: str) -> None:
    assert not is_bot(user_agent)


def test_a_bot_stays_one_with_the_name_of_a_library_beside() -> None:
    assert is_bot("curl/8.5.0 (compatible; Googlebot/2.1)")


def test_only_the_contexts_user_agent_counts_and_the_requests_own_where_there_is_one() -> None:
    assert is_bots(context(userAgent=contexts.GOOGLEBOT), None)
    assert is_bots(context(), contexts.GOOGLEBOT)
    assert is_bots(context(userAgent=contexts.CHROME), contexts.GOOGLEBOT)
    assert not is_bots(context(userAgent=contexts.CHROME), contexts.CURL)
    assert not is_bots(context(), None)
    assert not is_bots(context(userAgent=["Googlebot/2.1"]), None)


def test_every_exception_is_in_the_list_as_it_is_now() -> None:
    patterns = {crawler["pattern"] for crawler in CRAWLER_USER_AGENTS_DATA}
    assert patterns >= LISTED_AS_BOTS
    assert patterns >= BROWSERS


def test_the_one_matcher_agrees_with_the_lists_own_package() -> None:
    exempt = LISTED_AS_BOTS | BROWSERS
    examples = [
        example
        for crawler in CRAWLER_USER_AGENTS_DATA
        if crawler["pattern"] not in exempt
        for example in crawler["instances"]
    ]
    assert len(examples) > 1000
    assert [example for example in examples if not is_bot(example)] == []
    assert [agent for agent in BROWSING[:10] if is_crawler(agent)] == []
