"""What may become of a load's record: pure functions from one record to the next.

The registry (`tradewind.aws.load_store`) writes the answer on condition that the record is still the one that was read.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tradewind.errors import InputError
from tradewind.sales.loads import Counts, Load, Manifest


class ConflictError(Exception):
    """The record was written by another since it was read."""


class LeaseLostError(Exception):
    """Another attempt has taken the load over; the one that hears this must write nothing more."""


def is_held(load: Load, now: datetime) -> bool:
    """Return whether an attempt that may be alive works on `load`."""
    return load.attempt is not None and load.lease_until is not None and now < load.lease_until


def check_free(load: Load, upload_id: str, now: datetime) -> None:
    """Raise InputError where a new upload of other content would get in the way of one that is being cleaned."""
    if load.upload_id == upload_id or not is_held(load, now):
        return
    raise InputError(
        f"load {load.name!r}",
        f"is being cleaned since {load.updated_at:%Y-%m-%d %H:%M:%S} UTC",
        "wait until it is done (tradewind status), or import under another name with --as NAME",
    )


def queued(load: Load | None, manifest: Manifest, now: datetime) -> Load:
    """Return the record of a new upload. The live version stays; an attempt at an earlier upload loses its lease.

    Raises: InputError while another upload of the load is being cleaned.
    """
    if load is None:
        return Load(
            name=manifest.load,
            upload_id=manifest.upload_id,
            state="queued",
            updated_at=now,
            queued_at=now,
            demo=manifest.demo,
            keep_demo=manifest.keep_demo,
        )
    check_free(load, manifest.upload_id, now)
    return replace(
        load,
        upload_id=manifest.upload_id,
        state="queued",
        updated_at=now,
        queued_at=now,
        demo=manifest.demo,
        keep_demo=load.keep_demo or manifest.keep_demo,
        owner=None,
        attempt=None,
        lease_until=None,
        message=None,
    )


def begun(load: Load, *, owner: str, attempt: str, now: datetime, lease: timedelta) -> Load:
    """Return the record with the lease in the hands of `attempt`; what was told about an earlier failure stays."""
    message = None if load.state == "waiting" else load.message
    return replace(
        load,
        state="cleaning",
        updated_at=now,
        owner=owner,
        attempt=attempt,
        lease_until=now + lease,
        message=message,
    )


def adopted(load: Load, *, owner: str, now: datetime, lease: timedelta) -> Load:
    """Return the record with `owner` finishing what a dead attempt had committed."""
    return replace(
        load, state="publishing", updated_at=now, owner=owner, attempt=load.committed, lease_until=now + lease
    )


def abandoned(load: Load, committed: str, now: datetime) -> Load:
    """Return the record without a commit whose staged files have expired: it has to be cleaned again."""
    if load.committed != committed:
        raise LeaseLostError(f"load {load.name!r}: {committed} is not what was committed last")
    return replace(_released(load), state="queued", updated_at=now, committed=None)


def waiting(load: Load, message: str, now: datetime) -> Load:
    """Return the record of a load whose job cannot begin yet; one that has begun meanwhile is left alone."""
    if load.attempt is not None:
        return load
    return replace(load, state="waiting", updated_at=now, message=message)


def publishing(load: Load, attempt: str, now: datetime) -> Load:
    """Return the record that commits what `attempt` staged: from here on it will be put in place.

    Raises: LeaseLostError
    """
    _check_holder(load, attempt)
    return replace(load, state="publishing", updated_at=now, committed=attempt)


def finished(
    load: Load,
    committed: str,
    *,
    answered: str,
    upload_id: str,
    counts: Counts,
    money: Mapping[str, Decimal],
    now: datetime,
) -> Load:
    """Return the record after the files of attempt `committed`, made for message `answered`, are in place.

    Rebuilding the live version of a load whose newer upload failed leaves that failure told; a newer upload that was
    queued meanwhile stays queued.

    Raises: LeaseLostError where another attempt's files were committed since, or another has finished these.
    """
    if load.committed != committed:
        raise LeaseLostError(f"load {load.name!r}: {committed} is not what was committed last")
    live = replace(
        _released(load),
        updated_at=now,
        live_upload_id=upload_id,
        counts=counts,
        money=dict(money),
        committed=None,
        answered=answered,
    )
    if load.upload_id == upload_id:
        return replace(live, state="clean", message=None)
    return replace(live, state="failed" if load.message else "queued")


def failed(load: Load, attempt: str, message: str, now: datetime) -> Load:
    """Return the record of an attempt that gave up; the last good version stays live.

    Raises: LeaseLostError
    """
    _check_holder(load, attempt)
    return replace(_released(load), state="failed", updated_at=now, message=message, answered=load.owner)


def _released(load: Load) -> Load:
    return replace(load, owner=None, attempt=None, lease_until=None)


def _check_holder(load: Load, attempt: str) -> None:
    if load.attempt != attempt:
        raise LeaseLostError(f"load {load.name!r}: attempt {attempt} was replaced by {load.attempt}")
