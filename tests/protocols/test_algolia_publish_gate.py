"""Every request that changes a definition meets the publish gate, before anything of it is written."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.algolia_shop import AlgoliaShop
from tradewind.catalog.definition_changes import DefinitionChange, own_definition
from tradewind.catalog.raw_definition import RawDefinition
from tradewind.search.serving.shop import EditingShop

CAR = {"objectID": "car", "type": "synonym", "synonyms": ["car", "auto"]}
RULE = {"objectID": "pin", "conditions": [], "consequence": {"hide": [{"objectID": "1"}]}}
OTHER_CAR = {**CAR, "synonyms": ["car", "van"]}


class Stern:
    """Refuses every change of what it is asked about, and keeps what it would lead to."""

    def __init__(self, shop: AlgoliaShop, *guarded: str) -> None:
        self._shop, self._guarded = shop, guarded
        self.proposed: dict[str, RawDefinition] = {}

    def refusal(self, index: str, change: DefinitionChange, now: datetime) -> str | None:
        if index not in self._guarded:
            return None
        self.proposed[index] = change(own_definition(self._shop.catalog, index))
        return "ranks worse"


class GuardedShop(AlgoliaShop):
    """A shop whose gate can be put in place after it was filled."""

    gate: Stern | None = None

    def _editing(self) -> EditingShop:
        made = super()._editing()
        return replace(made, gate=self.gate) if self.gate else made


@pytest.fixture
def shop() -> GuardedShop:
    made = GuardedShop()
    made.fill("shoes", [{"objectID": "1", "name": "Shoe"}], replicas=["cheap"])
    made.fill("next", [{"objectID": "2", "name": "Boot"}], hitsPerPage=3)
    made.catalog.put_entries("shoes", "synonym", [CAR])
    made.catalog.put_entries("shoes", "rule", [RULE])
    made.gate = Stern(made, "shoes")
    return made


Check = Callable[[RawDefinition], bool]
CHANGES: list[tuple[str, str, Any, Check]] = [
    ("PUT", "/settings", {"hitsPerPage": 4}, lambda it: it.settings["hitsPerPage"] == 4),
    ("PUT", "/synonyms/car", OTHER_CAR, lambda it: it.synonyms == (OTHER_CAR,)),
    ("POST", "/synonyms/batch", [{**OTHER_CAR, "objectID": "b"}], lambda it: len(it.synonyms) == 2),
    ("DELETE", "/synonyms/car", None, lambda it: it.synonyms == ()),
    ("POST", "/synonyms/clear", {}, lambda it: it.synonyms == ()),
    ("PUT", "/rules/pin", {**RULE, "enabled": False}, lambda it: it.rules[0]["enabled"] is False),
    ("POST", "/rules/batch", [{**RULE, "objectID": "q"}], lambda it: len(it.rules) == 2),
    ("DELETE", "/rules/pin", None, lambda it: it.rules == () and it.synonyms == (CAR,)),
    ("POST", "/rules/clear", {}, lambda it: it.rules == ()),
]


@pytest.mark.parametrize(("method", "path", "body", "is_what_was_asked_for"), CHANGES)
def test_a_change_that_ranks_worse_is_409_and_nothing_of_it_is_stored_unless_it_is_forced(
    shop: GuardedShop, method: str, path: str, body: Any, is_what_was_asked_for: Check
) -> None:
    before = deepcopy(own_definition(shop.catalog, "shoes"))
    status, answer = shop.ask(method, f"/1/indexes/shoes{path}", body)
    assert (status, answer["message"]) == (409, "ranks worse")
    assert own_definition(shop.catalog, "shoes") == before
    assert shop.gate is not None
    assert is_what_was_asked_for(shop.gate.proposed["shoes"])

    assert shop.ask(method, f"/1/indexes/shoes{path}", body, query="force=true")[0] == 200
    assert is_what_was_asked_for(own_definition(shop.catalog, "shoes"))


def test_replacing_all_entries_is_judged_as_a_whole(shop: GuardedShop) -> None:
    new = {**OTHER_CAR, "objectID": "new"}
    assert shop.ask("POST", "/1/indexes/shoes/synonyms/batch", [new], query="replaceExistingSynonyms=true")[0] == 409
    assert shop.gate is not None
    assert shop.gate.proposed["shoes"].synonyms == (new,)


def test_a_request_that_cannot_be_is_400_without_a_judgement(shop: GuardedShop) -> None:
    assert shop.ask("POST", "/1/indexes/shoes/synonyms/batch", [{"objectID": "x"}])[0] == 400
    assert shop.gate is not None
    assert shop.gate.proposed == {}


@pytest.mark.parametrize("operation", [{"operation": "move"}, {"operation": "copy"}])
def test_an_index_that_takes_the_place_of_another_is_judged_by_its_definition(
    shop: GuardedShop, operation: dict[str, str]
) -> None:
    body = {**operation, "destination": "shoes"}
    assert shop.ask("POST", "/1/indexes/next/operation", body)[0] == 409
    assert shop.ids("shoes") == []  # the rule hides its one product: it is the old index
    assert shop.gate is not None
    proposed = shop.gate.proposed["shoes"]
    assert (proposed.settings["hitsPerPage"], proposed.synonyms, proposed.rules) == (3, (), ())
    assert shop.ask("POST", "/1/indexes/next/operation", body, query="force=true")[0] == 200
    assert shop.ids("shoes") == ["2"]


def test_a_copy_of_some_scopes_is_judged_by_those(shop: GuardedShop) -> None:
    body = {"operation": "copy", "destination": "shoes", "scope": ["rules"]}
    assert shop.ask("POST", "/1/indexes/next/operation", body)[0] == 409
    assert shop.gate is not None
    proposed = shop.gate.proposed["shoes"]
    assert ("hitsPerPage" in proposed.settings, proposed.synonyms, proposed.rules) == (False, (CAR,), ())
    away = {"operation": "copy", "destination": "elsewhere", "scope": ["rules"]}
    assert shop.ask("POST", "/1/indexes/shoes/operation", away)[0] == 200  # what is copied from is not changed


def test_replicas_that_a_change_is_forwarded_to_are_judged_too(shop: GuardedShop) -> None:
    shop.gate = Stern(shop, "cheap")
    path = "/1/indexes/shoes/synonyms/car"
    assert shop.ask("DELETE", path)[0] == 200
    assert shop.ask("DELETE", path, query="forwardToReplicas=true")[0] == 409
