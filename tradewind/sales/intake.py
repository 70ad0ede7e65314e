"""Bringing sales files in: an upload of parts, committed by its manifest.

Order of the writes: parts, the registry's record (`queued`), the manifest. Killed before the record, nothing is known
of the upload; killed before the manifest, the record says `queued` and importing again writes what is missing.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tradewind.config import Limits
from tradewind.errors import InputError
from tradewind.lake import layout
from tradewind.sales import loads, splitting
from tradewind.sales.loads import Load, Manifest
from tradewind.sales.stores import SalesStores
from tradewind.sales.transitions import check_free, is_held

# Called with (bytes sent since the last call, bytes of all parts).
Progress = Callable[[int, int], None]

# A queued upload that nobody took up for so long is not waited for.
QUEUE_PATIENCE = timedelta(minutes=15)

_BLOCK = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload that was sent; `unchanged` where the same content was live already and nothing was sent."""

    load: str
    upload_id: str
    unchanged: bool


def upload(
    files: Sequence[Path],
    stores: SalesStores,
    *,
    now: datetime,
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    split: int = 1,
    demo: bool = False,
    keep_demo: bool = False,
    progress: Progress | None = None,
) -> Upload:
    """Send `files` as one load, in their order, in `split` parts each, and return what was sent.

    The load is called `name`, by default as the first file is.

    Raises: InputError for a name that cannot be used, a file that is missing or too large, or a load that is being
    cleaned.
    """
    load = loads.check_name(name if name is not None else files[0].name)
    for file in files:
        check_file(file, limit=stores.limits.max_upload)
    upload_id = loads.upload_id([digest(file) for file in files], columns or {})
    known = stores.loads.get(load)
    sent = Upload(load=load, upload_id=upload_id, unchanged=False)
    if known is not None:
        if is_unchanged(known, upload_id):
            return Upload(load=load, upload_id=upload_id, unchanged=True)
        check_free(known, upload_id, now)
        _check_not_queued(stores, known, upload_id, now)
        if known.upload_id == upload_id and is_held(known, now):
            return sent  # the same content is being cleaned at this moment
    with tempfile.TemporaryDirectory(prefix="tradewind-upload-") as folder:
        parts = _parts(files, split, Path(folder), limits=stores.limits)
        keys, size = _send(parts, stores, load, upload_id, progress=progress)
    manifest = Manifest(
        load=load,
        upload_id=upload_id,
        parts=tuple(keys),
        columns=columns or {},
        size=size,
        demo=demo,
        keep_demo=keep_demo,
    )
    stores.loads.queue(manifest, now)
    stores.lake.put_text(layout.manifest_key(load, upload_id), manifest.to_json())
    return sent


def is_unchanged(load: Load, upload_id: str) -> bool:
    """Return whether `upload_id` is what queries see of `load` and nothing newer is on its way."""
    return load.state == "clean" and load.live_upload_id == load.upload_id == upload_id


def check_file(file: Path, *, limit: int) -> None:
    """Raise InputError where `file` cannot be read or is larger than `limit` bytes."""
    if not file.is_file():
        raise InputError(f"file {str(file)!r}", "does not exist", "give the path of a sales file")
    size = file.stat().st_size
    if size > limit:
        raise InputError(
            f"file {file.name!r}",
            f"has {size:,} bytes, above the limit of {limit:,} (Config.limits.max_upload)",
            "cut it into several files and import each under a name of its own",
        )


def digest(file: Path) -> bytes:
    """Return the SHA-256 of a file's bytes."""
    content = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            content.update(block)
    return content.digest()


def _check_not_queued(stores: SalesStores, known: Load, upload_id: str, now: datetime) -> None:
    """Raise InputError where another upload of the load waits for its cleaning.

    One without a manifest does not: its command was killed.
    """
    since = known.queued_at
    if known.state != "queued" or known.upload_id == upload_id or since is None or now - since > QUEUE_PATIENCE:
        return
    if stores.lake.head(layout.manifest_key(known.name, known.upload_id)) is not None:
        raise InputError(
            f"load {known.name!r}",
            f"is queued with other content since {since:%Y-%m-%d %H:%M:%S} UTC",
            "wait until it is done (tradewind status), or import under another name with --as NAME",
        )


def _parts(files: Sequence[Path], split: int, folder: Path, *, limits: Limits) -> list[Path]:
    if split == 1:
        return list(files)
    parts: list[Path] = []
    for number, file in enumerate(files):
        into = folder / f"{number:05d}"
        into.mkdir()
        parts += splitting.split(file, split, into, limits=limits)
    return parts


def _send(
    parts: Sequence[Path],
    stores: SalesStores,
    load: str,
    upload_id: str,
    *,
    progress: Progress | None,
) -> tuple[list[str], int]:
    """Send the parts and return their keys, in order, and their bytes together."""
    total = sum(part.stat().st_size for part in parts)
    keys = []
    for number, part in enumerate(parts, start=1):
        ending = part.suffix.lstrip(".") or "csv"
        key = layout.part_key(load, upload_id, number=number, of=len(parts), ending=ending)
        stores.lake.put_file(key, part, (lambda sent: progress(sent, total)) if progress else None)
        keys.append(key)
    return keys, total
