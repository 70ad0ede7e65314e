"""Why something was refused: the codes of answers, logs and `tradewind events tail` (explained in docs/events.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

# Of one event; the others of its request are kept.
EVENT_CODES: Final = (
    "not_an_object",
    "unknown_type",
    "wrong_type",
    "wrong_value",
    "too_old",
    "no_id",
    "no_event_name",
    "no_group_id",
    "no_previous_id",
    "message_id_too_long",
    "control_characters",
    "too_large",
    "too_deep",
    "over_batch_limit",
)
# Of a whole request, with the status of its answer.
REQUEST_CODES: Final[Mapping[str, int]] = {
    "not_json": 400,
    "not_a_batch": 400,
    "wrong_token": 422,
    "damaged_body": 400,
    "body_too_large": 400,  # 413 where the route says so
    "no_key": 401,
    "unknown_key": 401,
    "origin_not_allowed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "over_rate": 429,
    "not_stored": 503,
}

_SHOWN = 60  # characters of a value


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event that was turned away at the door. `index` is its 0-based place in the request."""

    index: int
    message_id: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """What `tradewind events tail` shows of a refusal: one event, or a whole request with so many `events`."""

    code: str
    message: str
    events: int
    index: int | None = None
    message_id: str | None = None


@dataclass(unsafe_hash=True)  # not frozen: `with` blocks set __traceback__ on the exceptions that pass through them
class RequestRefused(Exception):
    """A request that is turned away as a whole; `message` names field, value and way out."""

    code: str
    message: str
    status: int = 0  # 0: as the code says
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.message

    @property
    def http_status(self) -> int:
        return self.status or REQUEST_CODES[self.code]


def shown(value: object) -> str:
    """Return a value as JSON for a message, cut to 60 characters."""
    return shortened(msgspec.json.encode(value).decode())


def shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
