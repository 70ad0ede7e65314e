"""Versions of an embedded index: small changes, vectors that follow, damaged files, other settings."""

from collections.abc import Callable
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.search.fake_encoder import BagOfWordsEncoder
from tests.search.shop import EXACTLY, RECORDS, SETTINGS, SHOP, stored, the_words
from tests.search.test_embedded import NOW, built
from tradewind.catalog.definition import IndexDefinition
from tradewind.catalog.record import StoredRecord
from tradewind.catalog.settings import FacetAttribute, SortKey, Weights
from tradewind.search.embedded.building import build
from tradewind.search.embedded.index import EmbeddedIndex
from tradewind.search.embedded.opening import OpenedSnapshot, open_snapshot
from tradewind.search.filters import FacetIs
from tradewind.search.index import IndexUnavailable
from tradewind.search.plan import Plan

MANY: list[dict[str, Any]] = [
    {"objectID": f"{n:03}", "name": f"Lamp {n}", "brand": "Acme" if n % 2 else "Bolt", "price": n} for n in range(300)
]


class CountingEncoder(BagOfWordsEncoder):
    def __init__(self, name: str = "bag-of-words/1") -> None:
        super().__init__(name=name)
        self.texts: list[str] = []

    def encode_many(self, texts: Any) -> Any:
        self.texts += texts
        return super().encode_many(texts)


def times(count: int) -> Callable[[], bool]:
    """Return an `encode_for` that allows so many chunks, of 16 texts each."""
    left = iter([*repeat(True, count), False])
    return lambda: next(left)


def index(snapshot: OpenedSnapshot) -> EmbeddedIndex:
    return EmbeddedIndex(snapshot, SHOP)


def new_files(snapshot: OpenedSnapshot, before: OpenedSnapshot) -> set[str]:
    known = {file.sha256 for file in before.manifest.files}
    return {file.name.split("-")[0] for file in snapshot.manifest.files if file.sha256 not in known}


def test_a_small_change_writes_a_small_segment_and_leaves_the_other_files(tmp_path: Path) -> None:
    first = built(tmp_path, MANY, SHOP, BagOfWordsEncoder())
    changed = [{**MANY[7], "price": 7000}, {"objectID": "new", "name": "Vase"}]
    second = built(tmp_path, changed, SHOP, BagOfWordsEncoder(), base=first, deletes=["008"], version="2")
    assert new_files(second, first) == {
        "index",
        "s0000/live",
        "s0001/records",
        "s0001/words",
        "s0001/columns",
        "s0001/vectors",
    }
    held = index(second)
    assert (held.records, held.unencoded) == (300, 0)
    assert held.get(["007", "008", "new"]) == [stored(changed)[0].body, None, stored(changed)[1].body]
    assert held.search(Plan(words=the_words("lamp"))).count == 299


def test_segments_are_merged_before_a_tenth_of_the_rows_is_outside_the_first(tmp_path: Path) -> None:
    snapshot = built(tmp_path, MANY, SHOP)
    for n in range(60):
        snapshot = built(tmp_path, [{"objectID": f"x{n}", "name": "Vase"}], SHOP, base=snapshot)
        outside = sum(segment.live_rows for segment in snapshot.segments[1:])
        assert outside <= 0.1 * snapshot.manifest.records
        assert len(snapshot.segments) <= 6
    assert index(snapshot).search(Plan(words=the_words("vase"))).count == 60


def test_the_same_records_give_the_same_files(tmp_path: Path) -> None:
    one, other = (built(tmp_path / name, MANY, SHOP, BagOfWordsEncoder()) for name in "ab")
    assert one.manifest.files == other.manifest.files


def test_deleting_and_putting_in_one_build_leaves_the_record(tmp_path: Path) -> None:
    first = built(tmp_path, MANY, SHOP)
    second = built(tmp_path, [MANY[3]], SHOP, base=first, deletes=["003", "never"])
    assert index(second).records == 300


