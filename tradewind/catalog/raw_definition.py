"""Settings, synonyms and rules as they were sent: what the store keeps, and what follows for a replica."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.rules import parse_rule
from tradewind.catalog.settings import parse_settings
from tradewind.catalog.synonyms import parse_synonym

# What a replica does not take over: it is about the primary's own order or about names.
_PRIMARYS_OWN = frozenset({"replicas", "slaves", "primary", "ranking", "customRanking", "relevancyStrictness"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDefinition:
    """JSON objects as they were sent."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    synonyms: tuple[Mapping[str, Any], ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()

    def parsed(self) -> IndexDefinition:
        """Return what of it has an effect. Raises: InputError for what was never checked."""
        return IndexDefinition(
            settings=parse_settings(self.settings),
            synonyms=tuple(parse_synonym(entry) for entry in self.synonyms),
            rules=tuple(parse_rule(entry) for entry in self.rules),
        )

    def to_json(self) -> bytes:
        """Return the same bytes for the same definition."""
        parts = {"settings": self.settings, "synonyms": self.synonyms, "rules": self.rules}
        return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def from_json(cls, text: bytes) -> "RawDefinition":
        parts = orjson.loads(text)
        return cls(settings=parts["settings"], synonyms=tuple(parts["synonyms"]), rules=tuple(parts["rules"]))


def of_replica(primary: RawDefinition, own: RawDefinition, *, name: str) -> RawDefinition:
    """Return the definition of a replica: the primary's, under what was set for the replica itself."""
    inherited = {key: value for key, value in primary.settings.items() if key not in _PRIMARYS_OWN}
    return RawDefinition(
        settings={**inherited, **own.settings, "primary": name},
        synonyms=_by_id(primary.synonyms, own.synonyms),
        rules=_by_id(primary.rules, own.rules),
    )


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with `changes`; null puts a setting back to its default. Ours change one by one, too."""
    after = {**settings}
    for key, value in changes.items():
        if value is None:
            after.pop(key, None)
        elif key == "tradewind" and isinstance(value, Mapping) and isinstance(after.get(key), Mapping):
            after[key] = changed(after[key], value)
        else:
            after[key] = value
    return after


def _by_id(*groups: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """Return entries in the order of their ids; of two with one id the later."""
    found = {str(entry["objectID"]): entry for entries in groups for entry in entries}
    return tuple(found[name] for name in sorted(found))
