"""What the cleaning writes to a receipt: one collector request, its stored events, and how many are accounted for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tradewind.events.settling.registry import LATE_RECEIPT

# A settled receipt that could not be deleted yet goes by itself after this, where no later cleaning sweeps it.
KEPT_SETTLED = timedelta(hours=1)
# A receipt that its collector never wrote: longer than the stream keeps what may still come.
KEPT_UNCONFIRMED = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as the table has it; `events` is None until its collector wrote it."""

    request_id: str
    events: int | None = None
    received_at: str | None = None  # ISO 8601, UTC
    settled: int = 0

    @property
    def in_flight(self) -> int:
        """Events that were accepted and are not accounted for yet."""
        return max(0, (self.events or 0) - self.settled)

    @property
    def is_settled(self) -> bool:
        return self.events is not None and self.settled >= self.events


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What to do with a receipt.

    delete: nobody writes it any more. replace: all is accounted for, but its collector may still write it again, so it
    stays for a while. raise_to: more may come; the number only grows, so that a late writer cannot take it back.
    """

    action: Literal["delete", "replace", "raise_to"]
    receipt: Receipt  # as it is to be
    expires: datetime | None = None


def settle(request_id: str, known: Receipt | None, *, settled: int, now: datetime) -> Settlement:
    """Return what to write once `settled` events of a request are accounted for."""
    before = known or Receipt(request_id=request_id)
    after = Receipt(
        request_id=request_id,
        events=before.events,
        received_at=before.received_at,
        settled=max(before.settled, settled),
    )
    if after.events is None:
        return Settlement(action="raise_to", receipt=after, expires=now + KEPT_UNCONFIRMED)
    if not after.is_settled:
        return Settlement(action="raise_to", receipt=after)
    if _is_old(after, now):
        return Settlement(action="delete", receipt=after)
    return Settlement(action="replace", receipt=after, expires=now + KEPT_SETTLED)


def _is_old(receipt: Receipt, now: datetime) -> bool:
    if receipt.received_at is None:
        return False
    return datetime.fromisoformat(receipt.received_at) + LATE_RECEIPT <= now
