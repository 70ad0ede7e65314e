"""Requests about what an index is apart from its records: settings, synonyms, rules."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tradewind.catalog.definition_changes import Kind, entries_put, entry_deleted, settings_changed
from tradewind.catalog.editing import Catalog
from tradewind.catalog.record import checked_index_name
from tradewind.catalog.rules import parse_rule
from tradewind.catalog.settings import parse_settings
from tradewind.catalog.synonyms import parse_synonym
from tradewind.errors import InputError
from tradewind.protocols.algolia.answers import Answer, json_answer
from tradewind.protocols.algolia.errors import Refused
from tradewind.search.serving.call import Call
from tradewind.search.serving.editing import stamp
from tradewind.search.serving.publish_gate import let_pass
from tradewind.search.serving.shop import EditingShop

_MOST_ENTRIES: Final = 10_000  # of one request
_PARSE: Final[Mapping[Kind, Callable[[Mapping[str, Any]], object]]] = {"synonym": parse_synonym, "rule": parse_rule}
_REPLACE: Final[Mapping[Kind, tuple[str, ...]]] = {
    "synonym": ("replaceExistingSynonyms",),
    "rule": ("clearExistingRules",),
}

# What a client reads back of an index where nothing was set.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "minWordSizefor1Typo": 4,
    "minWordSizefor2Typos": 8,
    "hitsPerPage": 20,
    "maxValuesPerFacet": 100,
    "paginationLimitedTo": 1000,
    "searchableAttributes": None,
    "attributesForFaceting": None,
    "attributesToRetrieve": None,
    "unretrievableAttributes": None,
    "numericAttributesForFiltering": None,
    "attributesToHighlight": None,
    "attributesToSnippet": None,
    "optionalWords": None,
    "attributeForDistinct": None,
    "distinct": False,
    "ranking": ["typo", "geo", "words", "filters", "proximity", "attribute", "exact", "custom"],
    "customRanking": None,
    "queryType": "prefixLast",
    "removeWordsIfNoResults": "none",
    "separatorsToIndex": "",
    "exactOnSingleWordQuery": "attribute",
    "alternativesAsExact": ["ignorePlurals", "singleWordSynonym"],
    "highlightPreTag": "<em>",
    "highlightPostTag": "</em>",
    "snippetEllipsisText": "…",
    "version": 2,
}


def get_settings(call: Call, shop: EditingShop) -> Answer:
    return json_answer({**_DEFAULTS, **shop.catalog.settings(call.index)})


def set_settings(call: Call, shop: EditingShop) -> Answer:
    changes = call.fields()
    checked_index_name(call.index)
    parse_settings({name: value for name, value in changes.items() if value is not None})
    let_pass(call, shop, (call.index, *_replicas(call, shop.catalog)), settings_changed(changes))
    task = shop.catalog.set_settings(call.index, changes, forward=call.flag("forwardToReplicas"))
    return json_answer({"updatedAt": stamp(call.now), "taskID": task})


def get_entry(kind: Kind) -> Callable[[Call, EditingShop], Answer]:
    def verb(call: Call, shop: EditingShop) -> Answer:
        found = _entry(shop.catalog, call.index, kind, call.name)
        if found is None:
            raise _unknown(kind, call.name)
        return json_answer(found)

    return verb


def put_entry(kind: Kind) -> Callable[[Call, EditingShop], Answer]:
    def verb(call: Call, shop: EditingShop) -> Answer:
        sent = call.fields()
        if sent.get("objectID", call.name) != call.name:
            raise InputError("objectID", repr(sent["objectID"])[:80], f"must be the one of the path, {call.name!r:.80}")
        entries = _checked(kind, [{**sent, "objectID": call.name}])
        task = _stored(call, shop, kind, entries, replace=False)
        return json_answer({"updatedAt": stamp(call.now), "taskID": task, "id": call.name})

    return verb


def put_entries(kind: Kind) -> Callable[[Call, EditingShop], Answer]:
    def verb(call: Call, shop: EditingShop) -> Answer:
        sent = call.listed(f"{kind}s")
        if len(sent) > _MOST_ENTRIES:
            raise InputError("body", f"has {len(sent)} {kind}s", f"send at most {_MOST_ENTRIES} at once")
        replace = any(call.flag(name) for name in _REPLACE[kind])
        task = _stored(call, shop, kind, _checked(kind, sent), replace=replace)
        return json_answer({"updatedAt": stamp(call.now), "taskID": task})

    return verb


def clear_entries(kind: Kind) -> Callable[[Call, EditingShop], Answer]:
    def verb(call: Call, shop: EditingShop) -> Answer:
        task = _stored(call, shop, kind, [], replace=True)
        return json_answer({"updatedAt": stamp(call.now), "taskID": task})

    return verb


def delete_entry(kind: Kind) -> Callable[[Call, EditingShop], Answer]:
    def verb(call: Call, shop: EditingShop) -> Answer:
        replicas = _replicas(call, shop.catalog)
        let_pass(call, shop, (call.index, *replicas), entry_deleted(kind, call.name))
        task = shop.catalog.delete_entry(call.index, kind, call.name)
        for name in replicas:
            shop.catalog.delete_entry(name, kind, call.name)
        return json_answer({"deletedAt": stamp(call.now), "taskID": task})

    return verb


def search_entries(kind: Kind) -> Callable[[Call, EditingShop], Answer]:
    def verb(call: Call, shop: EditingShop) -> Answer:
        sent = call.fields()
        page, size = _whole(sent, "page", 0, 0), _whole(sent, "hitsPerPage", 100 if kind == "synonym" else 20, 1)
        found = [each for each in shop.catalog.entries(call.index, kind) if _matches(kind, each, sent)]
        shown = found[page * size : (page + 1) * size]
        answer: dict[str, Any] = {"hits": shown, "nbHits": len(found)}
        if kind == "rule":
            answer |= {"page": page, "nbPages": -(-len(found) // size)}
        return json_answer(answer)

    return verb


def _stored(call: Call, shop: EditingShop, kind: Kind, entries: Sequence[Mapping[str, Any]], *, replace: bool) -> int:
    checked_index_name(call.index)
    catalog, replicas = shop.catalog, _replicas(call, shop.catalog)
    let_pass(call, shop, (call.index, *replicas), entries_put(kind, entries, replaces=replace))
    task = catalog.put_entries(call.index, kind, entries, replace=replace)
    for name in replicas:
        catalog.put_entries(name, kind, entries, replace=replace)
    return task


def _replicas(call: Call, catalog: Catalog) -> Sequence[str]:
    """Return the replicas that the request is forwarded to."""
    if not call.flag("forwardToReplicas"):
        return ()
    return next((facts.replicas for facts in catalog.indexes() if facts.name == call.index), ())


def _checked(kind: Kind, entries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the entries. Raises: InputError naming the first that cannot be used."""
    for number, entry in enumerate(entries):
        try:
            _PARSE[kind](entry)
        except InputError as error:
            raise InputError(f"{kind}[{number}] {error.field}", error.value, error.way_out) from error
    return entries


