"""The way of events under load: a bounded soak at the highest rate the machine bears, and how soon events are found.

Runs a cloud of its own, on free ports and in a temporary folder. The client counts what was answered and looks for each
of these events in the lake.
"""

import gzip
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.local_cloud import Cloud, CommandFailed, new_cloud
from benchmarks.measure import ROOT, Figure, figure, report, skipped
from benchmarks.processes import cpu_of

SECONDS = int(os.environ.get("TRADEWIND_SOAK_SECONDS", "60"))
WORKERS = 4  # closed loops: each posts again once it was answered, so that the rate is what the cloud bears
BATCH = 100
SOON = 5_000
GOAL_SOON_SECONDS = 15
RECORDED = ROOT / "tests" / "wire" / "analytics-node-batch-100.json.gz"

_RATE = ("events answered a second, soak", None, "events/s")
_LOST = ("events answered and not found, soak", 0, "events")
_TWICE = ("events found twice, soak", 0, "events")
_DRAINED = ("until the last event of the soak is found", None, "s")
_SOON = (f"until {SOON:,} events are found", GOAL_SOON_SECONDS, "s")
_FIGURES: tuple[tuple[str, float | None, str], ...] = (_RATE, _LOST, _TWICE, _DRAINED, _SOON)

_PATIENCE_SECONDS = 600  # for the lake to have all of a soak
_PAUSE_SECONDS = 0.25
_RETRIED = (429, 502, 503, 504)


@dataclass(slots=True)
class Load:
    """What the client knows: batches that were answered, and answers that were not 200."""

    answered: list[int] = field(default_factory=list)
    sent_again: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    _numbers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def events(self) -> int:
        return len(self.answered) * BATCH

    def next_number(self) -> int:
        with self._lock:
            self._numbers += 1
            return self._numbers

    def note(self, number: int) -> None:
        with self._lock:
            self.answered.append(number)


@dataclass(frozen=True, slots=True)
class Door:
    """Where events are posted to."""

    host: str
    authorization: str


class Template:
    """A recorded batch of analytics-node whose events get ids of their own: `<prefix>-<batch>-<place>`."""

    def __init__(self, prefix: str) -> None:
        batch = json.loads(gzip.decompress(RECORDED.read_bytes()))
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        for place, event in enumerate(batch["batch"]):
            # Today, so that a soak measures a busy day and not a hundred old ones.
            event |= {"messageId": f"{prefix}-@@@@@@-{place}", "timestamp": now}
        batch |= {"sentAt": now}
        batch.pop("writeKey", None)
        self._body = json.dumps(batch, separators=(",", ":")).encode()

    def body(self, number: int) -> bytes:
        return self._body.replace(b"@@@@@@", f"{number:06d}".encode())


def soak(door: Door, prefix: str, *, seconds: float = SECONDS, batches: int | None = None) -> Load:
    """Return what came of posting for so many seconds, or so many batches."""
    load, template = Load(), Template(prefix)
    began = time.monotonic()

    def work() -> None:
        connection = http.client.HTTPConnection(door.host, timeout=60)
        while (number := load.next_number()) <= (batches or sys.maxsize):
            if batches is None and time.monotonic() - began > seconds:
                break
            _post(connection, door, template.body(number), number, load)
        connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result()
    load.seconds = time.monotonic() - began
    return load


