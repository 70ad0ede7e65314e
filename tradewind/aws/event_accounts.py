"""What became of the events, as `tradewind status` tells it: from the totals, the open receipts and the refusals."""

from dataclasses import replace

from tradewind.aws.cleaning_store import CleaningStore
from tradewind.aws.lake_store import LakeStore
from tradewind.aws.receipt_settlement import ReceiptSettlement
from tradewind.aws.refusal_store import RefusalStore
from tradewind.events.accounts import Accounts
from tradewind.events.settling.manifest import Manifest, manifest_key
from tradewind.events.settling.receipts import Receipt
from tradewind.events.settling.registry import State

# Commits come every few seconds at most, a reading takes less: so many in a row are met by one that is far slower.
_TRIES = 20


class EventAccounts:
    """Reads the accounts of one deployment."""

    def __init__(
        self, cleanings: CleaningStore, receipts: ReceiptSettlement, lake: LakeStore, refusals: RefusalStore
    ) -> None:
        self._cleanings = cleanings
        self._receipts = receipts
        self._lake = lake
        self._refusals = refusals

    def read(self) -> Accounts:
        """Return the accounts as they are at one moment; the receipts are those of the reading.

        A commit moves events from the open receipts to the totals. Where one came between the two readings they are
        read again; one whose receipts are not all settled yet is taken as if they were. Where there are too many
        receipts to be read, `accepted` and `in_flight` are at least so many.
        """
        for _ in range(_TRIES):
            state, totals = self._cleanings.state_and_totals()
            settled = self._being_settled(state)
            if settled is None:
                continue
            found = self._receipts.open_receipts()
            in_flight = sum(_in_flight(receipt, settled.get(receipt.request_id, 0)) for receipt in found.receipts)
            # What a commit has taken from the receipts meanwhile makes "at least so many" no less true.
            if not found.whole or self._cleanings.state().version == state.version:
                break
        return replace(
            totals,
            accepted=totals.accepted + in_flight,
            in_flight=in_flight,
            at_least=not found.whole,
            refused=self._refusals.total(),
        )

    def _being_settled(self, state: State) -> dict[str, int] | None:
        """Return what the commit that is being published settles; None where it has ended meanwhile."""
        if state.phase != "publishing" or state.attempt is None:
            return {}
        text = self._lake.read_text(manifest_key(state.attempt))
        return dict(Manifest.from_json(text).settled) if text is not None else None


def _in_flight(receipt: Receipt, settled: int) -> int:
    return replace(receipt, settled=max(receipt.settled, settled)).in_flight
