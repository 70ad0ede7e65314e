"""The local cloud's folder: where each thing lies in it, and the mark that makes it ours to delete."""

import json
from dataclasses import dataclass
from pathlib import Path

from tradewind.errors import InputError

MARKER = ".tradewind-home"


@dataclass(frozen=True, slots=True)
class Home:
    """One local cloud's data; every cloud has a home of its own."""

    root: Path

    @property
    def state(self) -> Path:
        """Snapshots of the services' state and the journal since the last one."""
        return self.root / "state"

    @property
    def objects(self) -> Path:
        """S3 object bodies, as account/bucket/key."""
        return self.root / "objects"

    @property
    def streams(self) -> Path:
        """The records of Kinesis shards and of Firehose's direct puts, a folder a log."""
        return self.root / "streams"

    @property
    def spool(self) -> Path:
        """Bodies that are arriving; on the same file system as `objects`, emptied at start."""
        return self.root / "spool"

    @property
    def temporary(self) -> Path:
        """What the server and the Lambda functions keep while they run; emptied at start."""
        return self.root / "tmp"

    @property
    def layers(self) -> Path:
        """The layers of the Lambda functions, unpacked."""
        return self.root / "layers"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def log(self) -> Path:
        return self.logs / "cloud.log"

    @property
    def facts(self) -> Path:
        """cloud.json: pid, ports, account and region of the cloud that was started last."""
        return self.root / "cloud.json"

    @property
    def marker(self) -> Path:
        return self.root / MARKER

    def make(self) -> None:
        """Create the folder with its mark, for its owner alone.

        Raises: InputError for a folder that holds other things: `reset` would delete them.
        """
        if self.root.is_dir() and not self.marker.exists() and any(self.root.iterdir()):
            way_out = "it holds other files: give a new or an empty folder"
            raise InputError("TRADEWIND_HOME", repr(str(self.root)), way_out)
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.marker.exists():
            self.marker.write_text("Tradewind's local cloud keeps its data here; `make reset` deletes this folder.\n")
        for folder in (self.state, self.objects, self.streams, self.spool, self.temporary, self.logs):
            folder.mkdir(mode=0o700, exist_ok=True)

    def read_facts(self) -> dict[str, int | str]:
        """Return what cloud.json says, or nothing where there is none (or half of one)."""
        try:
            return dict(json.loads(self.facts.read_text()))
        except (FileNotFoundError, ValueError):
            return {}
