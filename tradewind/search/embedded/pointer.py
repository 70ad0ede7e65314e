"""What a name leads to on the bucket, and manifests, as JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import orjson

from tradewind.search.embedded.manifest import Manifest, SnapshotFile
from tradewind.search.index import IndexUnavailable

Engine = Literal["embedded", "opensearch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """indexes/<name>.json. A replica has `primary` instead of index_id and version.

    `answers`: the engine that answers searches where there is a cluster; None: nobody chose yet, the embedded one.
    """

    definition: str  # hash of the object with settings, synonyms and rules of this name
    index_id: str | None = None
    version: str | None = None
    primary: str | None = None
    answers: Engine | None = None


def pointer_text(pointer: Pointer) -> bytes:
    return orjson.dumps({name: value for name, value in asdict(pointer).items() if value is not None})


def read_pointer(text: bytes, name: str) -> Pointer:
    """Return what a pointer says. Raises: IndexUnavailable where it cannot be read."""
    try:
        found: dict[str, Any] = orjson.loads(text)
        answers = found.get("answers")
        return Pointer(
            definition=str(found["definition"]),
            index_id=found.get("index_id"),
            version=found.get("version"),
            primary=found.get("primary"),
            answers=answers if answers in get_args(Engine) else None,
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise IndexUnavailable(f"the pointer of index {name!r} is damaged: {error!r}") from error


def manifest_text(manifest: Manifest) -> bytes:
    return orjson.dumps(asdict(manifest))


def read_manifest(text: bytes, version: str) -> Manifest:
    """Return a manifest. Raises: IndexUnavailable where it cannot be read or is of another version."""
    try:
        found: dict[str, Any] = orjson.loads(text)
        files = tuple(SnapshotFile(**file) for file in found.pop("files"))
        manifest = Manifest(**found, files=files)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise IndexUnavailable(f"manifest {version} is damaged: {error!r}") from error
    if manifest.version != version:
        raise IndexUnavailable(f"manifest {version} is damaged: it says that it is {manifest.version!r}")
    return manifest
