"""The collector's handler against the mere parse of the same body, and what it costs to import.

The body is a recorded batch of @segment/analytics-node: 100 events of about 820 bytes. The handler does all that it
does on AWS (reads the request, checks the key, validates, corrects and packs the events, answers) but for the calls to
Kinesis and DynamoDB, which are stubbed.
"""

import gzip
import importlib.util
import json
import subprocess
import sys
import uuid
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any, cast

import orjson

from benchmarks.measure import ROOT, Figure, alternate, figure, report
from tradewind.aws.erasure_store import ErasureStore
from tradewind.aws.event_stream import EventStream, Put
from tradewind.aws.rate_store import RateStore
from tradewind.aws.receipt_store import ReceiptStore
from tradewind.aws.refusal_store import RefusalStore
from tradewind.config import Events
from tradewind.events.collecting.collector import Collector
from tradewind.events.collecting.packing import Record
from tradewind.events.collecting.write_keys import KeyCache, WriteKey
from tradewind.search.serving.key_ring import KeyRing

RECORDED = ROOT / "tests" / "wire" / "analytics-node-batch-100.json.gz"
HANDLER = ROOT / "lambdas" / "collect_events" / "handler.py"
GOAL_RATIO = 3.0
GOAL_IMPORT_MS = 120.0
ROUNDS = 15
CALLS = 100  # of each side in a round: long enough for the clock of CPU seconds
IMPORTS = 9

_IMPORT = """
import sys, time
sys.path.insert(0, {folder!r})
sys.modules["typing_extensions"] = None  # msgspec would take it; the function's package does not have it
start = time.process_time()
import boto3, botocore.config, botocore.exceptions
sdk = time.process_time()
import handler
print((sdk - start) * 1000, (time.process_time() - sdk) * 1000)
"""


class Stubbed:
    """Stands for the stream and the tables: everything succeeds at once."""

    def __init__(self) -> None:
        self.events = 0
        self.bytes = 0

    def put(self, records: Sequence[Record]) -> Put:
        self.events = sum(record.events for record in records)
        self.bytes = sum(len(record.data) for record in records)
        return Put(events=self.events, is_certain=True)

    def confirm(self, request_id: str, *, events: int, received_at: str) -> None:
        assert events == self.events


def stubbed_collector(cloud: Stubbed) -> Collector:
    """Return a collector whose keys are all good and whose stores are `cloud`."""

    def find(key_hash: str) -> WriteKey:
        return WriteKey(key_hash=key_hash, kind="write", source="server")

    return Collector(
        keys=KeyCache(find, lifetime=timedelta(seconds=30)),
        ring=cast("KeyRing", cloud),
        rates=cast("RateStore", cloud),
        stream=cast("EventStream", cloud),
        receipts=cast("ReceiptStore", cloud),
        refusals=cast("RefusalStore", cloud),
        erasures=cast("ErasureStore", cloud),
        limits=Events(),
        new_id=lambda: uuid.uuid4().hex,
    )


def request(body: bytes) -> dict[str, Any]:
    """Return the batch as an HTTP API hands it to the function."""
    return {
        "version": "2.0",
        "rawPath": "/v1/batch",
        "rawQueryString": "",
        "headers": {
            "authorization": "Basic " + b64encode(b"WRITE_KEY:").decode(),
            "content-type": "application/json",
            "host": "shop.example.com",
            "user-agent": "analytics-node",
        },
        "requestContext": {"http": {"method": "POST", "path": "/v1/batch", "sourceIp": "198.51.100.7"}},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def handler_with(cloud: Stubbed) -> Callable[[Mapping[str, Any], None], dict[str, Any]]:
    """Return the function's handler, working with `cloud`."""
    spec = importlib.util.spec_from_file_location("collect_events_handler", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    collector = stubbed_collector(cloud)
    vars(module)["collecting"] = type("Wiring", (), {"collector": staticmethod(lambda: collector)})
    return cast("Callable[[Mapping[str, Any], None], dict[str, Any]]", module.handler)


def figures() -> list[Figure]:
    body = gzip.decompress(RECORDED.read_bytes())
    return [_handling(body), *_importing()]


def _handling(body: bytes) -> Figure:
    cloud, event = Stubbed(), request(body)
    handler = handler_with(cloud)
    answer = handler(event, None)
    assert (answer["statusCode"], answer["body"]) == (200, '{"success":true}')
    events = len(json.loads(body)["batch"])
    assert cloud.events == events
    costs = alternate(
        {
            "ours": lambda: _repeat(lambda: handler(event, None)),
            "parse": lambda: _repeat(lambda: orjson.loads(body)),
        },
        rounds=ROUNDS,
    )
    per_event = 1e6 / CALLS / events
    return figure(
        "collector handler, a batch of 100",
        ours=costs["ours"].cpu * per_event,
        rival=costs["parse"].cpu * per_event,
        goal=GOAL_RATIO,
        unit="µs/event",
        how=f"CPU of the whole handler against orjson.loads of the same {len(body):,} bytes; put stubbed, median of "
        f"{ROUNDS} turns of {CALLS} calls",
    )


def _repeat(work: Callable[[], object]) -> None:
    """Call `work` again and again; what it returns is not kept, or the memory of it would be measured."""
    for _ in range(CALLS):
        work()


def _importing() -> list[Figure]:
    """Return what a fresh process pays, CPU. boto3 belongs to the Lambda runtime and costs whoever uses it the same."""
    code = _IMPORT.format(folder=str(HANDLER.parent))
    taken = []
    for _ in range(IMPORTS + 1):
        ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        taken.append([float(part) for part in ran.stdout.split()])
    sdk, package = (median(column) for column in zip(*taken[1:], strict=True))  # the first wrote the bytecode
    return [
        figure(
            "collector import",
            ours=package,
            goal=GOAL_IMPORT_MS,
            unit="ms",
            how=f"CPU to import the function with its package (tradewind, msgspec) after boto3; median of {IMPORTS}",
        ),
        figure("boto3 import", ours=sdk, unit="ms", how=f"CPU to import the SDK before it; median of {IMPORTS}"),
    ]


def main() -> int:
    return report("collector", figures())


if __name__ == "__main__":
    sys.exit(main())