def _post(connection: http.client.HTTPConnection, door: Door, body: bytes, number: int, load: Load) -> None:
    """Post a batch until it is answered, as the real clients do."""
    headers = {"authorization": door.authorization, "content-type": "application/json"}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            connection.request("POST", "/v1/batch", body, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            said, status = repr(error).encode(), 503
        else:
            status = answer.status
        if status == 200:
            load.note(number)
            return
        if status not in _RETRIED:
            load.wrong.append(f"{status}: {said[:200]!r}")
            return
        load.sent_again += 1
        time.sleep(_PAUSE_SECONDS)
    load.wrong.append(f"batch {number} was not answered in {_PATIENCE_SECONDS} s")


def found(cloud: Cloud, prefix: str) -> tuple[int, int]:
    """Return how many events of a load are in the lake, and how many message ids they have."""
    query = f"select count(*) events, count(distinct event_id) ids from events where event_id like '{prefix}-%'"
    (row,) = _told(cloud, "sql", "--format", "json", query)
    return int(row["events"]), int(row["ids"])


def wait_until_found(cloud: Cloud, prefix: str, count: int) -> tuple[int, int, float]:
    """Return (events, ids, seconds) once the lake has `count` events of a load, or nothing more comes."""
    began = time.monotonic()
    while True:
        events, ids = found(cloud, prefix)
        waited = time.monotonic() - began
        if events >= count or waited > _PATIENCE_SECONDS:
            return events, ids, waited
        time.sleep(_PAUSE_SECONDS)


def _told(cloud: Cloud, *arguments: str) -> Any:
    """Return the JSON that `tradewind` prints. Raises: CommandFailed."""
    command = [str(ROOT / ".venv/bin/tradewind"), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=cloud.environment, capture_output=True, text=True)
    if done.returncode:
        raise CommandFailed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def figures(cloud: Cloud) -> list[Figure]:
    """Return the figures of a cloud that is up."""
    told = _told(cloud, "status", "--json")
    key = b64encode(f"{told['write_key']}:".encode()).decode()
    door = Door(str(told["api_url"]).removeprefix("http://"), f"Basic {key}")
    soak(door, "warm", batches=WORKERS)
    wait_until_found(cloud, "warm", WORKERS * BATCH)
    soon = soak(door, "soon", batches=SOON // BATCH)
    *_, soon_seconds = wait_until_found(cloud, "soon", soon.events)
    before = cpu_of(cloud.pid)
    load = soak(door, "soak")
    cpu = cpu_of(cloud.pid) - before
    events, ids, drained = wait_until_found(cloud, "soak", load.events)
    accounts = _told(cloud, "status", "--json")["events"]
    if load.wrong or soon.wrong:
        raise CommandFailed(f"the API answered {(load.wrong + soon.wrong)[0]}")
    how = f"{WORKERS} closed loops of batches of {BATCH} from analytics-node"
    return [
        figure(
            _RATE[0],
            ours=load.events / load.seconds,
            unit=_RATE[2],
            how=f"{how} for {load.seconds:.0f} s: {load.events:,} events answered, {load.sent_again} requests sent "
            f"again; {cpu / max(load.events, 1) * 1e6:.0f} CPU us an event in the local cloud meanwhile; client and "
            f"cloud share {os.cpu_count()} cores",
        ),
        figure(
            _LOST[0],
            ours=load.events - ids,
            goal=_LOST[1],
            unit=_LOST[2],
            how=f"message ids answered 200 less those in `events`: {load.events:,} - {ids:,}; accounts: {accounts}",
        ),
        figure(_TWICE[0], ours=events - ids, goal=_TWICE[1], unit=_TWICE[2], how="rows less message ids in `events`"),
        figure(_DRAINED[0], ours=drained, unit=_DRAINED[2], how="from the last answer, asked through the Athena API"),
        figure(
            _SOON[0],
            ours=soon_seconds,
            goal=_SOON[1],
            unit=_SOON[2],
            how=f"{how}, {soon.events:,} events posted in {soon.seconds:.1f} s; seconds from the last answer until "
            "`tradewind sql` counts all of them",
        ),
    ]


def main() -> int:
    try:
        with new_cloud() as cloud:
            return report("events_soak", figures(cloud))
    except CommandFailed as error:
        print(f"error: {error}", file=sys.stderr)
        reason = str(error).splitlines()[0]
        report("events_soak", [skipped(name, goal=goal, unit=unit, reason=reason) for name, goal, unit in _FIGURES])
        return 1


if __name__ == "__main__":
    sys.exit(main())
