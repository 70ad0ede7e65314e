"""What an index on a cluster says of itself, in the `_meta` of its mapping; and the names of indexes there."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tradewind.catalog.raw_definition import RawDefinition
from tradewind.search.opensearch.layout import Layout

FORMAT = 2  # of the fields; an index of another one is made again
_SLUG = 80  # characters of an index's own name in its name on the cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """One version of an index. `replicas` are the definitions of its replicas by name."""

    name: str
    index_id: str
    version: str
    layout: str  # fingerprint of the fields
    encoder: str | None
    records: int
    unencoded: int
    floor: float
    definition: RawDefinition
    replicas: Mapping[str, RawDefinition] = field(default_factory=dict)
    format: int = FORMAT

    def definition_of(self, name: str) -> RawDefinition | None:
        """Return the definition of the index or of one of its replicas."""
        return self.definition if name == self.name else self.replicas.get(name)

    def to_meta(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "index_id": self.index_id,
            "version": self.version,
            "layout": self.layout,
            "encoder": self.encoder,
            "records": self.records,
            "unencoded": self.unencoded,
            "floor": self.floor,
            "definition": self.definition.to_json().decode(),
            "replicas": {name: each.to_json().decode() for name, each in self.replicas.items()},
            "format": self.format,
        }

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any]) -> "VersionFacts | None":
        """Return what an index says of itself; None where it is not ours or of another format."""
        if meta.get("format") != FORMAT:
            return None
        parts = dict(meta)
        definition = RawDefinition.from_json(parts.pop("definition").encode())
        replicas = {name: RawDefinition.from_json(text.encode()) for name, text in parts.pop("replicas").items()}
        return cls(definition=definition, replicas=replicas, **parts)


def fingerprint(layout: Layout) -> str:
    """Return a text that two layouts share only where their fields are the same."""
    parts = [
        [list(place.names) for place in layout.places],
        list(layout.facets),
        [layout.distinct, layout.language],
    ]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:16]


def alias_of(env: str, name: str) -> str:
    """Return the alias under which searches find the index `name`: no two names have the same.

    >>> alias_of("dev", "products")
    'tradewind-dev-products'
    """
    slug = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:_SLUG]
    if slug != name:
        slug = f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    return f"tradewind-{env}-{slug}"


def index_of(alias: str, version: str) -> str:
    """Return the name of one version of an index; `all_versions` finds it."""
    return f"{alias}.v{re.sub('[^a-z0-9]+', '-', version.lower())}"


def all_versions(env: str) -> str:
    """Return the pattern for all versions of all indexes of an environment."""
    return f"tradewind-{env}-*.v*"
