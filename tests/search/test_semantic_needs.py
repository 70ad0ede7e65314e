"""Vague queries surface fitting products that share no word with them (tests/search/semantic_needs.json)."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.missing import missing
from tests.search.test_embedded import built
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.settings import parse_settings
from tradewind.search.answering import answer
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.encoder import TextEncoder
from tradewind.search.onnx_encoder import encoder_folder, load_encoder
from tradewind.search.request import SearchRequest
from tradewind.search.text import stem, stop_words, words

NEEDS: dict[str, Any] = json.loads((Path(__file__).parent / "semantic_needs.json").read_text())
TOP = 5
# Queries that the encoder does not understand well enough, measured: "growing things" is read as cufflinks and gifts,
# "battery always empty" as a drill.
KNOWN_TO_FAIL = {"present for somebody who loves growing things", "battery always empty on the go"}
SETTINGS = {
    "searchableAttributes": ["name", "description"],
    "tradewind": {"fields": {"name": "name", "description": "description"}},
}


def _stems(text: str) -> set[str]:
    return {stem(word, "en") for word in words(text) if word not in stop_words("en")}


def test_no_fitting_product_shares_a_word_with_its_query() -> None:
    texts = {each["objectID"]: f"{each['name']} {each['description']}" for each in NEEDS["products"]}
    assert len(texts) >= 80
    assert len(NEEDS["needs"]) >= 15
    for need in NEEDS["needs"]:
        for object_id in need["fitting"]:
            assert not _stems(need["query"]) & _stems(texts[object_id]), (need["query"], object_id)


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    found = load_encoder(encoder_folder(os.environ))
    if found is None:
        missing("the encoder is not built: `make encoder` builds it")
    return found


def test_a_fitting_product_is_among_the_first_five(encoder: TextEncoder, tmp_path: Path) -> None:
    definition = IndexDefinition(settings=parse_settings(SETTINGS))
    index = EmbeddedIndex(built(tmp_path, NEEDS["products"], definition, encoder), definition)
    missed = set()
    for need in NEEDS["needs"]:
        answered = answer(
            SearchRequest(query=need["query"], hits_per_page=TOP),
            name="needs",
            index=index,
            definition=definition,
            encoder=encoder,
            now=datetime(2026, 5, 1, tzinfo=UTC),
            query_id="0" * 32,
        )
        if not {each.hit.object_id for each in answered.shown} & set(need["fitting"]):
            missed.add(need["query"])
    assert missed <= KNOWN_TO_FAIL
