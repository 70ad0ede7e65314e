"""The first requests after a start: they open the index and the encoder, so that no client waits for that.

Algolia's clients give a host one or two seconds for the first byte, which a new process needs for itself.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tradewind.keys import Keys

_AT_ONCE = 2  # processes that answer searches on the smallest machine; a larger one starts the others on demand
_SECONDS = 30.0
_UNKNOWN = 404  # there is no index of that name
# Words, so that the encoder is loaded, too; not analysed, so that nobody counts it as a search.
_QUERY = {"query": "warm wool blanket", "hitsPerPage": 1, "analytics": False}


def search_first(api_url: str, keys: Keys, index: str) -> str | None:
    """Return what kept `index` from answering, None where it answers or is not there: a shop may begin without one."""
    body = json.dumps({"requests": [{"indexName": index, **_QUERY}]}).encode()
    search = _request(api_url, "/1/indexes/*/queries", keys, keys.search_key, body)
    listing = _request(api_url, "/1/indexes", keys, keys.admin_key)  # the function that changes indexes answers it
    with ThreadPoolExecutor(_AT_ONCE + 1) as at_once:
        troubles = at_once.map(_trouble, [*[search] * _AT_ONCE, listing])
    return next(filter(None, troubles), None)


def _request(api_url: str, path: str, keys: Keys, key: str, body: bytes | None = None) -> Request:
    headers = {"x-algolia-application-id": keys.app_id, "x-algolia-api-key": key}
    return Request(api_url + path, body, headers)  # noqa: S310 - the address is our own


def _trouble(request: Request) -> str | None:
    try:
        with urlopen(request, timeout=_SECONDS):  # noqa: S310 - as above
            return None
    except HTTPError as error:
        with error:
            said = error.read(500).decode(errors="replace")
        return None if error.code == _UNKNOWN else f"{request.full_url}: {error.code} {said}"
    except (OSError, HTTPException) as error:
        return f"{request.full_url}: {error}"
