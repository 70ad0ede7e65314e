"""A request to the search API, from its bytes to its answer."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Final, TypeVar

from tradewind.catalog.editing import ChangedMeanwhile, UnknownIndex
from tradewind.config import Search
from tradewind.errors import InputError, Unavailable
from tradewind.events.collecting.request import Request
from tradewind.keys import KeyChanged
from tradewind.protocols import cors
from tradewind.protocols.algolia import errors, routes
from tradewind.protocols.algolia.answers import Answer, error
from tradewind.protocols.algolia.credentials import credentials_of, parameters_in, query_of
from tradewind.protocols.algolia.errors import Refused
from tradewind.search.index import IndexUnavailable
from tradewind.search.serving import access
from tradewind.search.serving.call import Call, json_of, unpacked_body
from tradewind.search.serving.key_ring import KeyRing
from tradewind.search.serving.rates import QueryCounts, check_rate, queries_in

Shop = TypeVar("Shop")
Guard = Callable[[], AbstractContextManager[None]]
Verbs = Mapping[str, Callable[[Call, Shop], Answer]]

_FROM_ANY_PAGE: Final = {"access-control-allow-origin": "*"}


def serve(
    request: Request,
    verbs: Verbs[Shop],
    shop: Shop,
    *,
    keys: KeyRing,
    limits: Search,
    counts: QueryCounts | None = None,
    guard: Guard = nullcontext,
    now: datetime,
) -> Answer:
    """Return the answer to a request; `verbs` are those that can be carried out here.

    `counts`: where queries are counted; None: they are not. `guard`: what a verb is carried out in; it may raise
    Unavailable in place of other failures.
    """
    if request.method == "OPTIONS":
        return _preflight()
    try:
        answer = _carried_out(request, verbs, shop, keys=keys, limits=limits, counts=counts, guard=guard, now=now)
    except Refused as refused:
        answer = error(refused.status, refused.message, refused.headers)
    except InputError as wrong:
        answer = error(400, str(wrong))
    except UnknownIndex as unknown:
        answer = _refusal(errors.unknown_index(str(unknown)))
    except KeyChanged:
        answer = error(409, "key: was changed meanwhile; ask again what it may do, then repeat")
    except ChangedMeanwhile as changed:
        answer = _refusal(errors.changed_meanwhile(str(changed)))
    except IndexUnavailable:
        answer = _refusal(errors.unavailable("the index"))
    except Unavailable:
        answer = _refusal(errors.unavailable("a part of the cloud"))
    return answer.with_headers(_FROM_ANY_PAGE)


def _carried_out(
    request: Request,
    verbs: Verbs[Shop],
    shop: Shop,
    *,
    keys: KeyRing,
    limits: Search,
    counts: QueryCounts | None,
    guard: Guard,
    now: datetime,
) -> Answer:
    match = routes.match_of(request.method, request.path)
    if match is None or match.route.verb not in verbs:
        raise _no_route(request)
    body = unpacked_body(
        request.body, encoding=request.headers.get("content-encoding", "").strip().lower(), limit=limits.max_body
    )
    query = query_of(request.query)
    content: Any = None
    credentials = credentials_of(request.headers, query)
    if not credentials.key or not credentials.app_id:
        content = json_of(body)
        credentials = credentials_of(request.headers, query, content)
    caller = access.admitted(credentials, keys, now, headers=request.headers, address=request.caller)
    if match.route.acl == ("admin",) and not caller.is_admin:
        raise Refused(403, errors.NOT_WITH_THIS_KEY)
    caller.need(*match.route.acl)
    if match.index:
        caller.need_index(match.index)
    content = json_of(body) if content is None else content
    check_rate(caller.record, request.caller, queries_in(content), counts, now)
    call = Call(
        match=match,
        query=parameters_in(query),
        body=body,
        content=content,
        caller=caller,
        now=now,
        # A server's address and agent say nothing of the shopper.
        user_agent=request.headers.get("user-agent") if request.origin else None,
        country=request.headers.get("cloudfront-viewer-country") if request.origin else None,
    )
    with guard():
        return verbs[match.route.verb](call, shop)


def _no_route(request: Request) -> Refused:
    methods = routes.methods_of(request.path)
    if methods and request.method not in methods:
        return Refused(405, f"method {request.method}: this path takes {', '.join(methods)}")
    return Refused(404, f"path {request.path[:200]!r}: there is no such path; see docs/algolia.md")


def _refusal(refused: Refused) -> Answer:
    return error(refused.status, refused.message, refused.headers)


def _preflight() -> Answer:
    return Answer(
        204,
        headers={
            **_FROM_ANY_PAGE,
            "access-control-allow-methods": ", ".join(cors.ALLOWED_METHODS),
            "access-control-allow-headers": ", ".join(cors.ALLOWED_HEADERS),
            "access-control-max-age": str(cors.MAX_AGE_SECONDS),
        },
    )
