"""What a browser may send to the shop's API from a page of another origin: methods and headers, each by its name.

Browsers match the names literally, and `*` never covers authorization, so whatever a client sends must be listed. Who
answers preflights (the HTTP API, or a function that one reaches) takes it from here.
"""

from typing import Final

ALLOWED_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "OPTIONS")

ALLOWED_HEADERS: Final = (
    "authorization",
    "content-type",
    "content-encoding",
    "x-retry-count",  # Segment's clients, from the second try on
    "anonymousid",  # RudderStack's clients, as the rest of its group
    "sentat",
    "rsa-retry-attempt",
    "rsa-retry-reason",
    "rsa-since-last-attempt",
    "rsa-since-first-attempt",
    "rsa-recovered",
    "x-algolia-application-id",  # Algolia's clients, as the rest
    "x-algolia-api-key",
    "x-algolia-agent",
    "x-algolia-usertoken",
    "x-algolia-request-id",
    "request-id",
)

# Else a page's script cannot read when to come back, and which parameters had no effect.
EXPOSED_HEADERS: Final = ("retry-after", "x-compat-ignored")
MAX_AGE_SECONDS: Final = 86_400  # API Gateway's most; Chrome keeps a preflight for two hours at most
