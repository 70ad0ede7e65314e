"""The demo shoppers' events, sent through the collector as any client sends them, with a key of their own."""

import json
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tradewind.aws.key_store import KeyStore
from tradewind.demo.journeys import JourneyEvent, batches
from tradewind.errors import NotRunning
from tradewind.events.accounts import Accounts
from tradewind.events.sending import Answer, Collector
from tradewind.keys import KeyRecord, key_hash, new_key, retired

SOURCE = "demo"
_RECORD = "demo-events.json"  # how many were answered, so that a killed `make up` goes on there
_BATCH = 100
_SETTLING_SECONDS = 60
_POLL_SECONDS = 0.3


def send(events: Sequence[JourneyEvent], home: Path, *, api_url: str, keys: KeyStore) -> int:
    """Send what of `events` was not sent yet and return how many the collector refused. Raises: NotRunning."""
    sent = sent_before(home)
    if sent >= len(events):
        return 0
    key = new_key(secrets.choice)
    record = KeyRecord(key_hash=key_hash(key), kind="write", source=SOURCE, created_at=datetime.now(UTC))
    keys.add(record)
    collector = Collector(api_url, key)
    refused = 0
    try:
        for batch in batches(events[sent:], _BATCH):
            answer = collector.post("/v1/batch", json.dumps({"batch": batch}).encode())
            refused += _refused(answer)
            sent += len(batch)
            _write_sent(home, sent)
    finally:
        collector.close()
        keys.change(record, retired(record, datetime.now(UTC)))
    return refused


def settle() -> Accounts:
    """Return the accounts once nothing is in flight, or as they are after a minute."""
    from tradewind.aws import wiring

    end = time.monotonic() + _SETTLING_SECONDS
    while (accounts := wiring.event_accounts().read()).in_flight and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
    return accounts


def sent_before(home: Path) -> int:
    """Return how many of the demo's events were answered."""
    try:
        return int(json.loads((home / _RECORD).read_text())["sent"])
    except (OSError, ValueError):
        return 0


def _refused(answer: Answer) -> int:
    if answer.status != 200:
        raise NotRunning(f"the collector answered {answer.status}: {answer.message}")
    return len(answer.rejected)


def _write_sent(home: Path, sent: int) -> None:
    staged = home / f".{_RECORD}"
    staged.write_text(json.dumps({"sent": sent}))
    staged.replace(home / _RECORD)
