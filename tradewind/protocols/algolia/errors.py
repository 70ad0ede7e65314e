"""What is answered to a request that cannot be carried out. Clients show `message` and decide by `status`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tradewind.errors import InputError

RETRY_SECONDS: Final = 2


@dataclass(unsafe_hash=True)  # not frozen: `with` blocks set __traceback__ on the exceptions that pass through them
class Refused(Exception):
    """A request that is not carried out; `message` is complete."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message


def bad(error: InputError) -> Refused:
    """Return the refusal of what a caller wrote wrongly."""
    return Refused(400, str(error))


def unknown_index(name: str) -> Refused:
    return Refused(404, f"Index {name} does not exist")


def unknown_object(object_id: str) -> Refused:
    return Refused(404, "ObjectID does not exist") if object_id else Refused(404, "objectID is empty")


def unavailable(what: str) -> Refused:
    """Return the refusal of what would work later; clients go to their next host."""
    return Refused(503, f"{what} cannot be reached now; try again", {"retry-after": str(RETRY_SECONDS)})


def changed_meanwhile(index: str) -> Refused:
    """Return the refusal of a change that others were quicker than each time. Nothing was done, so clients may repeat
    it, which they do for a 503 and not for a 409."""
    message = f"index {index}: others changed it at the same time; nothing was done, try again"
    return Refused(503, message, {"retry-after": str(RETRY_SECONDS)})


# In Algolia's words, which clients and their documentation know. They tell nobody which half was wrong.
INVALID_KEY: Final = "Invalid Application-ID or API key"
NOT_WITH_THIS_KEY: Final = "Method not allowed with this API key"
INDEX_NOT_ALLOWED: Final = "Index not allowed with this API key"
