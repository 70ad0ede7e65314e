"""A client that keeps its own books: what it sends, and what must become of each event that was answered."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.clients.shopping import PHONE
from tests.events_end_to_end.shop import Shop

WORKERS = 4
_BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_AGAIN_SECONDS = 0.2  # before a request that was not answered is sent again
_PATIENCE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Request:
    """One batch and what it holds: message ids of events to keep, events to drop by reason, events to refuse."""

    events: list[dict[str, Any]]
    kept: list[str]
    dropped: Counter[str]
    refused: int


@dataclass(slots=True)
class Tally:
    """What was answered: accepted copies of each message id that is kept, dropped events by reason, refused events."""

    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    sent_again: int = 0
    wrong: list[str] = field(default_factory=list)  # answers that were not as they must be

    def expected(self) -> dict[str, Any]:
        """Return the accounts that follow if every request was answered at its first try."""
        copies, ids = self.kept.total(), len(self.kept)
        return {
            "accepted": copies + self.dropped.total(),
            "clean": ids,
            "duplicate": copies - ids,
            "dropped": self.dropped.total(),
            "rejected": 0,
            "refused": self.refused,
        }


def plan(visitors: str, count: int, rng: Random) -> list[Request]:
    """Return `count` batches of good, repeated, bad, bot and consent-refused events of visitors `<visitors>-<n>`."""
    ids: list[str] = []
    return [_request(visitors, number, ids, rng) for number in range(count)]


def post_all(shop: Shop, requests: list[Request], *, patient: bool = False) -> Tally:
    """Post from a few threads and return the tally.

    `patient`: what is not answered, or with 429 or 5xx, is sent again until it is, as the real clients do.
    """
    tally, waiting, lock = Tally(), deque(requests), threading.Lock()
    deadline = time.monotonic() + _PATIENCE_SECONDS

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                request = waiting.popleft()
            refusal = _post(shop, request, tally, lock)
            if refusal is None:
                continue
            with lock:
                if not patient or time.monotonic() > deadline:
                    tally.wrong.append(refusal)
                    continue
                tally.sent_again += 1
                waiting.append(request)
            time.sleep(_AGAIN_SECONDS)

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result()
    return tally


def _post(shop: Shop, request: Request, tally: Tally, lock: threading.Lock) -> str | None:
    """Post once and tally the answer; return why it is none."""
    try:
        answer = shop.post("/v1/batch", {"batch": request.events})
    except (OSError, ValueError) as error:  # ValueError: an answer that ends early
        return f"no answer: {error!r}"
    if answer.status == 429 or answer.status >= 500:
        return f"{answer.status}: {answer.body}"
    with lock:
        wanted = 200 if request.kept or request.dropped else 400
        named = len(answer.body.get("rejected", []))
        if answer.status != wanted or named != request.refused:
            tally.wrong.append(f"{answer.status} with {named} of {request.refused} refused: {str(answer.body)[:300]}")
        tally.kept.update(request.kept)
        tally.dropped.update(request.dropped)
        tally.refused += request.refused
    return None


def _request(visitors: str, number: int, ids: list[str], rng: Random) -> Request:
    events, kept, dropped, refused = [], [], Counter[str](), 0
    for place in range(rng.randrange(1, 12)):
        event = _event(f"{visitors}-{rng.randrange(8)}", f"{visitors}-{number}-{place}", rng)
        match rng.choices(("good", "repeated", "bot", "consent", "bad"), (60, 15, 8, 8, 9))[0]:
            case "repeated" if ids:
                event["messageId"] = rng.choice(ids)
                kept.append(event["messageId"])
            case "bot":
                event["context"]["userAgent"] = _BOT
                dropped["bot"] += 1
            case "consent":
                event["context"]["consent"] = {"categoryPreferences": {"analytics": False}}
                dropped["consent"] += 1
            case "bad":
                event |= rng.choice(list(_spoilt()))
                refused += 1
            case _:
                kept.append(event["messageId"])
                ids.append(event["messageId"])
        events.append(event)
    return Request(events, kept, dropped, refused)


def _event(visitor: str, message_id: str, rng: Random) -> dict[str, Any]:
    return {
        "type": "track",
        "event": rng.choice(("Product Viewed", "Product Added", "Products Searched")),
        "anonymousId": visitor,
        "messageId": message_id,
        "properties": {"sku": f"{rng.randrange(20000, 20010)}A", "price": 2.55, "quantity": 1, "query": "lantern"},
        "context": {"userAgent": PHONE, "timezone": "Europe/London"},
    }


def _spoilt() -> Iterator[dict[str, Any]]:
    """Yield what makes an event one that is refused."""
    yield {"anonymousId": None}
    yield {"event": None}
    yield {"properties": {"text": "x" * 33 * 1024}}  # above 32 KB
    yield {"messageId": "x" * 101}
