"""Traces of searches into the stream of events. Whatever becomes of them, the search is answered."""

import json
import sys
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from tradewind.aws import clients
from tradewind.aws.event_stream import EventStream
from tradewind.aws.receipt_store import ReceiptStore
from tradewind.errors import Unavailable
from tradewind.events.collecting.clock import utc_text
from tradewind.events.collecting.packing import pack
from tradewind.search.tracing import Searched, traces_of

PATIENCE_SECONDS: Final = 0.3  # a shopper waits; the stream's own try again takes tens of milliseconds
_REST: Final = timedelta(seconds=10)  # after a failure: a stream that is down must not slow every search


def traces_into(stream: str, receipts_table: str, *, record_bytes: int) -> "Traces":
    """Return what puts traces into the stream of this name and their receipts into the table."""
    return Traces(
        EventStream(clients.brief_kinesis(), stream, patience=PATIENCE_SECONDS),
        ReceiptStore(clients.brief_dynamodb(), receipts_table),
        record_bytes=record_bytes,
        new_id=lambda: uuid.uuid4().hex,
    )


class Traces:
    """Puts the traces of an HTTP request's searches in one call, then their receipt, as the collector does."""

    def __init__(
        self,
        stream: EventStream,
        receipts: ReceiptStore,
        *,
        record_bytes: int,
        new_id: Callable[[], str],
        log: Callable[[str], object] = sys.stdout.write,
    ) -> None:
        self._stream = stream
        self._receipts = receipts
        self._record_bytes = record_bytes
        self._new_id = new_id  # 32 hex digits
        self._log = log
        self._rests_until: datetime | None = None
        self.lost = 0  # traces that were not stored since this process began

    def put(self, searches: Iterable[Searched], now: datetime) -> int:
        """Store the traces and return how many; never raises for a cloud that fails: what is lost is logged."""
        request_id = self._new_id()
        events = traces_of(searches, now=now, request_id=request_id)
        if not events:
            return 0
        if self._rests_until is not None and now < self._rests_until:
            self.lost += len(events)
            return 0
        put = self._stream.put(pack(events, towards=self._record_bytes, request_id=request_id))
        trouble = put.trouble
        if put.events and put.is_certain:
            try:
                self._receipts.confirm(request_id, events=put.events, received_at=utc_text(now))
            except Unavailable as error:
                trouble = str(error)  # the cleaning makes the receipt when it meets the events
        if trouble:
            self._fail(len(events) - put.events, trouble, now)
        return put.events

    def _fail(self, lost: int, trouble: str, now: datetime) -> None:
        self.lost += lost
        self._rests_until = now + _REST
        line = {
            "level": "ERROR",
            "message": "searches not traced",
            "lost": lost,
            "lost_in_all": self.lost,
            "trouble": trouble,
        }
        self._log(json.dumps(line) + "\n")
