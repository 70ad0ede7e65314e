"""The manifest of a snapshot: which immutable files make up one version of an index."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A file by what is in it."""

    name: str  # within the snapshot, e.g. "s0003/postings.npy"
    sha256: str
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One version. Equal files of two versions have equal hashes and are stored once."""

    version: str  # sortable by time, e.g. 20261121T174500.123456-1f3a
    index_id: str  # of the records' generation, not the name shoppers use
    format: int  # of the files; a reader refuses others by name
    built_at: str  # ISO 8601, UTC
    records: int
    unencoded: int
    encoder: str | None
    files: tuple[SnapshotFile, ...] = field(default_factory=tuple)
