"""A batch of the stream's records: their lines as activities, and which records have to come again."""

import base64
import binascii
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from tradewind.events.event import read_line
from tradewind.personalization.activities import Consent, activity_of
from tradewind.personalization.profiles import Activity
from tradewind.personalization.updating import keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A line, or a whole record, that is no event: `line` is 0-based, None for the record."""

    sequence_number: str
    line: int | None
    why: str


@dataclass(slots=True)
class Batch:
    """What a batch says: activities, what was skipped for good, and records that could not be worked off."""

    activities: list[Activity] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    left_out: int = 0  # bots, refused consent
    broken: dict[str, str] = field(default_factory=dict)  # why, by sequence number
    shoppers: dict[str, set[str]] = field(default_factory=dict)  # keys of profiles by sequence number

    def failed(self, profiles: Iterable[str]) -> list[str]:
        """Return the sequence numbers of the records to be sent again, if these profiles could not be stored."""
        lost = set(profiles)
        return [number for number, keys in self.shoppers.items() if number in self.broken or keys & lost]


def read_batch(records: Iterable[Mapping[str, object]], consent: Consent) -> Batch:
    """Return what the `kinesis` parts of the records of a trigger event say."""
    batch = Batch()
    for record in records:
        number = str(record["sequenceNumber"])
        batch.shoppers[number] = set()
        try:
            data = base64.b64decode(str(record["data"]), validate=True)
        except binascii.Error as error:
            batch.poison.append(Poison(sequence_number=number, line=None, why=f"not base64: {error}"))
            continue
        _read_lines(batch, number, data, consent)
    return batch


def _read_lines(batch: Batch, number: str, data: bytes, consent: Consent) -> None:
    for place, line in enumerate(data.split(b"\n")):
        if not line.strip():
            continue
        try:
            activity = activity_of(read_line(line), consent)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            # It will not become an event by coming again. transform_records keeps it in quarantine.
            batch.poison.append(Poison(sequence_number=number, line=place, why=type(error).__name__))
        except Exception as error:  # noqa: BLE001 - reported with its record, which comes again alone
            batch.broken[number] = _place_of(error, place)
        else:
            if activity is None:
                batch.left_out += 1
            else:
                batch.activities.append(activity)
                batch.shoppers[number] |= keys_of(activity)


def _place_of(error: Exception, line: int) -> str:
    """Return what went wrong where, without the values: these may tell of a person."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {last.name}:{last.lineno}, line {line} of the record"
