"""What the cleaning of events reads and writes: one value that the composition root (`tradewind.aws.wiring`) fills."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tradewind.events.cleaning.ports import CleaningSettings

if TYPE_CHECKING:
    from tradewind.aws.cleaning_store import CleaningStore
    from tradewind.aws.events_queue import EventsQueue
    from tradewind.aws.identity_store import IdentityStore
    from tradewind.aws.lake_store import LakeStore
    from tradewind.aws.receipt_settlement import ReceiptSettlement

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStores:
    """Cleanings, lake, receipts, identities and queue of one deployment, and how its events are cleaned."""

    cleanings: "CleaningStore"
    lake: "LakeStore"
    receipts: "ReceiptSettlement"
    identities: "IdentityStore"
    queue: "EventsQueue"
    settings: CleaningSettings
