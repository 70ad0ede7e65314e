"""Programs that send events on a shop's behalf: HTTP libraries, shop systems, automation. Neither browsers nor bots."""

import re
from functools import lru_cache
from typing import Final

# Patterns of crawler-user-agents 1.67 (tags http-library and others) that mean such programs.
LISTED_AS_BOTS: Final = frozenset(
    {
        r"^Apache-HttpClient",
        r"^HTTPie\/",
        r"^PHP-Curl-Class",
        r"^curl",
        r"AHC\/",
        "Amazon CloudFront",  # what an origin sees of requests through CloudFront
        "AnyEvent",
        "CustomAsyncHttpClient",
        "Go-http-client",
        "Google-Apps-Script",
        "HttpUrlConnection",
        "Indy Library",
        "Jetty",
        r"Make\/",
        r"Mollie HTTP client",
        "Pcore-HTTP",
        "Python-urllib",
        r"Salesforce\.com",
        "Shopify-Captain-Hook",
        r"Stripe\/",
        r"WordPress\/",  # WooCommerce sends from the server
        "Zapier",
        "[mM]echanize",
        "[wW]get",
        "aiohttp",
        "axios",
        "http_get",
        "httpx",
        "libwww-perl",
        "node-fetch",
        "okhttp",
        "python-requests",
        r"sindresorhus\/got",
    }
)

# How such programs begin their user agent.
_BEGINS: Final = re.compile(
    r"analytics|segment|rudder|curl/|wget/|httpie/|python|aiohttp|node|undici|deno/|bun/|axios/|got[ /]|"
    r"go-http-client|java|jetty/|ahc/|apache-http|okhttp|ktor|guzzle|php|symfony|wordpress/|woocommerce|ruby|faraday|rest-client|"
    r"typhoeus|mechanize|libwww|lwp|reqwest|hyper/|restsharp|dart/|postman|insomnia|amazon cloudfront",
    re.IGNORECASE,
)

# context.library.name of what runs on servers: Segment's and RudderStack's libraries, as their sources name them.
_SERVER_LIBRARIES: Final = frozenset(
    {
        "@segment/analytics-node",
        "analytics-node",
        "analytics-python",
        "analytics-ruby",
        "analytics-php",
        "analytics-java",
        "analytics-go",
        "analytics-clojure",
        "analytics-rust",
        "analytics.net",
        "analytics-csharp",
        "rudder-sdk-node",
        "@rudderstack/rudder-sdk-node",
        "rudder-sdk-python",
        "rudder-sdk-ruby",
        "rudder-analytics-ruby",
        "rudder-php-sdk",
        "rudder-sdk-java",
        "rudder-sdk-go",
        "rudderanalytics.net",
    }
)


@lru_cache(maxsize=8192)
def is_http_program(user_agent: str) -> bool:
    """Say whether a user agent is that of a program, not of a browser or an app."""
    return _BEGINS.match(user_agent) is not None


def is_server_library(name: str | None) -> bool:
    """Say whether a context.library.name is that of a library for servers."""
    return name is not None and name.lower() in _SERVER_LIBRARIES
