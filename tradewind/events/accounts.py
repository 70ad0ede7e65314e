"""What became of the events: every accepted event is in exactly one of the other terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """accepted = clean + duplicate + dropped + rejected + in_flight; refused events were never accepted."""

    accepted: int = 0  # durably stored, answered or not
    clean: int = 0  # in the events table
    duplicate: int = 0  # the client sent the message id again
    dropped_by_reason: Mapping[str, int] = field(default_factory=dict)  # bot, consent
    rejected: int = 0  # turned away by transform_records; in quarantine
    in_flight: int = 0  # between the collector and the lake
    refused: int = 0
    at_least: bool = False  # too much is in flight to be counted: accepted and in_flight are lower bounds

    @property
    def dropped(self) -> int:
        return sum(self.dropped_by_reason.values())
