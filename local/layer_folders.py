"""Layers of functions, unpacked once for all processes and starts.

ministack 1.5.33 unpacks every layer anew for every process of a function: 100 MB of libraries of search, whose modules
each process then compiles, too. Here a process finds a link to a folder that stays, and in it the bytecode that
the first process has written.
"""

import hashlib
import os
import shutil
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime

_KEPT = 12  # folders, those used last: as many as a deployment has and the one before it
_LAYER = "layer_"  # ministack's names of the folders that it unpacks layers into
_UNFINISHED = ".part"


class LayerFolders:
    """Folders with the content of archives, named by the SHA-256 of the archive."""

    def __init__(self, folder: Path) -> None:
        """Delete what was not finished, and all but the folders used last: no function may be at work."""
        self._folder = folder
        self._one_at_a_time = threading.Lock()
        folder.mkdir(mode=0o700, exist_ok=True)
        used_last = sorted(folder.iterdir(), key=lambda each: (each.suffix != _UNFINISHED, each.stat().st_mtime))
        for old in used_last:
            if old.suffix == _UNFINISHED or old in used_last[:-_KEPT]:
                shutil.rmtree(old)

    def of(self, archive: Path) -> Path:
        """Return the folder with the content of a zip archive. Raises: OSError, zipfile.BadZipFile."""
        with archive.open("rb") as file:
            folder = self._folder / hashlib.file_digest(file, "sha256").hexdigest()
        with self._one_at_a_time:
            if not folder.exists():
                unfinished = folder.with_suffix(_UNFINISHED)
                shutil.rmtree(unfinished, ignore_errors=True)
                with zipfile.ZipFile(archive) as content:
                    content.extractall(unfinished)
                unfinished.rename(folder)
            os.utime(folder)
        return folder


def install(folder: Path) -> None:
    """Let functions find their layers in `folder`."""
    folders = LayerFolders(folder)

    class Linked(zipfile.ZipFile):
        def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
            """Unpack code as ever; in the place of a layer's empty folder put a link."""
            if not Path(path).name.startswith(_LAYER):
                super().extractall(path, members, pwd)
                return
            assert self.filename is not None
            there = folders.of(Path(self.filename))
            Path(path).rmdir()
            Path(path).symlink_to(there, target_is_directory=True)

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": Linked})
