"""The table of cleanings: lease, commit, totals, what waits, raw objects, rebuilds. One item each, by `id`.

What waits is kept in sets, which DynamoDB changes atomically: they are read by key, so that looking for work costs
the same however many objects were ever cleaned. A set must fit into an item (400 KB, 3,000 keys), so there are several.
The mark of an object that is done never expires: a rebuild tells by it which objects the index may hold.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tradewind.aws import cleaning_items as items
from tradewind.aws.batches import batch_get, batch_write
from tradewind.events.accounts import Accounts
from tradewind.events.cleaning.ports import Counts
from tradewind.events.settling.manifest import Step
from tradewind.events.settling.registry import Lease, LeaseLostError, Progress, RawObject, State, Waiting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_LEASE, _STATE, _TOTALS = "lease", "state", "totals"
_FAILED = "failed"
_REBUILDS = "waiting-rebuilds"
_TRIES = 8  # a transaction that met another writer of its items is tried again
_KEPT_REBUILD_DAYS = 30
_CONDITION = "ConditionalCheckFailedException"


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
                "ExpressionAttributeValues": items.values(holder=instead_of.holder, until=instead_of.until.isoformat()),
            }
        return self._holds(lambda: self._client.put_item(TableName=self._table, Item=items.written(item), **condition))

    def renew(self, holder: str, until: datetime) -> bool:
        """Keep the lease until then; return False where it is another's."""
        return self._holds(
            lambda: self._client.update_item(
                TableName=self._table,
                Key=items.item_key(_LEASE),
                UpdateExpression="SET #until = :until",
                ConditionExpression="holder = :holder",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues=items.values(holder=holder, until=until.isoformat()),
            )
        )

    def release(self, holder: str) -> None:
        """Give the lease back; one that is another's by now stays."""
        self._holds(
            lambda: self._client.delete_item(
                TableName=self._table,
                Key=items.item_key(_LEASE),
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues=items.values(holder=holder),
            )
        )

    # State and totals

    def state(self) -> State:
        return items.state_in(self._get(_STATE))

    def state_and_totals(self) -> tuple[State, Accounts]:
        """Return both as they are at one moment; of the accounts those terms that cleanings settled."""
        answer = self._client.transact_get_items(
            TransactItems=[
                {"Get": {"TableName": self._table, "Key": items.item_key(name)}} for name in (_STATE, _TOTALS)
            ]
        )
        state, totals = (items.read_item(found["Item"]) if found.get("Item") else None for found in answer["Responses"])
        return items.state_in(state), items.accounts_in(totals or {})

    def commit(self, state: State, counts: Counts, *, holder: str, rebuild_id: str | None = None) -> None:
        """Write a committed state and add `counts` to the totals: both or neither, while `holder` has the lease.

        Raises: LeaseLostError.
        """
        writes: list[TransactWriteItemTypeDef] = [
            {
                "ConditionCheck": {
                    "TableName": self._table,
                    "Key": items.item_key(_LEASE),
                    "ConditionExpression": "holder = :holder",
                    "ExpressionAttributeValues": items.values(holder=holder),
                }
            },
            {"Put": self._state_write(state)},
        ]
        if added := items.added_by(counts):
            writes.append({"Update": self._addition(_TOTALS, added)})
            if rebuild_id is not None:
                changed = {items.CHANGED + name: number for name, number in added.items()}
                writes.append({"Update": self._addition(items.rebuild_item_id(rebuild_id), changed)})
        self._transact(writes, f"{holder} has lost the lease, or the state changed")

    def write_state(self, state: State) -> None:
        """Write the state that follows from the one before it. Raises: LeaseLostError where that was written since."""
        write: Any = self._state_write(state)
        if not self._holds(lambda: self._client.put_item(**write)):
            raise LeaseLostError(f"the state is not at version {state.version - 1} any more")

    # What waits

    def waiting(self) -> Waiting:
        found = batch_get(self._client, self._table, [items.item_key(name) for name in (*items.shelves(), _REBUILDS)])
        sets = {item["id"]: item.get("members", ()) for item in map(items.read_item, found)}
        rebuilds = sets.pop(_REBUILDS, ())
        objects = [key for members in sets.values() for key in members]
        return Waiting(objects=frozenset(objects), rebuilds=frozenset(rebuilds))

    def wait_for(self, key: str) -> None:
        """Let the raw object `key` be cleaned by whoever works next."""
        self._change_set("ADD", items.shelf(key), [key])

    # Raw objects

    def object(self, key: str) -> RawObject | None:
        item = self._get(items.object_id(key))
        return items.object_in(item) if item else None

    def objects(self, keys: Collection[str]) -> dict[str, RawObject]:
        """Return what is known of those raw objects that were worked off, by key."""
        found = batch_get(self._client, self._table, [items.item_key(items.object_id(key)) for key in keys])
        return {each.key: each for each in map(items.object_in, map(items.read_item, found))}

    def finish_objects(self, done: Sequence[RawObject]) -> None:
        """Mark raw objects as done and take them from what waits."""
        batch_write(self._client, self._table, [{"PutRequest": {"Item": items.object_item(one)}} for one in done])
        if done:
            self._change_set("DELETE", _FAILED, [one.key for one in done])
        self._wait_no_more(done)

    def set_aside(self, failed: RawObject) -> None:
        """Mark a raw object as one that cannot be read and take it from what waits."""
        self._client.put_item(TableName=self._table, Item=items.object_item(failed))
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
            "id": items.rebuild_item_id(asked.rebuild_id),
            "state": asked.state,
            "first": asked.first,
            "last": asked.last,
            "expires": int(now.timestamp()) + _KEPT_REBUILD_DAYS * 86400,
        }
        new = self._holds(
            lambda: self._client.put_item(
                TableName=self._table, Item=items.written(item), ConditionExpression="attribute_not_exists(id)"
            )
        )
        known = None if new else self.rebuild(asked.rebuild_id)
        if known is None or known.state not in ("done", "failed"):
            self._change_set("ADD", _REBUILDS, [asked.rebuild_id])

    def rebuild(self, rebuild_id: str) -> Progress | None:
        item = self._get(items.rebuild_item_id(rebuild_id))
        return items.progress_in(rebuild_id, item) if item else None

    def plan_rebuild(self, progress: Progress) -> None:
        """Write the state and the days to do of a rebuild."""
        names = {"#state": "state", "#received": "received_days"}
        values = items.values(state=progress.state)
        change = "SET #state = :state"
        if progress.received_days:
            change += ", #received = :received"
            values |= items.values(received=set(progress.received_days))
        else:
            change += " REMOVE #received"
        self._client.update_item(
            TableName=self._table,
            Key=items.item_key(items.rebuild_item_id(progress.rebuild_id)),
            UpdateExpression=change,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def step_rebuild(self, step: Step) -> None:
        """Take a day from what a rebuild has to do, and add the days that follow from it."""
        name = items.rebuild_item_id(step.rebuild_id)
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
            Key=items.item_key(items.rebuild_item_id(rebuild_id)),
            UpdateExpression="SET #state = :state" + (", message = :message" if message else ""),
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=items.values(state="failed", message=message)
            if message
            else items.values(state="done"),
        )
        self._change_set("DELETE", _REBUILDS, [rebuild_id])

    # How it is written

    def _get(self, name: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=items.item_key(name), ConsistentRead=True)
        return items.read_item(answer["Item"]) if "Item" in answer else None

    def _wait_no_more(self, objects: Iterable[RawObject]) -> None:
        shelves: dict[str, list[str]] = {}
        for one in objects:
            shelves.setdefault(items.shelf(one.key), []).append(one.key)
        for shelf, keys in shelves.items():
            self._change_set("DELETE", shelf, keys)

    def _change_set(self, verb: str, name: str, members: Collection[str], *, attribute: str = "members") -> None:
        self._client.update_item(
            TableName=self._table,
            Key=items.item_key(name),
            UpdateExpression=f"{verb} #set :members",
            ExpressionAttributeNames={"#set": attribute},
            ExpressionAttributeValues=items.values(members=set(members)),
        )

    def _state_write(self, state: State) -> Any:
        item = {
            "id": _STATE,
            "version": state.version,
            "phase": state.phase,
            "attempt": state.attempt,
            "unswept": [[each.attempt, each.at.isoformat()] for each in state.unswept],
        }
        write: dict[str, Any] = {"TableName": self._table, "Item": items.written(item)}
        if state.version == 1:
            return write | {"ConditionExpression": "attribute_not_exists(id)"}
        return write | {
            "ConditionExpression": "version = :read",
            "ExpressionAttributeValues": items.values(read=state.version - 1),
        }

    def _addition(self, name: str, numbers: Mapping[str, int]) -> Any:
        places = {f"#n{place}": attribute for place, attribute in enumerate(numbers)}
        return {
            "TableName": self._table,
            "Key": items.item_key(name),
            "UpdateExpression": "ADD " + ", ".join(f"{place} :{place[1:]}" for place in places),
            "ExpressionAttributeNames": places,
            "ExpressionAttributeValues": items.values(
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
