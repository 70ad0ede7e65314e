"""The composition root of the collector, apart from that of the others (`tradewind.aws.wiring`).

What it imports counts: a function that answers browsers starts fast, and its package has few libraries.
"""

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache

from tradewind.aws import clients
from tradewind.aws.erasure_store import ErasureStore
from tradewind.aws.event_stream import EventStream
from tradewind.aws.key_store import KeyStore
from tradewind.aws.rate_store import RateStore
from tradewind.aws.receipt_store import ReceiptStore
from tradewind.aws.refusal_store import RefusalStore
from tradewind.aws.unavailable import unavailable
from tradewind.config import Events
from tradewind.errors import InputError
from tradewind.events.collecting.collector import Collector
from tradewind.events.collecting.write_keys import KeyCache, WriteKey
from tradewind.keys import KeyRecord
from tradewind.search.serving.key_ring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorSettings:
    """Names of what the collector reads and writes, and its limits."""

    stream: str
    receipts_table: str
    refusals_table: str
    keys_table: str
    rates_table: str
    erasures_table: str
    limits: Events

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "CollectorSettings":
        """Return what the stack put into the function's environment; a limit that it leaves out is Config's.

        Raises: InputError naming what is missing or no number.
        """
        return cls(
            stream=_text(environ, "EVENTS_STREAM"),
            receipts_table=_text(environ, "RECEIPTS_TABLE"),
            refusals_table=_text(environ, "REFUSALS_TABLE"),
            keys_table=_text(environ, "KEYS_TABLE"),
            rates_table=_text(environ, "RATES_TABLE"),
            erasures_table=_text(environ, "ERASURES_TABLE"),
            limits=_limits(environ),
        )


@cache
def collector() -> Collector:
    """Return the collector of the deployment that the environment names."""
    here = CollectorSettings.from_environment(os.environ)
    dynamodb = clients.quick_dynamodb()
    keys = KeyStore(dynamodb, here.keys_table)

    def find(key_hash: str) -> WriteKey | None:
        with unavailable("keys"):
            return keys.find(key_hash)

    def signing() -> Sequence[KeyRecord]:
        with unavailable("keys"):
            return keys.signing()

    lifetime = timedelta(seconds=here.limits.key_cache_seconds)
    return Collector(
        keys=KeyCache(find, lifetime=lifetime),
        ring=KeyRing(keys.record, signing, lifetime=lifetime),
        rates=RateStore(dynamodb, here.rates_table),
        stream=EventStream(clients.putting_kinesis(), here.stream),
        receipts=ReceiptStore(dynamodb, here.receipts_table),
        refusals=RefusalStore(dynamodb, here.refusals_table),
        erasures=ErasureStore(dynamodb, here.erasures_table),
        limits=here.limits,
        new_id=lambda: uuid.uuid4().hex,
    )


def _limits(environ: Mapping[str, str]) -> Events:
    """Return the whole numbers of Config.events, as far as the environment has them by their names in upper case."""
    limits = Events()
    given: dict[str, int] = {}
    for field in fields(limits):
        text = environ.get(field.name.upper())
        if text is None or type(getattr(limits, field.name)) is not int:
            continue
        if not text.isdecimal():
            raise InputError(field.name.upper(), repr(text), "give a whole number")
        given[field.name] = int(text)
    return replace(limits, **given)  # type: ignore[arg-type]


def _text(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError("environment variable", name, "set it (the stack does for its functions)")
    return environ[name]
