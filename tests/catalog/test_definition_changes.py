"""What a change makes of settings, synonyms and rules."""

from tests.algolia_catalog import MemoryCatalog
from tradewind.catalog.definition_changes import (
    entries_put,
    entry_deleted,
    own_definition,
    settings_changed,
    taken_from,
)
from tradewind.catalog.raw_definition import RawDefinition

CAR = {"objectID": "b", "synonyms": ["car", "auto"]}
VAN = {"objectID": "a", "synonyms": ["van", "bus"]}
RULE = {"objectID": "r", "consequence": {}}
BEFORE = RawDefinition(
    settings={"hitsPerPage": 7, "primary": "products", "tradewind": {"weights": {"rrf_k": 30}}},
    synonyms=(CAR,),
    rules=(RULE,),
)


def test_settings_change_one_by_one_and_names_of_indexes_stay() -> None:
    change = settings_changed({"hitsPerPage": None, "primary": "other", "tradewind": {"fields": {"name": "title"}}})
    assert change(BEFORE).settings == {
        "primary": "products",
        "tradewind": {"weights": {"rrf_k": 30}, "fields": {"name": "title"}},
    }


def test_entries_are_put_beside_the_others_or_instead_of_them_in_the_order_of_their_ids() -> None:
    assert entries_put("synonym", [VAN])(BEFORE).synonyms == (VAN, CAR)
    assert entries_put("synonym", [VAN], replaces=True)(BEFORE).synonyms == (VAN,)
    assert entries_put("rule", [], replaces=True)(BEFORE) == RawDefinition(settings=BEFORE.settings, synonyms=(CAR,))


def test_one_entry_is_taken_away_and_one_that_is_not_there_is_gone_already() -> None:
    assert entry_deleted("rule", "r")(BEFORE).rules == ()
    assert entry_deleted("synonym", "never")(BEFORE) == BEFORE


def test_another_definition_is_taken_in_parts_or_whole_without_its_names() -> None:
    source = RawDefinition(settings={"hitsPerPage": 9, "replicas": ["x"]}, synonyms=(VAN,))
    assert taken_from(source, ["synonyms"])(BEFORE) == RawDefinition(
        settings=BEFORE.settings, synonyms=(VAN,), rules=(RULE,)
    )
    assert taken_from(source, None)(BEFORE) == RawDefinition(
        settings={"hitsPerPage": 9, "primary": "products"}, synonyms=(VAN,)
    )


def test_a_change_is_what_the_catalogue_makes_of_it() -> None:
    catalog = MemoryCatalog()
    catalog.put_entries("products", "synonym", [CAR])
    before = own_definition(catalog, "products")
    catalog.put_entries("products", "synonym", [VAN, {**CAR, "synonyms": ["car", "coach"]}])
    catalog.set_settings("products", {"hitsPerPage": 3})
    foreseen = settings_changed({"hitsPerPage": 3})(
        entries_put("synonym", [VAN, {**CAR, "synonyms": ["car", "coach"]}])(before)
    )
    after = own_definition(catalog, "products")
    assert foreseen.settings == after.settings
    assert sorted(foreseen.synonyms, key=str) == sorted(after.synonyms, key=str)
