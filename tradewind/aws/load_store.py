"""The registry of loads: one DynamoDB item a load, written on condition that nobody wrote it since it was read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from tradewind.sales import transitions
from tradewind.sales.loads import Counts, Load, Manifest
from tradewind.sales.transitions import ConflictError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_TRIES = 8  # writers of one load are few; each lost race means that another one won
_TIMES = ("updated_at", "queued_at", "lease_until")


class LoadStore:
    """Loads by name. Every change is a transition of the record as it is now."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, name: str) -> Load | None:
        answer = self._client.get_item(TableName=self._table, Key={"load": {"S": name}}, ConsistentRead=True)
        return _decode(answer["Item"]) if "Item" in answer else None

    def list(self) -> list[Load]:
        """Return all loads, by name."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        return sorted((_decode(item) for page in pages for item in page["Items"]), key=lambda load: load.name)

    def queue(self, manifest: Manifest, now: datetime) -> Load:
        """Register an upload. Raises: InputError while another upload of the load is being cleaned."""
        for _ in range(_TRIES):
            load = transitions.queued(self.get(manifest.load), manifest, now)
            try:
                return self._write(load)
            except ConflictError:
                continue
        raise ConflictError(manifest.load)

    def begin(self, load: Load, *, owner: str, attempt: str, now: datetime, lease: timedelta) -> Load:
        """Take the lease of `load` as it was read. Raises: ConflictError where it changed since."""
        return self._write(transitions.begun(load, owner=owner, attempt=attempt, now=now, lease=lease))

    def adopt(self, load: Load, *, owner: str, now: datetime, lease: timedelta) -> Load:
        """Take over what was committed by an attempt that died. Raises: ConflictError where `load` changed since."""
        return self._write(transitions.adopted(load, owner=owner, now=now, lease=lease))

    def abandon(self, name: str, committed: str, now: datetime) -> Load:
        return self._change(name, lambda load: transitions.abandoned(load, committed, now))

    def wait(self, name: str, message: str, now: datetime) -> Load:
        return self._change(name, lambda load: transitions.waiting(load, message, now))

    def commit_publishing(self, name: str, attempt: str, now: datetime) -> Load:
        return self._change(name, lambda load: transitions.publishing(load, attempt, now))

    def finish(
        self,
        name: str,
        committed: str,
        *,
        answered: str,
        upload_id: str,
        counts: Counts,
        money: Mapping[str, Decimal],
        now: datetime,
    ) -> Load:
        """Say that the files of attempt `committed`, made for message `answered`, are in place."""
        return self._change(
            name,
            lambda load: transitions.finished(
                load, committed, answered=answered, upload_id=upload_id, counts=counts, money=money, now=now
            ),
        )

    def fail(self, name: str, attempt: str, message: str, now: datetime) -> Load:
        return self._change(name, lambda load: transitions.failed(load, attempt, message, now))

    def remove(self, name: str, attempt: str) -> None:
        """Forget a load whose lease `attempt` holds. Raises: LeaseLostError."""
        try:
            self._client.delete_item(
                TableName=self._table,
                Key={"load": {"S": name}},
                ConditionExpression="attempt = :attempt",
                ExpressionAttributeValues={":attempt": {"S": attempt}},
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise transitions.LeaseLostError(f"load {name!r}: attempt {attempt} was replaced") from error

    def _change(self, name: str, transition: Callable[[Load], Load]) -> Load:
        for _ in range(_TRIES):
            load = self.get(name)
            if load is None:
                raise transitions.LeaseLostError(f"load {name!r} was removed")
            try:
                return self._write(transition(load))
            except ConflictError:
                continue
        raise ConflictError(name)

    def _write(self, load: Load) -> Load:
        written = replace(load, version=load.version + 1)
        condition = "attribute_not_exists(#load)" if load.version == 0 else "#version = :read"
        names = {"#load": "load"} if load.version == 0 else {"#version": "version"}
        values: dict[str, Any] = (
            {} if load.version == 0 else {"ExpressionAttributeValues": {":read": {"N": str(load.version)}}}
        )
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_encode(written),
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                **values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise ConflictError(load.name) from error
            raise
        return written


def _encode(load: Load) -> "dict[str, AttributeValueTypeDef]":
    return dict(_attributes(load))


def _attributes(load: Load) -> "Iterator[tuple[str, AttributeValueTypeDef]]":
    write = TypeSerializer().serialize
    fields: dict[str, object] = {
        "load": load.name,
        "upload_id": load.upload_id,
        "state": load.state,
        "demo": load.demo,
        "keep_demo": load.keep_demo,
        "live_upload_id": load.live_upload_id,
        "owner": load.owner,
        "attempt": load.attempt,
        "committed": load.committed,
        "answered": load.answered,
        "message": load.message,
        "version": load.version,
        "counts": _encode_counts(load.counts),
        "money": {kind: str(total) for kind, total in load.money.items()} or None,
    }
    times = {name: getattr(load, name) for name in _TIMES}
    fields |= {name: time.isoformat() for name, time in times.items() if time is not None}
    for name, value in fields.items():
        if value is not None:
            yield name, write(value)


def _encode_counts(counts: Counts | None) -> dict[str, object] | None:
    if counts is None:
        return None
    return {
        "read": counts.read,
        "sales": counts.sales,
        "returns": counts.returns,
        "quarantined": dict(counts.quarantined),
    }


def _decode(item: "Mapping[str, AttributeValueTypeDef]") -> Load:
    read = TypeDeserializer().deserialize
    fields = {name: read(value) for name, value in item.items()}
    for name in _TIMES:
        if name in fields:
            fields[name] = datetime.fromisoformat(fields[name])
    counts = fields.pop("counts", None)
    money = fields.pop("money", {})
    return Load(
        name=fields.pop("load"),
        version=int(fields.pop("version")),
        counts=_decode_counts(counts),
        money={kind: Decimal(total) for kind, total in money.items()},
        **fields,
    )


def _decode_counts(counts: Mapping[str, Any] | None) -> Counts | None:
    if counts is None:
        return None
    return Counts(
        read=int(counts["read"]),
        sales=int(counts["sales"]),
        returns=int(counts["returns"]),
        quarantined={reason: int(rows) for reason, rows in counts["quarantined"].items()},
    )
