"""What the indexer hands an engine, and what the engine says of it: the seam between the task loop and the engines."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from tradewind.catalog.raw_definition import RawDefinition
from tradewind.catalog.record import StoredRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is new in a generation: records to put, ids to remove; `whole`: `puts` are all records that there are."""

    name: str
    index_id: str
    definition: RawDefinition
    puts: Iterable[StoredRecord]
    removes: frozenset[str] = frozenset()
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version that shoppers see from now on."""

    version: str
    records: int
    unencoded: int
    encoder: str | None  # at work now; None: there is none, and vectors are not to be expected
    size: int = 0  # bytes of the version


class PublisherMovedError(Exception):
    """Another writer has published meanwhile: begin again from what is there now."""


class Publisher(Protocol):
    """An engine as the indexer sees it. Doing a thing twice is as good as once."""

    def knows(self, index_id: str, name: str) -> bool:
        """Return whether a version of the generation is there to build on; without one, all records are needed."""

    def publish(self, changes: Changes, *, encode_for: Callable[[], bool]) -> Published:
        """Make changes visible under `changes.name`; vectors are computed while `encode_for` says that there is time.

        Raises: PublisherMovedError.
        """

    def point(self, name: str, *, index_id: str, definition: RawDefinition) -> None:
        """Let a name lead to the published version of a generation. Raises: PublisherMovedError."""

    def point_replica(self, name: str, *, primary: str, definition: RawDefinition) -> None:
        """Let a name lead to its primary, with a definition of its own. Raises: PublisherMovedError."""

    def remove(self, name: str) -> None:
        """Let a name lead nowhere."""

    def lacks_vectors(self, name: str) -> bool:
        """Return whether vectors are missing that could be computed."""

    def sweep(self, live: frozenset[str]) -> None:
        """Remove old versions, and whatever is of no generation in `live`."""
