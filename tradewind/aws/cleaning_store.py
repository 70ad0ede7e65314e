"""The table of cleanings: lease, commit, totals, what waits, raw objects, rebuilds. One item each, by `id`.

What waits is kept in sets, which DynamoDB changes atomically: they are read by key, so that looking for work costs
the same however many objects were ever cleaned. A set must fit into an item (400 KB, 3,000 keys), so there are several.
The mark of an object that is done never expires: a rebuild tells by it which objects the index may hold.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from tradewind.aws.batches import batch_get, batch_write
from tradewind.events.accounts import Accounts
from tradewind.events.cleaning.ports import Counts
from tradewind.events.settling.manifest import Step
from tradewind.events.settling.registry import Lease, LeaseLostError, Progress, RawObject, Span, State, Unswept, Waiting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_LEASE, _STATE, _TOTALS = "lease", "state", "totals"
_FAILED = "failed"
_REBUILDS = "waiting-rebuilds"
_SHELVES = 16  # sets of waiting objects: room for 50,000 keys
_TERMS = ("accepted", "clean", "duplicate", "rejected")
_DROPPED = "dropped_"
_CHANGED = "changed_"
_TRIES = 8  # a transaction that met another writer of its items is tried again
_KEPT_REBUILD_DAYS = 30
_CONDITION = "ConditionalCheckFailedException"

Item = Mapping[str, Any]


class CleaningStore:
    """State of the cleaning of events. Each change can be repeated, or names what it was decided on."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    # The lease

    def lease(self) -> Lease | None:
        item = self._get(_LEASE)
        if item is None:
            return None
        return Lease(
            holder=item["holder"],
            until=datetime.fromisoformat(item["until"]),
            messages=frozenset(item.get("messages", ())),
        )

    def take(self, lease: Lease, *, instead_of: Lease | None) -> bool:
        """Take the lease from `instead_of` as it was read; return False where another was quicker."""
        item = {"id": _LEASE, "holder": lease.holder, "until": lease.until.isoformat()}
        if lease.messages:
            item |= {"messages": set(lease.messages)}  # type: ignore[dict-item]
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
        if instead_of is not None:
            condition = {
                "ConditionExpression": "holder = :holder AND #until = :until",
                "ExpressionAttributeNames": {"#until": "until"},
                "ExpressionAttributeValues": _values(holder=instead_of.holder, until=instead_of.until.isoformat()),
            }
        return self._holds(lambda: self._client.put_item(TableName=self._table, Item=_written(item), **condition))

    def renew(self, holder: str, until: datetime) -> bool:
        """Keep the lease until then; return False where it is another's."""
        return self._holds(
            lambda: self._client.update_item(
                TableName=self._table,
                Key=_key(_LEASE),
                UpdateExpression="SET #until = :until",
                ConditionExpression="holder = :holder",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues=_values(holder=holder, until=until.isoformat()),
            )
        )

    def release(self, holder: str) -> None:
        """Give the lease back; one that is another's by now stays."""
        self._holds(
            lambda: self._client.delete_item(
                TableName=self._table,
                Key=_key(_LEASE),
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues=_values(holder=holder),
            )
        )

    # State and totals

    def state(self) -> State:
        return _state(self._get(_STATE))

    def state_and_totals(self) -> tuple[State, Accounts]:
        """Return both as they are at one moment; of the accounts those terms that cleanings settled."""
        answer = self._client.transact_get_items(
            TransactItems=[{"Get": {"TableName": self._table, "Key": _key(name)}} for name in (_STATE, _TOTALS)]
        )
        state, totals = (_read(found["Item"]) if found.get("Item") else None for found in answer["Responses"])
        return _state(state), _accounts(totals or {})

    def commit(self, state: State, counts: Counts, *, holder: str, rebuild_id: str | None = None) -> None:
        """Write a committed state and add `counts` to the totals: both or neither, while `holder` has the lease.

        Raises: LeaseLostError.
        """
        writes: list[TransactWriteItemTypeDef] = [
            {
                "ConditionCheck": {
                    "TableName": self._table,
                    "Key": _key(_LEASE),
                    "ConditionExpression": "holder = :holder",
                    "ExpressionAttributeValues": _values(holder=holder),
                }
            },
            {"Put": self._state_write(state)},
        ]
        if added := _added(counts):
            writes.append({"Update": self._addition(_TOTALS, added)})
            if rebuild_id is not None:
                changed = {_CHANGED + name: number for name, number in added.items()}
                writes.append({"Update": self._addition(_rebuild(rebuild_id), changed)})
        self._transact(writes, f"{holder} has lost the lease, or the state changed")

    def write_state(self, state: State) -> None:
        """Write the state that follows from the one before it. Raises: LeaseLostError where that was written since."""
        write: Any = self._state_write(state)
        if not self._holds(lambda: self._client.put_item(**write)):
            raise LeaseLostError(f"the state is not at version {state.version - 1} any more")

    # What waits

    def waiting(self) -> Waiting:
        found = batch_get(self._client, self._table, [_key(name) for name in (*_shelves(), _REBUILDS)])
        items = {item["id"]: item for item in map(_read, found)}
        rebuilds = items.pop(_REBUILDS, {}).get("members", ())
        objects = [key for item in items.values() for key in item.get("members", ())]
        return Waiting(objects=frozenset(objects), rebuilds=frozenset(rebuilds))

    def wait_for(self, key: str) -> None:
        """Let the raw object `key` be cleaned by whoever works next."""
        self._change_set("ADD", _shelf(key), [key])

    # Raw objects

    def object(self, key: str) -> RawObject | None:
        item = self._get(_object(key))
        return _raw_object(item) if item else None

    def objects(self, keys: Collection[str]) -> dict[str, RawObject]:
        """Return what is known of those raw objects that were worked off, by key."""
        found = batch_get(self._client, self._table, [_key(_object(key)) for key in keys])
        return {each.key: each for each in map(_raw_object, map(_read, found))}

    def finish_objects(self, done: Sequence[RawObject]) -> None:
        """Mark raw objects as done and take them from what waits."""
        batch_write(self._client, self._table, [{"PutRequest": {"Item": _object_item(one)}} for one in done])
        if done:
            self._change_set("DELETE", _FAILED, [one.key for one in done])
        self._wait_no_more(done)

    def set_aside(self, failed: RawObject) -> None:
        """Mark a raw object as one that cannot be read and take it from what waits."""
        self._client.put_item(TableName=self._table, Item=_object_item(failed))
        self._change_set("ADD", _FAILED, [failed.key])
        self._wait_no_more([failed])

    def failed(self) -> list[RawObject]:
        """Return the raw objects that were set aside, by key."""
        keys = (self._get(_FAILED) or {}).get("members", ())
        return sorted(self.objects(list(keys)).values(), key=lambda each: each.key)

    # Rebuilds

    def ask_rebuild(self, asked: Progress, now: datetime) -> None:
        """Register a rebuild, unless it is known, and let it wait."""
        item = {
            "id": _rebuild(asked.rebuild_id),
            "state": asked.state,
            "first": asked.first,
            "last": asked.last,
            "expires": int(now.timestamp()) + _KEPT_REBUILD_DAYS * 86400,
        }
        new = self._holds(
            lambda: self._client.put_item(
                TableName=self._table, Item=_written(item), ConditionExpression="attribute_not_exists(id)"
            )
        )
        known = None if new else self.rebuild(asked.rebuild_id)
        if known is None or known.state not in ("done", "failed"):
            self._change_set("ADD", _REBUILDS, [asked.rebuild_id])

    def rebuild(self, rebuild_id: str) -> Progress | None:
        item = self._get(_rebuild(rebuild_id))
        return _progress(rebuild_id, item) if item else None

    def plan_rebuild(self, progress: Progress) -> None:
        """Write the state and the days to do of a rebuild."""
        names = {"#state": "state", "#received": "received_days"}
        values = _values(state=progress.state)
        change = "SET #state = :state"
        if progress.received_days:
            change += ", #received = :received"
            values |= _values(received=set(progress.received_days))
        else:
            change += " REMOVE #received"
        self._client.update_item(
            TableName=self._table,
            Key=_key(_rebuild(progress.rebuild_id)),
            UpdateExpression=change,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def step_rebuild(self, step: Step) -> None:
        """Take a day from what a rebuild has to do, and add the days that follow from it."""
        name = _rebuild(step.rebuild_id)
        for attribute, days in (("event_days", step.event_days), ("received_days", step.received_days)):
            if days:
                self._change_set("ADD", name, days, attribute=attribute)
        for attribute, day in (("received_days", step.received_day), ("event_days", step.event_day)):
            if day:
                self._change_set("DELETE", name, [day], attribute=attribute)
                self._change_set("ADD", name, [f"{attribute} {day}"], attribute="days_done")

    def end_rebuild(self, rebuild_id: str, *, message: str | None = None) -> None:
        """Mark a rebuild as done, or as failed with the reason, and take it from what waits."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(_rebuild(rebuild_id)),
            UpdateExpression="SET #state = :state" + (", message = :message" if message else ""),
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=_values(state="failed", message=message) if message else _values(state="done"),
        )
        self._change_set("DELETE", _REBUILDS, [rebuild_id])

    # How it is written

    def _get(self, name: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(name), ConsistentRead=True)
        return _read(answer["Item"]) if "Item" in answer else None

    def _wait_no_more(self, objects: Iterable[RawObject]) -> None:
        shelves: dict[str, list[str]] = {}
        for one in objects:
            shelves.setdefault(_shelf(one.key), []).append(one.key)
        for shelf, keys in shelves.items():
            self._change_set("DELETE", shelf, keys)

    def _change_set(self, verb: str, name: str, members: Collection[str], *, attribute: str = "members") -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_key(name),
            UpdateExpression=f"{verb} #set :members",
            ExpressionAttributeNames={"#set": attribute},
            ExpressionAttributeValues=_values(members=set(members)),
        )

    def _state_write(self, state: State) -> Any:
        item = {
            "id": _STATE,
            "version": state.version,
            "phase": state.phase,
            "attempt": state.attempt,
            "unswept": [[each.attempt, each.at.isoformat()] for each in state.unswept],
        }
        write: dict[str, Any] = {"TableName": self._table, "Item": _written(item)}
        if state.version == 1:
            return write | {"ConditionExpression": "attribute_not_exists(id)"}
        return write | {
            "ConditionExpression": "version = :read",
            "ExpressionAttributeValues": _values(read=state.version - 1),
        }

    def _addition(self, name: str, numbers: Mapping[str, int]) -> Any:
        places = {f"#n{place}": attribute for place, attribute in enumerate(numbers)}
        return {
            "TableName": self._table,
            "Key": _key(name),
            "UpdateExpression": "ADD " + ", ".join(f"{place} :{place[1:]}" for place in places),
            "ExpressionAttributeNames": places,
            "ExpressionAttributeValues": _values(
                **{place[1:]: numbers[attribute] for place, attribute in places.items()}
            ),
        }

    def _transact(self, writes: "Sequence[TransactWriteItemTypeDef]", failed: str) -> None:
        for number in range(1, _TRIES + 1):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
                # The renewal of the lease may be on its way at the same moment.
                if codes & {"TransactionConflict"} and number < _TRIES:
                    continue
                if "ConditionalCheckFailed" in codes:
                    raise LeaseLostError(failed) from error
                raise
            return

    def _holds(self, write: Any) -> bool:
        """Do a conditional write and return whether its condition held."""
        try:
            write()
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION:
                return False
            raise
        return True


def _shelf(key: str) -> str:
    return f"waiting#{zlib.crc32(key.encode()) % _SHELVES}"


def _shelves() -> Iterator[str]:
    return (f"waiting#{number}" for number in range(_SHELVES))


def _object(key: str) -> str:
    return f"object#{key}"


def _rebuild(rebuild_id: str) -> str:
    return f"rebuild#{rebuild_id}"


def _key(name: str) -> dict[str, Any]:
    return {"id": {"S": name}}


def _values(**values: object) -> dict[str, Any]:
    write = TypeSerializer().serialize
    return {f":{name}": write(value) for name, value in values.items()}


def _written(fields: Mapping[str, object]) -> dict[str, Any]:
    write = TypeSerializer().serialize
    return {name: write(value) for name, value in fields.items() if value is not None}


def _read(item: Item) -> dict[str, Any]:
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}


def _state(item: Item | None) -> State:
    if item is None:
        return State()
    return State(
        version=int(item["version"]),
        phase=item["phase"],
        attempt=item.get("attempt"),
        unswept=tuple(Unswept(attempt, datetime.fromisoformat(at)) for attempt, at in item["unswept"]),
    )


def _accounts(totals: Item) -> Accounts:
    dropped = {name.removeprefix(_DROPPED): int(totals[name]) for name in sorted(totals) if name.startswith(_DROPPED)}
    return Accounts(
        accepted=int(totals.get("accepted", 0)),
        clean=int(totals.get("clean", 0)),
        duplicate=int(totals.get("duplicate", 0)),
        rejected=int(totals.get("rejected", 0)),
        dropped_by_reason=dropped,
    )


def _added(counts: Counts) -> dict[str, int]:
    added = {name: getattr(counts, name) for name in _TERMS}
    added |= {_DROPPED + reason: number for reason, number in counts.dropped.items()}
    return {name: number for name, number in added.items() if number}


def _object_item(one: RawObject) -> dict[str, Any]:
    item: dict[str, Any] = {"id": _object(one.key), "state": one.state, "at": one.at.isoformat()}
    if one.span is not None:
        item |= {"received": list(one.span.received), "occurred": one.span.occurred and list(one.span.occurred)}
    if one.message is not None:
        item["message"] = one.message
    return _written(item)


def _raw_object(item: Item) -> RawObject:
    span = None
    if "received" in item:
        occurred = item.get("occurred")
        span = Span(received=tuple(item["received"]), occurred=tuple(occurred) if occurred else None)
    return RawObject(
        key=item["id"].removeprefix("object#"),
        state=item["state"],
        at=datetime.fromisoformat(item["at"]),
        span=span,
        message=item.get("message"),
    )


def _progress(rebuild_id: str, item: Item) -> Progress:
    return Progress(
        rebuild_id=rebuild_id,
        first=item.get("first"),
        last=item.get("last"),
        state=item["state"],
        received_days=frozenset(item.get("received_days", ())),
        event_days=frozenset(item.get("event_days", ())),
        steps=len(item.get("days_done", ())),
        changed={name.removeprefix(_CHANGED): int(item[name]) for name in sorted(item) if name.startswith(_CHANGED)},
        message=item.get("message"),
    )
