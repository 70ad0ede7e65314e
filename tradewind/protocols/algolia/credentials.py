"""Who asks: the application id and the key, which clients send in headers, in the query string or in the body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

_APP_ID: Final = "x-algolia-application-id"
_KEY: Final = "x-algolia-api-key"
_BODY_NAMES: Final = {"x-algolia-api-key", "apikey"}


@dataclass(frozen=True, slots=True)
class Credentials:
    app_id: str
    key: str


def query_of(text: str) -> dict[str, str]:
    """Return the names, in lower case but for parameters, and values of a query string; the first of a name counts."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        found.setdefault(name, value)
    return found


def credentials_of(headers: Mapping[str, str], query: Mapping[str, str], body: Any = None) -> Credentials:
    """Return who asks, empty texts where nothing says so. Header names are in lower case; others in any."""
    named = {name.lower(): value for name, value in query.items()}
    if isinstance(body, Mapping):
        for name, value in body.items():
            if isinstance(value, str) and name.lower() in (_APP_ID, *_BODY_NAMES):
                named.setdefault(_KEY if name.lower() in _BODY_NAMES else _APP_ID, value)
    return Credentials(
        app_id=(headers.get(_APP_ID) or named.get(_APP_ID) or "").strip(),
        key=(headers.get(_KEY) or named.get(_KEY) or "").strip(),
    )


def parameters_in(query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a query string that are no credentials and say nothing of the client."""
    return {name: value for name, value in query.items() if not name.lower().startswith("x-algolia-")}
