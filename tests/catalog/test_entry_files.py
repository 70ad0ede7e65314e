"""Synonyms and rules in files: what is read, what is refused by line, and that nothing is lost on the way."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.catalog.entry_files import Faulty, FileFormat, format_of, lost_in_csv, read_entries, write_entries

CAR = {"objectID": "car", "type": "synonym", "synonyms": ["car", "auto"]}
TABLET = {"objectID": "tablet", "type": "oneWaySynonym", "input": "tablet", "synonyms": ["ipad"]}
PIN = {"objectID": "pin", "conditions": [{"pattern": "lamp", "anchoring": "is"}], "consequence": {"params": {}}}

words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8)
phrases = st.one_of(words, st.builds(lambda one, other: f"{one}, {other}", words, words))
lists = st.lists(phrases, min_size=1, max_size=4)
synonyms = st.one_of(
    st.fixed_dictionaries({"objectID": words, "type": st.just("synonym"), "synonyms": lists}),
    st.fixed_dictionaries({"objectID": words, "type": st.just("oneWaySynonym"), "input": phrases, "synonyms": lists}),
    st.fixed_dictionaries({"objectID": words, "type": st.just("altCorrection1"), "word": words, "corrections": lists}),
    st.fixed_dictionaries(
        {"objectID": words, "type": st.just("placeholder"), "placeholder": words, "replacements": lists}
    ),
)


def faults(text: str, kind: Any = "synonym", form: FileFormat = "array") -> list[str]:
    with pytest.raises(Faulty) as refused:
        read_entries(text, kind, form)
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize("form", ["array", "lines", "csv"])
@given(entries=st.lists(synonyms, max_size=5, unique_by=lambda entry: entry["objectID"]))
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_read_again_in_every_form(form: FileFormat, entries: list[dict[str, Any]]) -> None:
    assert list(read_entries(write_entries(entries, form), "synonym", form)) == entries


def test_a_json_array_and_json_lines_are_told_apart_by_what_is_in_them() -> None:
    array = json.dumps([CAR, TABLET], indent=2)
    lines = f"{json.dumps(CAR)}\n\n{json.dumps(TABLET)}\n"
    assert read_entries(array, "synonym", "lines") == read_entries(lines, "synonym", "array") == (CAR, TABLET)
    assert read_entries("", "synonym", "array") == read_entries("[ ]", "rule", "array") == ()


def test_the_highlights_of_an_answer_are_left_out() -> None:
    (read,) = read_entries(json.dumps([{**PIN, "_highlightResult": {"objectID": {}}}]), "rule", "array")
    assert read == PIN


def test_csv_has_the_keys_of_the_json_as_columns_and_lists_in_cells() -> None:
    text = 'type,input,synonyms\n,,"car, auto"\nonewaysynonym,tablet,"ipad,""tab, galaxy"""\n'
    first, second = read_entries(text, "synonym", "csv")
    assert (first["type"], first["synonyms"]) == ("synonym", ["car", "auto"])
    assert (second["input"], second["synonyms"]) == ("tablet", ["ipad", "tab, galaxy"])


def test_rows_without_an_id_get_the_same_one_every_time() -> None:
    text = 'synonyms\n"car,auto"\n'
    (first,), (again,) = read_entries(text, "synonym", "csv"), read_entries(text, "synonym", "csv")
    (other,) = read_entries('synonyms\n"car,van"\n', "synonym", "csv")
    assert first["objectID"] == again["objectID"] != other["objectID"]


def test_a_spreadsheet_with_semicolons_is_read_too() -> None:
    (read,) = read_entries("objectID;synonyms\r\n1;car, auto\r\n", "synonym", "csv")
    assert read == {"objectID": "1", "type": "synonym", "synonyms": ["car", "auto"]}


def test_every_wrong_entry_is_named_by_its_line() -> None:
    text = "\n".join(map(json.dumps, [CAR, {"objectID": "x", "type": "synonym"}, {"synonyms": ["a"]}, 7]))
    assert faults(text) == [
        "line 2, synonyms null: a synonym needs a list of words",
        "line 3, objectID null: a synonym needs one",
        "line 4, synonym 7: must be an object",
    ]


def test_lines_of_an_array_over_several_lines_are_those_where_an_entry_begins() -> None:
    text = '[\n  {"objectID": "car",\n   "synonyms": ["a"]},\n\n  {"objectID": "b"}\n]'
    assert faults(text) == ["line 5, synonyms null: a synonym needs a list of words"]


def test_an_id_that_comes_twice_is_refused_with_both_lines() -> None:
    text = f"{json.dumps(CAR)}\n{json.dumps(TABLET)}\n{json.dumps(CAR)}"
    assert faults(text) == ['line 3, objectID "car": line 1 has it, too: keep one of the two']


def test_a_rule_is_checked_as_the_protocol_checks_it() -> None:
    rule = {**PIN, "conditions": [{"anchoring": "near"}]}
    (told,) = faults(json.dumps([rule]), "rule")
    assert told.startswith('line 1, conditions.anchoring "near": must be one of is,')


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[{"objectID": "a", "synonyms": ["a"]}', "line 1"),
        ('[{"objectID": "a", "synonyms": ["a"]} {"objectID": "b"}]', "a comma is missing"),
        ("[]\n[]", "something follows the array"),
        ('{"objectID": NaN}', "is no JSON"),
        ("synonyms", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('[{"objectID": "a", "synonyms": ["a"]},', "is no JSON"),
        ('{"objectID": "a", "synonyms": ["\\ud800"]}', "cannot be stored"),
        ('{"objectID": "a", "synonyms": ["%s"]}' % ("a" * 400_000), "400,0"),
    ],
)
def test_what_is_no_json_or_cannot_be_stored_is_one_error(text: str, why: str) -> None:
    (told,) = faults(text)
    assert why in told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the first line names the columns, of which synonyms is needed"),
        ("car,auto\n", "line 1 'car,auto': the first line names the columns"),
        ('synonyms\n"car\n', "cannot be read"),
        ("type,synonyms\nsynonym,car,auto\n", "line 2, cell 'auto': is one more than the columns"),
        ("type,synonyms\nonewaysynonym,car\n", "line 2, input null: a onewaysynonym needs it"),
        ('type,synonyms\nsynonym,"a\nb"\n\nsinonym,c\n', 'line 5, type "sinonym"'),
    ],
)
def test_csv_that_says_something_else_is_refused_by_line(text: str, why: str) -> None:
    (told,) = faults(text, form="csv")
    assert why in told


def test_the_name_says_the_form_and_what_csv_has_no_column_for_is_told() -> None:
    assert [format_of(name) for name in ("a.CSV", "b.jsonl", "c.ndjson", "d.json", "-")] == [
        *("csv", "lines", "lines", "array", "array")
    ]
    assert lost_in_csv([CAR, {**TABLET, "note": "from Ann"}]) == {"note"}
