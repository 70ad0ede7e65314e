"""The manifest of a cleaning: everything that follows from its commit, so that anyone can finish it.

Every step of it can be repeated: copies overwrite, numbers are absolute, sets gain and lose the same members.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tradewind.events.cleaning.ports import Link
from tradewind.events.settling.registry import Span
from tradewind.lake import layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A day of a rebuild that is done with this commit, and the days that follow from it."""

    rebuild_id: str
    received_day: str | None = None
    event_day: str | None = None
    received_days: tuple[str, ...] = ()  # to do because of it
    event_days: tuple[str, ...] = ()  # to do because of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What one attempt commits."""

    attempt: str
    files: Mapping[str, str] = field(default_factory=dict)  # live key -> staged key
    removed: tuple[str, ...] = ()  # live keys
    objects: Mapping[str, Span] = field(default_factory=dict)  # raw objects that are done
    settled: Mapping[str, int] = field(default_factory=dict)  # request id -> its events that are accounted for
    links: tuple[Link, ...] = ()
    step: Step | None = None

    def to_json(self) -> str:
        return json.dumps(
            {
                "attempt": self.attempt,
                "files": dict(self.files),
                "removed": self.removed,
                "objects": {key: [span.received, span.occurred] for key, span in self.objects.items()},
                "settled": dict(self.settled),
                "links": [
                    [link.anonymous_id, link.user_id, link.linked_at.isoformat(), link.receipt] for link in self.links
                ],
                "step": asdict(self.step) if self.step else None,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        record = json.loads(text)
        return cls(
            attempt=record["attempt"],
            files=record["files"],
            removed=tuple(record["removed"]),
            objects={
                key: Span(received=tuple(received), occurred=tuple(occurred) if occurred else None)
                for key, (received, occurred) in record["objects"].items()
            },
            settled=record["settled"],
            links=tuple(
                Link(anonymous_id=one, user_id=user, linked_at=datetime.fromisoformat(at), receipt=receipt)
                for one, user, at, receipt in record["links"]
            ),
            step=_step(record["step"]) if record["step"] else None,
        )


def manifest_key(attempt: str) -> str:
    return layout.events_staging_prefix(attempt) + layout.MANIFEST


def staged_key(attempt: str, live_key: str) -> str:
    return layout.events_staging_prefix(attempt) + live_key


def _step(record: dict[str, Any]) -> Step:
    return Step(
        rebuild_id=record["rebuild_id"],
        received_day=record["received_day"],
        event_day=record["event_day"],
        received_days=tuple(record["received_days"]),
        event_days=tuple(record["event_days"]),
    )
