"""Changes of settings, synonyms and rules as functions: what they lead to can be judged before they are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from tradewind.catalog.editing import Catalog, Scope
from tradewind.catalog.raw_definition import RawDefinition, changed

Kind = Literal["synonym", "rule"]
DefinitionChange = Callable[[RawDefinition], RawDefinition]

_NAMES_ONLY = ("replicas", "slaves", "primary")  # settings that say which indexes there are


def own_definition(catalog: Catalog, name: str) -> RawDefinition:
    """Return what is stored of an index itself, of a replica without its primary's. Raises: UnknownIndex."""
    return RawDefinition(
        settings=catalog.settings(name),
        synonyms=tuple(catalog.entries(name, "synonym")),
        rules=tuple(catalog.entries(name, "rule")),
    )


def settings_changed(changes: Mapping[str, Any]) -> DefinitionChange:
    """Return the change of some settings; null puts one back to its default. Names of replicas stay as they are."""
    others = {key: value for key, value in changes.items() if key not in _NAMES_ONLY}
    return lambda before: replace(before, settings=changed(before.settings, others))


def entries_put(kind: Kind, entries: Sequence[Mapping[str, Any]], *, replaces: bool = False) -> DefinitionChange:
    """Return the change that stores synonyms or rules by their objectID; `replaces`: instead of all that are there."""
    put = {str(entry["objectID"]): entry for entry in entries}

    def change(before: RawDefinition) -> RawDefinition:
        return _with(before, kind, put if replaces else {**_by_id(_entries(before, kind)), **put})

    return change


def entry_deleted(kind: Kind, object_id: str) -> DefinitionChange:
    """Return the change that takes one synonym or rule away."""

    def change(before: RawDefinition) -> RawDefinition:
        kept = {name: entry for name, entry in _by_id(_entries(before, kind)).items() if name != object_id}
        return _with(before, kind, kept)

    return change


def taken_from(source: RawDefinition, scopes: Sequence[Scope] | None) -> DefinitionChange:
    """Return the change that copies parts of another definition; None: all of it, as a copied or moved index has it."""
    parts = ("settings", "synonyms", "rules") if scopes is None else scopes

    def change(before: RawDefinition) -> RawDefinition:
        own = {name: before.settings[name] for name in _NAMES_ONLY if name in before.settings}
        given = {name: value for name, value in source.settings.items() if name not in _NAMES_ONLY}
        return RawDefinition(
            settings={**given, **own} if "settings" in parts else before.settings,
            synonyms=source.synonyms if "synonyms" in parts else before.synonyms,
            rules=source.rules if "rules" in parts else before.rules,
        )

    return change


def _entries(definition: RawDefinition, kind: Kind) -> Sequence[Mapping[str, Any]]:
    return definition.synonyms if kind == "synonym" else definition.rules


def _with(definition: RawDefinition, kind: Kind, entries: Mapping[str, Mapping[str, Any]]) -> RawDefinition:
    """Return a definition with other entries, in the order of their ids, as the store has them."""
    ordered = tuple(entries[name] for name in sorted(entries))
    return replace(definition, synonyms=ordered) if kind == "synonym" else replace(definition, rules=ordered)


def _by_id(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(entry["objectID"]): entry for entry in entries}
