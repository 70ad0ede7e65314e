"""Files of snapshots on the disk of this process, by their hashes; each version is a folder of hard links to them."""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path

from tradewind.search.embedded.manifest import Manifest, SnapshotFile
from tradewind.search.index import IndexUnavailable

_READ = 1024 * 1024


class SnapshotCache:
    """A folder that goes with the process. What is mapped into memory stays readable once it is removed here."""

    def __init__(self, folder: Path | None = None) -> None:
        root = folder or Path(tempfile.mkdtemp(prefix="tradewind-index-"))
        if folder is None:
            weakref.finalize(self, shutil.rmtree, root, ignore_errors=True)
        self._objects = root / "objects"
        self._versions = root / "versions"
        self._objects.mkdir(parents=True, exist_ok=True)
        self._versions.mkdir(parents=True, exist_ok=True)

    def missing(self, manifest: Manifest) -> list[SnapshotFile]:
        """Return the files of a version that are not here, each content once."""
        wanted = {file.sha256: file for file in manifest.files}
        return [file for file in wanted.values() if not (self._objects / file.sha256).exists()]

    def add(self, file: SnapshotFile, fetch: Callable[[Path], None]) -> None:
        """Take in what `fetch` writes into a path. Raises: IndexUnavailable where it is not what the hash says."""
        handle, name = tempfile.mkstemp(dir=self._objects)
        os.close(handle)
        staged = Path(name)
        try:
            fetch(staged)
            if staged.stat().st_size != file.size or sha256_of(staged) != file.sha256:
                raise IndexUnavailable(f"{file.name}: object {file.sha256} is damaged: its bytes have another hash")
            staged.replace(self._objects / file.sha256)
        finally:
            staged.unlink(missing_ok=True)

    def take(self, manifest: Manifest, folder: Path) -> None:
        """Take in those files of a version that lie in `folder` under their names; they are moved."""
        for file in manifest.files:
            here = folder / file.name
            if here.exists():
                here.replace(self._objects / file.sha256)

    def laid_out(self, manifest: Manifest) -> Path:
        """Return the folder of a version, with its files under their names."""
        folder = self._versions / manifest.index_id / manifest.version
        for file in manifest.files:
            link = folder / file.name
            if not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.hardlink_to(self._objects / file.sha256)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def keep(self, manifests: Iterable[Manifest]) -> None:
        """Remove every version and file that is not of these."""
        kept = list(manifests)
        versions = {(each.index_id, each.version) for each in kept}
        objects = {file.sha256 for each in kept for file in each.files}
        for folder in self._versions.glob("*/*"):
            if (folder.parent.name, folder.name) not in versions:
                shutil.rmtree(folder, ignore_errors=True)
        for path in self._objects.iterdir():
            if path.name not in objects:
                path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while some := stream.read(_READ):
            digest.update(some)
    return digest.hexdigest()
