"""Which user agents are bots, by the list of https://github.com/monperrus/crawler-user-agents (MIT)."""

from functools import cache, lru_cache
from typing import Final

import ua_parser_rs
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]

from tradewind.events.enrichment.http_programs import LISTED_AS_BOTS
from tradewind.events.enrichment.sent import Context

# Patterns of the list that real shoppers' browsers match too, by its own example or by our trial.
BROWSERS: Final = frozenset(
    {
        r"AP3A\.240617\.008",  # a build of Android 15 on many phones; the example is Instagram's browser on one
        "MetaIAB Facebook",  # Facebook's own browser
        r"Notion\/",  # the desktop app
        r"PayPal\/",  # the app's browser
        r"Tumblr\/",  # the app's browser
    }
)


def is_bots(context: Context, user_agent: str | None) -> bool:
    """Say whether a bot sent an event.

    Looks at context.userAgent and, on pixel and beacon, at the request's own `user_agent`. Programs that send events
    for a shop (`http_programs`) are none.
    """
    named = context.user_agent
    return (named is not None and is_bot(named)) or (user_agent is not None and is_bot(user_agent))


@lru_cache(maxsize=8192)
def is_bot(user_agent: str) -> bool:
    """Say whether `user_agent` matches a pattern of the list, capitals as they are."""
    return _bots().extract(user_agent) is not None


@cache
def _bots() -> ua_parser_rs.UserAgentExtractor:
    """Return the patterns as one matcher.

    The matcher is that of user agent families, which needs a name a pattern: it takes 3 µs for a browser's user agent,
    where the 1,500 patterns one by one, as the list's own package tries them, take 370 µs.
    """
    not_bots = LISTED_AS_BOTS | BROWSERS
    patterns = [crawler["pattern"] for crawler in CRAWLER_USER_AGENTS_DATA]
    return ua_parser_rs.UserAgentExtractor(
        (pattern, "bot", None, None, None, None) for pattern in patterns if pattern not in not_bots
    )
