"""The whole state of every service on disk: a folder a snapshot, and one pointer file that is replaced last."""

import base64
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ministack.core import persistence

from local.durability.file_body import FileBody

logger = logging.getLogger("tradewind.snapshot")

State = Mapping[str, Any]  # service -> what its get_state returned
Texts = Mapping[str, bytes]  # service -> its file

_POINTER = "current"
_BLOB_ABOVE = 32 * 1024  # longer bytes lie in a file named by their digest, written once: code and layer archives
_ORIGINAL_DEFAULT = persistence._json_default
_ORIGINAL_HOOK = persistence._json_object_hook


class Snapshots:
    """The snapshots of one home; the number of a snapshot is that of the journal which follows it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blobs = folder / "blobs"
        self._blobs.mkdir(mode=0o700, exist_ok=True)
        self._known_blobs: dict[int, tuple[bytes, str]] = {}  # by id; holding the bytes keeps the id theirs
        self._used_blobs: set[int] = set()
        persistence._json_object_hook = self._decode

    @property
    def current(self) -> int:
        """The number of the snapshot to start from; 0 is the empty one."""
        try:
            return int((self._folder / _POINTER).read_text())
        except FileNotFoundError:
            return 0

    def folder(self, number: int) -> Path:
        return self._folder / f"snapshot-{number:08d}"

    def journal(self, number: int) -> Path:
        return self._folder / f"journal-{number:08d}.jsonl"

    def journals_to_replay(self) -> list[Path]:
        """Return the journals since the current snapshot, in order."""
        first = self.journal(self.current).name
        return sorted(path for path in self._folder.glob("journal-*.jsonl") if path.name >= first)

    def encode(self, state: State) -> Texts:
        """Return the files of a snapshot. Nothing may change meanwhile."""
        texts = {}
        self._used_blobs = set()
        for service, payload in state.items():
            wrapped = {"__ministack_format__": persistence._state_format_version(service), "payload": payload}
            texts[service] = json.dumps(wrapped, default=self._encode).encode()
        return texts

    def write(self, number: int, texts: Texts) -> None:
        """Write snapshot `number`, then point at it. Before the pointer is replaced the one before is in force."""
        staged, before = self.folder(number), self.folder(self.current)
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(mode=0o700)
        for service, text in texts.items():
            _write_or_link(staged / f"{service}.json", before / f"{service}.json", text)
        pointer = self._folder / f"{_POINTER}.tmp"
        pointer.write_text(str(number))
        pointer.replace(self._folder / _POINTER)

    def forget_before(self, number: int) -> None:
        """Delete what the snapshot `number` has made superfluous."""
        for path in self._folder.glob("journal-*.jsonl"):
            if path.name < self.journal(number).name:
                path.unlink()
        for folder in self._folder.glob("snapshot-*"):
            if folder != self.folder(number):
                shutil.rmtree(folder, ignore_errors=True)
        self._known_blobs = {name: blob for name, blob in self._known_blobs.items() if name in self._used_blobs}
        used = {digest for _, digest in self._known_blobs.values()}
        for path in self._blobs.iterdir():
            if path.name not in used:
                path.unlink()

    def _encode(self, value: object) -> object:
        if isinstance(value, FileBody):
            return {"__file__": str(value.path)}
        if isinstance(value, bytes) and len(value) > _BLOB_ABOVE:
            return {"__blob__": self._blob(value)}
        return _ORIGINAL_DEFAULT(value)

    def _blob(self, value: bytes) -> str:
        self._used_blobs.add(id(value))
        known = self._known_blobs.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        digest = hashlib.sha256(value).hexdigest()
        path = self._blobs / digest
        if not path.exists():
            staged = path.with_suffix(".tmp")
            staged.write_bytes(value)
            staged.replace(path)
        self._known_blobs[id(value)] = (value, digest)
        return digest

    def _decode(self, value: dict[str, Any]) -> Any:
        if "__blob__" in value:
            return (self._blobs / value["__blob__"]).read_bytes()
        if "__file__" in value:
            path = Path(value["__file__"])
            return FileBody.open(path) if path.exists() else None
        if "__bytes__" in value:
            return base64.b64decode(value["__bytes__"])
        return _ORIGINAL_HOOK(value)


def _write_or_link(path: Path, before: Path, text: bytes) -> None:
    """Write `text` to `path`; what has not changed since the snapshot before is linked, not written."""
    try:
        if before.stat().st_size == len(text) and before.read_bytes() == text:
            os.link(before, path)
            return
    except OSError:
        logger.debug("no %s to link", before)
    path.write_bytes(text)
