"""From a request to its answer: understand it, let the index carry the plan out, show the hits of the page."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import MAX_HITS_PER_PAGE, IndexSettings
from tradewind.errors import InputError
from tradewind.search.answer import SearchAnswer
from tradewind.search.encoder import TextEncoder
from tradewind.search.index import CatalogIndex
from tradewind.search.plan import Outcome, Plan
from tradewind.search.relaxing import with_fewer_words
from tradewind.search.request import SearchRequest
from tradewind.search.showing import Display
from tradewind.search.understanding.understand import understand


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which hits an answer shows."""

    offset: int
    length: int  # 0 beyond the pagination limit
    page: int
    hits_per_page: int


def answer(
    request: SearchRequest,
    *,
    name: str,
    index: CatalogIndex,
    definition: IndexDefinition,
    encoder: TextEncoder | None,
    now: datetime,
    query_id: str,
) -> SearchAnswer:
    """Return the answer of the index `name` to a request.

    Raises: InputError for an impossible page; IndexUnavailable.
    """
    plan, reading, request = understand(request, index=index, definition=definition, encoder=encoder, now=now)
    settings = definition.settings
    window = window_of(request, settings)
    asked, plan = plan, with_fewer_words(plan, index, request.remove_words or settings.remove_words)
    outcome = index.search(replace(plan, offset=window.offset, length=window.length))
    display = Display(plan, request, settings)
    return SearchAnswer(
        query_id=query_id,
        index=name,
        version=index.version,
        shown=tuple(map(display.show, outcome.hits)),
        outcome=outcome,
        reading=replace(reading, relaxed=len(plan.words) < len(asked.words) or _is_relaxed(plan, outcome)),
        page=window.page,
        hits_per_page=window.hits_per_page,
        pages=_pages(outcome.count, window, settings),
        offset=window.offset if request.offset is not None or request.length is not None else None,
        length=_asked_length(request, settings) if request.offset is not None or request.length is not None else None,
    )


def window_of(request: SearchRequest, settings: IndexSettings) -> Window:
    """Return which hits are shown: `offset` and `length` where one is given, else page and hits a page.

    Beyond the index's pagination limit nothing is shown, and a page across it is cut there, as Algolia does.
    Raises: InputError.
    """
    per_page = settings.hits_per_page if request.hits_per_page is None else request.hits_per_page
    _check("hitsPerPage", per_page, MAX_HITS_PER_PAGE)
    _check("page", request.page)
    offset, length = request.page * per_page, per_page
    if request.offset is not None or request.length is not None:
        offset, length = request.offset or 0, _asked_length(request, settings)
        _check("offset", offset)
        _check("length", length, MAX_HITS_PER_PAGE)
    limit = settings.pagination_limit
    return Window(
        offset=min(offset, limit),
        length=max(0, min(length, limit - offset)),
        page=request.page,
        hits_per_page=per_page,
    )


def _asked_length(request: SearchRequest, settings: IndexSettings) -> int:
    if request.length is not None:
        return request.length
    return settings.hits_per_page if request.hits_per_page is None else request.hits_per_page


def _check(field: str, value: int, most: int | None = None) -> None:
    if value < 0 or (most is not None and value > most):
        allowed = "0 or more" if most is None else f"from 0 to {most}"
        raise InputError(field, str(value), f"must be {allowed}")


def _pages(count: int, window: Window, settings: IndexSettings) -> int:
    if not window.hits_per_page:
        return 0
    return math.ceil(min(count, settings.pagination_limit) / window.hits_per_page)


def _is_relaxed(plan: Plan, outcome: Outcome) -> bool:
    needed = sum(not word.optional for word in plan.words)
    return 0 < outcome.required < needed
