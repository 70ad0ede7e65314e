"""OpenSearch beside our search: what both sides are asked, and what is said where there is no server."""

from pathlib import Path

import pytest

from benchmarks import search_opensearch
from benchmarks.search_catalogue import DEFINITION, TopicEncoder, products, stored
from tests.search.oracle_index import OracleIndex


def test_the_settings_that_are_sent_are_those_of_the_embedded_index() -> None:
    sent, ours = search_opensearch.RAW.parsed().settings, DEFINITION.settings
    names = ("searchable", "facets", "custom_ranking", "fields")
    assert {name: getattr(sent, name) for name in names} == {name: getattr(ours, name) for name in names}


def test_a_text_has_the_same_vector_whenever_it_is_encoded() -> None:
    made = list(products(3))
    encoder = TopicEncoder(None)
    texts = [f"{each.record['name']}. more" for each in made]
    first = encoder.encode_many(texts)
    assert (encoder.encode_many(list(reversed(texts)))[::-1] == first).all()


def test_words_and_meaning_are_asked_under_the_same_filter() -> None:
    words, meaning = search_opensearch.plain_query("cup", "Dining", [0.5])["query"]["hybrid"]["queries"]
    filter = words["bool"]["filter"]
    assert filter == [{"term": {"categories.lvl0": "Dining"}}, {"range": {"price": {"lt": 60}}}]
    assert meaning["knn"]["vector"]["filter"] == {"bool": {"filter": filter}}


def test_without_a_server_our_own_answers_are_measured_and_what_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENSEARCH_URL", raising=False)
    monkeypatch.setenv("TRADEWIND_SHARED", str(tmp_path))
    made = list(products(30))
    encoder = TopicEncoder(None)
    index = OracleIndex(stored(made), DEFINITION, encoder)
    figures = search_opensearch.opensearch_figures(made, index, encoder, lambda *_: None, count=2)
    assert [each.ours is None for each in figures] == [False, False, False, False, True]
    assert "set OPENSEARCH_URL" in figures[-1].how