def _entry(catalog: Catalog, index: str, kind: Kind, object_id: str) -> Mapping[str, Any] | None:
    return next((each for each in catalog.entries(index, kind) if each.get("objectID") == object_id), None)


def _unknown(kind: Kind, object_id: str) -> Refused:
    return Refused(404, f"{'Synonym set' if kind == 'synonym' else 'Rule'} {object_id[:100]!r} does not exist")


def _matches(kind: Kind, entry: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    text = str(sent.get("query") or "").lower()
    if text and not any(text in word.lower() for word in _texts_in(entry)):
        return False
    if kind == "synonym":
        wanted = str(sent.get("type") or "").lower()
        return not wanted or str(entry.get("type", "")).lower() in wanted.split(",")
    enabled, anchoring, context = sent.get("enabled"), sent.get("anchoring"), sent.get("context")
    conditions = [each for each in entry.get("conditions") or [entry.get("condition")] if isinstance(each, Mapping)]
    return (
        (enabled is None or bool(entry.get("enabled", True)) == enabled)
        and (not anchoring or any(each.get("anchoring") == anchoring for each in conditions))
        and (not context or any(each.get("context") == context for each in conditions))
    )


def _texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts_in(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts_in(each)]
    return []


def _whole(sent: Mapping[str, Any], name: str, default: int, least: int) -> int:
    value = sent.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 1000:
        raise InputError(name, repr(value)[:80], f"must be a whole number from {least} to 1000")
    return value


VERBS: Final = {
    "get_settings": get_settings,
    "set_settings": set_settings,
    "get_synonym": get_entry("synonym"),
    "put_synonym": put_entry("synonym"),
    "put_synonyms": put_entries("synonym"),
    "clear_synonyms": clear_entries("synonym"),
    "delete_synonym": delete_entry("synonym"),
    "search_synonyms": search_entries("synonym"),
    "get_rule": get_entry("rule"),
    "put_rule": put_entry("rule"),
    "put_rules": put_entries("rule"),
    "clear_rules": clear_entries("rule"),
    "delete_rule": delete_entry("rule"),
    "search_rules": search_entries("rule"),
}