def test_nothing_to_do_changes_nothing_but_the_version(tmp_path: Path) -> None:
    first = built(tmp_path, MANY, SHOP, BagOfWordsEncoder())
    second = built(tmp_path, [], SHOP, BagOfWordsEncoder(), base=first, version="2")
    assert (second.manifest.files, second.manifest.version) == (first.manifest.files, "2")


def test_vectors_follow_in_later_builds(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    snapshot = built(tmp_path, MANY, SHOP, encoder, encode_for=lambda: False)
    assert (snapshot.manifest.unencoded, snapshot.manifest.encoder) == (300, None)
    left = []
    while snapshot.manifest.unencoded:
        snapshot = built(tmp_path, [], SHOP, encoder, base=snapshot, encode_for=times(4))
        left.append(snapshot.manifest.unencoded)
    assert left == [300 - 64, 300 - 128, 300 - 192, 300 - 256, 0]
    assert len(encoder.texts) == 300
    assert snapshot.manifest.encoder == encoder.name
    lamp = Plan(vector=encoder.encode("Lamp 7"), weights=Weights(similarity_floor=0.9))
    assert [hit.object_id for hit in index(snapshot).search(lamp).hits] == ["007"]


def test_what_was_just_put_gets_its_vector_before_what_waits_for_longer(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    waiting = built(tmp_path, MANY, SHOP, encoder, encode_for=lambda: False)
    edited = built(tmp_path, [{"objectID": "new", "name": "Vase"}], SHOP, encoder, base=waiting, encode_for=times(1))
    assert (encoder.texts, edited.manifest.unencoded) == (["Vase"], 300)
    encoder.texts.clear()
    # Found without a vector by a build that puts nothing: still the newest segment first.
    edited = built(
        tmp_path, [{"objectID": "new", "name": "Jug"}], SHOP, encoder, base=waiting, encode_for=lambda: False
    )
    built(tmp_path, [], SHOP, encoder, base=edited, encode_for=times(2))
    assert encoder.texts == ["Jug", *(f"Lamp {n}" for n in range(16))]


def test_what_was_just_put_comes_first_even_where_all_becomes_one_segment(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    waiting = built(tmp_path, MANY, SHOP, encoder, encode_for=lambda: False)
    edits = [{**MANY[n], "name": f"Vase {n}"} for n in range(260, 300)]  # 40 of 300: more than a tenth
    edited = built(tmp_path, edits, SHOP, encoder, base=waiting, encode_for=times(3))
    assert len(edited.segments) == 1
    assert encoder.texts[:40] == [f"Vase {n}" for n in range(260, 300)]
    assert encoder.texts[40:] == [f"Lamp {n}" for n in range(8)]  # 3 x 16 = 48
    assert edited.manifest.unencoded == 252
    vase = Plan(vector=encoder.encode("Vase 270"), weights=Weights(similarity_floor=0.9))
    assert [hit.object_id for hit in index(edited).search(vase).hits] == ["270"]


def test_only_changed_texts_are_encoded_again(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    first = built(tmp_path, MANY, SHOP, encoder)
    encoder.texts.clear()
    changes = [{**record, "price": 1} for record in MANY[:200]] + [{**MANY[200], "name": "Teapot"}]
    second = built(tmp_path, changes, SHOP, encoder, base=first)
    assert encoder.texts == ["Teapot"]
    assert second.manifest.unencoded == 0


def test_vectors_of_another_encoder_are_not_kept(tmp_path: Path) -> None:
    first = built(tmp_path, MANY, SHOP, CountingEncoder("one"))
    other = CountingEncoder("other")
    second = built(tmp_path, [], SHOP, other, base=first, encode_for=times(8))
    assert (second.manifest.encoder, second.manifest.unencoded, len(other.texts)) == ("other", 300 - 128, 128)


def test_without_an_encoder_vectors_stay_and_new_products_wait(tmp_path: Path) -> None:
    first = built(tmp_path, MANY, SHOP, BagOfWordsEncoder())
    second = built(tmp_path, [{"objectID": "new", "name": "Vase"}], SHOP, None, base=first)
    assert (second.manifest.encoder, second.manifest.unencoded) == (BagOfWordsEncoder().name, 1)


def test_other_facets_and_places_are_built_from_the_records_of_before(tmp_path: Path) -> None:
    first = built(tmp_path, RECORDS, SHOP)
    settings = replace(SETTINGS, facets=(FacetAttribute("family"),), searchable=(), distinct_attribute=None)
    definition = IndexDefinition(settings=settings)
    second = EmbeddedIndex(built(tmp_path, [], definition, base=first), definition)
    assert second.search(Plan(filter=FacetIs("family", "runner"))).count == 2
    assert second.search(Plan(filter=FacetIs("brand", "Acme"))).count == 0
    assert second.search(Plan(words=the_words("crofter"))).count == 2


def test_a_change_of_weights_or_ranking_builds_nothing(tmp_path: Path) -> None:
    first = built(tmp_path, RECORDS, SHOP)
    settings = replace(SETTINGS, weights=EXACTLY, custom_ranking=(SortKey("price", "asc"),))
    second = built(tmp_path, [], IndexDefinition(settings=settings), base=first)
    assert second.manifest.files == first.manifest.files


def test_a_replica_searches_the_same_files_under_its_own_definition(tmp_path: Path) -> None:
    primary = index(built(tmp_path, RECORDS, SHOP))
    by_price = IndexDefinition(settings=replace(SETTINGS, sort=(SortKey("price", "asc"),)))
    replica = primary.with_definition(by_price)
    assert replica.definition is by_price
    assert (replica.version, replica.records) == (primary.version, primary.records)


def test_the_last_record_can_be_deleted(tmp_path: Path) -> None:
    first = built(tmp_path, RECORDS[:1], SHOP, BagOfWordsEncoder())
    second = built(tmp_path, [], SHOP, BagOfWordsEncoder(), base=first, deletes=["a"])
    assert (second.manifest.records, second.manifest.encoder) == (0, None)
    assert index(second).search(Plan(words=the_words("shoes"), facets=("brand",))).count == 0


def test_words_of_deleted_products_are_not_known(tmp_path: Path) -> None:
    first = built(tmp_path, [*MANY, {"objectID": "t", "name": "Teapot"}], SHOP)
    second = built(tmp_path, [], SHOP, base=first, deletes=["t"])
    words = index(second).vocabulary
    assert (words.products_with("teapot"), words.near("teapt", 1), words.beginning("tea", 5)) == (0, [], [])


@pytest.mark.parametrize("damage", ["missing", "short", "empty", "other"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    manifest = built(tmp_path, RECORDS, SHOP, BagOfWordsEncoder()).manifest
    for file in manifest.files:
        path = tmp_path / file.name
        whole = path.read_bytes()
        path.unlink()
        if damage == "short":
            path.write_bytes(whole[:-1])
        elif damage == "empty":
            path.write_bytes(b"")
        elif damage == "other":
            path.write_bytes(b"x" * len(whole))
        with pytest.raises(IndexUnavailable, match=file.name):
            open_snapshot(manifest, tmp_path)
        path.write_bytes(whole)
    open_snapshot(manifest, tmp_path)


def test_another_format_is_refused_by_name(tmp_path: Path) -> None:
    manifest = replace(built(tmp_path, RECORDS, SHOP).manifest, format=99)
    with pytest.raises(IndexUnavailable, match="format 99"):
        open_snapshot(manifest, tmp_path)


def test_files_are_found_by_their_hashes_too(tmp_path: Path) -> None:
    manifest = built(tmp_path / "built", RECORDS, SHOP).manifest
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    for file in manifest.files:
        (tmp_path / "built" / file.name).rename(fetched / file.sha256)
    assert index(open_snapshot(manifest, fetched)).records == len(RECORDS)


def test_a_record_that_is_no_object_is_named(tmp_path: Path) -> None:
    for body in (b"{", b"[]"):
        with pytest.raises(ValueError, match="'broken'"):
            build(
                base=None,
                upserts=[StoredRecord("broken", body)],
                deletes=(),
                definition=SHOP,
                encoder=None,
                index_id="shop",
                version="1",
                now=NOW,
                folder=tmp_path,
                encode_for=lambda: True,
            )
