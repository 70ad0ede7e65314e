"""DynamoDB streams: what they hold is in the snapshot, so that the journal's calls continue them where they were.

ministack 1.5.33 keeps the changes of tables in memory and its consumers' places on the disk: after a start the places
point behind the end, and changes that nobody had consumed are gone.

A place is the count of a table's changes before it. A replay of the calls since the snapshot makes the same changes
again, so places of before the restart are still right.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb

STATE = "tradewind_table_changes"  # its name among a snapshot's files


class TableChanges:
    """The changes of all tables that have a stream."""

    def restore(self) -> None:
        """Take up the changes of the snapshot in force, before the journal is replayed."""
        state = persistence.load_state(STATE)
        if state:
            dynamodb._stream_records.update(state["records"])
            dynamodb._stream_trimmed.update(state["trimmed"])

    def state(self) -> Mapping[str, AccountRegionScopedDict]:
        """Return what a snapshot has to hold: not copied, so to be encoded before anything else happens.

        Copying the changes of an import took three times as long as encoding them, and all calls waited.
        """
        return {"records": dynamodb._stream_records, "trimmed": dynamodb._stream_trimmed}

    def enabled(self, arn: str) -> bool:
        table = dynamodb._tables.get(_table(arn))
        return bool(table and table.get("LatestStreamArn") == arn)

    def bounds(self, arn: str) -> tuple[int, int]:
        """Return the place of the oldest change and the one behind the newest."""
        return dynamodb.stream_start_position(_table(arn)), dynamodb.stream_end_position(_table(arn))

    def since(self, arn: str, place: int, limit: int) -> Sequence[dict[str, Any]]:
        """Return the changes from `place` on; from the end if the place is behind it."""
        records: Sequence[dict[str, Any]] = dynamodb.stream_records_since(_table(arn), place, limit)
        return records


def _table(arn: str) -> str:
    """Return the table's name in arn:aws:dynamodb:region:account:table/NAME/stream/LABEL."""
    return arn.split(":", 5)[5].split("/")[1]
