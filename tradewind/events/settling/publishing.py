"""Committing what a run staged, and putting it in place: may be killed between any two writes.

The commit is one transaction: the state says `publishing` with the attempt, and the totals have its counts. From then
on the manifest is done by whoever works next; each of its steps can be repeated, also at the same time.
"""

from collections.abc import Sequence
from datetime import datetime

from tradewind.events.cleaning.ports import Counts, StagedFile
from tradewind.events.settling import registry
from tradewind.events.settling.manifest import Manifest, manifest_key, staged_key
from tradewind.events.settling.registry import LeaseLostError, RawObject, State
from tradewind.events.settling.stores import Clock, EventStores
from tradewind.lake import layout


class ManifestGoneError(Exception):
    """The manifest of a committed attempt is not there: staging was emptied by hand. The text names the attempt."""


def stage(stores: EventStores, attempt: str, staged: Sequence[StagedFile]) -> dict[str, str]:
    """Upload the files of an attempt and return what each becomes: {live key: staged key}."""
    files = {file.key: staged_key(attempt, file.key) for file in staged}
    for file in staged:
        stores.lake.put_file(files[file.key], file.path)
    return files


def publish(stores: EventStores, manifest: Manifest, counts: Counts, *, holder: str, clock: Clock) -> None:
    """Commit what `manifest` says, add `counts` to the totals, and put it in place.

    Raises: LeaseLostError where another has the lease; nothing is committed then.
    """
    state = stores.cleanings.state()
    if state.attempt is not None:
        # One who is past that commit and slept since must find nothing to copy over what comes now.
        _delete_staged(stores, state.attempt)
    stores.lake.put_text(manifest_key(manifest.attempt), manifest.to_json())
    state = registry.committed(state, manifest.attempt)
    rebuild_id = manifest.step.rebuild_id if manifest.step else None
    stores.cleanings.commit(state, counts, holder=holder, rebuild_id=rebuild_id)
    _put_in_place(stores, state, manifest, clock)


def finish_committed(stores: EventStores, clock: Clock) -> bool:
    """Put in place what a dead holder had committed and return True, or False where there is nothing such."""
    state = stores.cleanings.state()
    if state.phase != "publishing" or state.attempt is None:
        return False
    _put_in_place(stores, state, read_manifest(stores, state.attempt), clock)
    return True


def read_manifest(stores: EventStores, attempt: str) -> Manifest:
    """Return the manifest of an attempt. Raises: ManifestGoneError."""
    text = stores.lake.read_text(manifest_key(attempt))
    if text is None:
        raise ManifestGoneError(f"attempt {attempt} was committed, but its manifest {manifest_key(attempt)} is gone")
    return Manifest.from_json(text)


def sweep(stores: EventStores, now: datetime) -> None:
    """Delete settled receipts that no collector writes any more, and the manifests that name them."""
    state = stores.cleanings.state()
    old = registry.to_sweep(state, now)
    if state.phase != "idle" or not old:
        return
    for each in old:
        # Staging expires; receipts of a manifest that is gone expire by themselves, too.
        if text := stores.lake.read_text(manifest_key(each.attempt)):
            stores.receipts.sweep(Manifest.from_json(text).settled)
    stores.cleanings.write_state(registry.swept(state, old))
    stores.lake.delete([manifest_key(each.attempt) for each in old])


def _put_in_place(stores: EventStores, state: State, manifest: Manifest, clock: Clock) -> None:
    stores.identities.keep(manifest.links)
    for live, staged in manifest.files.items():
        stores.lake.copy(staged, live)
    if manifest.removed:
        _check_current(stores, state)
        stores.lake.delete(manifest.removed)
    stores.receipts.settle(manifest.settled, clock())
    done = [RawObject(key=key, state="done", at=clock(), span=span) for key, span in manifest.objects.items()]
    stores.cleanings.finish_objects(done)
    if manifest.step is not None:
        stores.cleanings.step_rebuild(manifest.step)
    stores.cleanings.write_state(registry.published(state, clock()))
    _delete_staged(stores, manifest.attempt)


def _check_current(stores: EventStores, state: State) -> None:
    """Raise LeaseLostError where another has finished this commit: a deletion would hit what came after it."""
    if stores.cleanings.state().version != state.version:
        raise LeaseLostError(f"attempt {state.attempt} was put in place by another")


def _delete_staged(stores: EventStores, attempt: str) -> None:
    """Delete the staged files of an attempt. Its manifest stays until its receipts are swept."""
    prefix = layout.events_staging_prefix(attempt)
    keys = [key for key in stores.lake.list(prefix) if key != manifest_key(attempt)]
    if keys:
        stores.lake.delete(keys)
