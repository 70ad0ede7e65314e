"""The table of parameters in docs/algolia.md against the code's own."""

import re
from pathlib import Path

from tradewind.protocols.algolia import routes
from tradewind.protocols.algolia.table import PARAMETERS

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "algolia.md").read_text()
_ROW = re.compile(r"^\| `(\w+)` \| (full|partial|ignored) \| (.*?) ?\|$", re.MULTILINE)


def test_every_parameter_is_in_the_docs_as_it_is_in_the_code() -> None:
    assert _ROW.findall(DOCS) == [(name, each.support, each.note) for name, each in PARAMETERS.items()]


def test_a_parameter_that_is_not_full_says_what_is_missing_or_does_nothing() -> None:
    assert [name for name, each in PARAMETERS.items() if each.support == "partial" and not each.note] == []


def test_each_path_names_a_verb_that_exists() -> None:
    from tradewind.search.serving.edits import VERBS as EDITS
    from tradewind.search.serving.reading import VERBS as READS

    assert {route.verb for route in routes.ROUTES if route.part == "reads"} == set(READS)
    assert {route.verb for route in routes.ROUTES if route.part == "edits"} == set(EDITS)


def test_what_the_gateway_sends_to_the_reader_is_what_it_reads() -> None:
    for path, methods in routes.gateway_paths("reads").items():
        for method in methods:
            index = "*" if path.endswith(("/queries", "/objects")) else "shoes"
            match = routes.match_of(method, path.replace("{index}", index).replace("{name}", "brand"))
            assert match is not None
            assert match.route.part == "reads"
    found = routes.match_of("GET", "/1/indexes/shoes/settings")
    assert found is not None
    assert found.route.verb == "get_settings"
