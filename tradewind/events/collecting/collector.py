"""What the collector reads and writes, as one value that its composition root fills."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.config import Events
from tradewind.events.collecting.write_keys import KeyCache
from tradewind.search.serving.key_ring import KeyRing

if TYPE_CHECKING:
    from tradewind.aws.erasure_store import ErasureStore
    from tradewind.aws.event_stream import EventStream
    from tradewind.aws.rate_store import RateStore
    from tradewind.aws.receipt_store import ReceiptStore
    from tradewind.aws.refusal_store import RefusalStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """The stores of one deployment, with its limits."""

    keys: KeyCache
    ring: KeyRing  # for secured keys
    rates: "RateStore"
    stream: "EventStream"
    receipts: "ReceiptStore"
    refusals: "RefusalStore"
    erasures: "ErasureStore"
    limits: Events
    new_id: Callable[[], str]  # 32 hex digits that nobody has seen before
