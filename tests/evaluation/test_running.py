"""Judged queries through the engine, and the command around it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.search.fake_encoder import BagOfWordsEncoder
from tradewind.catalog.settings import Weights
from tradewind.cli.main import cli
from tradewind.errors import InputError
from tradewind.evaluation.judgements import Judgement, judge
from tradewind.evaluation.product_file import open_products
from tradewind.evaluation.running import Searched, ranking, run_scores
from tradewind.evaluation.saved_runs import Evaluation, figures, from_json, to_json
from tradewind.evaluation.scoring import RunScores
from tradewind.evaluation.temporary_index import temporary_index
from tradewind.evaluation.vector_memory import RememberingEncoder

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PRODUCTS = """sku,name,description
lamp,Brass desk lamp,shines
light,Bedside light,shines softly
rug,Wool rug,lies on the floor
kettle,Steel kettle,boils
"""
JUDGEMENTS = "query,sku,grade\nlamp,lamp,3\nlamp,light,2\nlamp,rug,0\nkettle,kettle,3\nkettle,gone,0\n"
# "lamp" and "light" mean the same to this encoder, and nothing else does.
ENCODER = BagOfWordsEncoder({"light": "lamp"})


@pytest.fixture
def products(tmp_path: Path) -> Path:
    file = tmp_path / "shop.csv"
    file.write_text(PRODUCTS)
    return file


@pytest.fixture
def searched(products: Path, tmp_path: Path) -> Searched:
    given = open_products(products, currency="GBP")
    index = temporary_index(given.records, given.definition, ENCODER, folder=tmp_path / "index", now=NOW)
    weights = Weights(similarity_floor=0.2)
    return Searched(index=index, definition=given.definition, encoder=ENCODER, now=NOW, weights=weights)


def test_the_index_holds_exactly_the_given_products(searched: Searched) -> None:
    assert searched.index.records == 4
    assert [object_id for object_id, _ in searched.index.scan()] == ["kettle", "lamp", "light", "rug"]


def test_words_find_words_and_meaning_finds_meaning(searched: Searched) -> None:
    assert ranking(searched, "lamp", "bm25") == ("lamp",)
    assert set(ranking(searched, "lamp", "vector")) == {"lamp", "light"}
    assert ranking(searched, "lamp", "hybrid") == ("lamp", "light")


def test_a_run_scores_every_judged_query(searched: Searched) -> None:
    judged = judge([Judgement("lamp", "lamp", 3), Judgement("lamp", "light", 2), Judgement("rug", "rug", 0)])
    told: list[tuple[int, int]] = []
    scores = run_scores(searched, judged, "hybrid", lambda *step: told.append(step))
    assert scores.queries["lamp"].ndcg == 1
    assert scores.queries["lamp"].recall == 1
    assert told == [(1, 2), (1, 2)]


def test_without_an_encoder_there_is_one_run(searched: Searched) -> None:
    alone = Searched(index=searched.index, definition=searched.definition, encoder=None, now=NOW)
    other = Searched(index=searched.index, definition=searched.definition, encoder=BagOfWordsEncoder(name="x"), now=NOW)
    assert (searched.runs, alone.runs, other.runs) == (("bm25", "vector", "hybrid"), ("bm25",), ("bm25",))


def test_a_file_without_products_says_what_is_wrong_with_its_first_row(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text("sku,name\n,lamp\n")
    with pytest.raises(InputError, match=r"has no product: sku is missing.*row 1"):
        open_products(file, currency="GBP")


def test_a_saved_run_comes_back(searched: Searched) -> None:
    judged = judge([Judgement("lamp", "lamp", 3), Judgement("lamp", "light", 2), Judgement("rug", "rug", 0)])
    runs: dict[str, RunScores] = {run: run_scores(searched, judged, run) for run in searched.runs}
    done = Evaluation(
        at=NOW, index="shop", version="1", encoder="e", weights={"rrf_k": 60.0}, judgements="j.csv", runs=runs
    )
    assert from_json(to_json(done), source="x") == done
    assert done.name == "20261121T000000-shop"
    with pytest.raises(InputError, match="saved run x: is not one"):
        from_json('{"at": 1}', source="x")


def test_vectors_are_computed_once(tmp_path: Path) -> None:
    class Counting(BagOfWordsEncoder):
        asked = 0

        def encode_many(self, texts):  # type: ignore[no-untyped-def]
            self.asked += len(texts)
            return super().encode_many(texts)

    file = tmp_path / "vectors.npz"
    first = Counting()
    memory = RememberingEncoder(first, file)
    memory.encode_many(["a", "b", "a"])
    memory.save()
    second = Counting()
    again = RememberingEncoder(second, file)
    vectors = again.encode_many(["b", "c", "a"])
    assert (first.asked, second.asked) == (2, 1)
    assert (vectors == ENCODER.encode_many(["b", "c", "a"])).all()
    other = Counting(name="another encoder")
    RememberingEncoder(other, file).encode_many(["a"])
    assert other.asked == 1
    file.write_bytes(b"damaged")
    assert RememberingEncoder(Counting(), file).encode_many([]).shape == (0, 384)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENCODER_FOLDER", str(tmp_path / "no-encoder"))
    return tmp_path / "home"


def test_the_command_prints_one_json_object_and_saves_the_run(products: Path, tmp_path: Path, home: Path) -> None:
    judgements = tmp_path / "judgements.csv"
    judgements.write_text(JUDGEMENTS)
    ask = ["evaluate", "search", str(judgements), "--products", str(products), "--json"]
    done = CliRunner().invoke(cli, ask, standalone_mode=False)
    assert done.exception is None
    told = json.loads(done.stdout)
    assert told["queries"] == 2
    assert list(told["runs"]) == ["bm25"]  # without an encoder
    assert list(told["runs"]["bm25"]) == ["ndcg@10", "judged_ndcg@10", "mrr@10", "recall@100"]
    assert told["runs"]["bm25"]["recall@100"] == (1 / 2 + 1) / 2  # "light" shares no word with "lamp"
    assert "1 of 5 judged products are not in the index" in done.stderr
    assert "by words alone" in done.stderr
    (saved,) = (home / "evaluations" / "search").glob("*.json")
    assert figures(from_json(saved.read_text(), source="saved")) == told


def test_the_command_compares_with_a_saved_run(products: Path, tmp_path: Path, home: Path) -> None:
    judgements = tmp_path / "judgements.csv"
    judgements.write_text(JUDGEMENTS)
    ask = ["evaluate", "search", str(judgements), "--products", str(products)]
    CliRunner().invoke(cli, ask, standalone_mode=False)
    (saved,) = (home / "evaluations" / "search").glob("*.json")
    before = tmp_path / "before.json"
    saved.rename(before)
    done = CliRunner().invoke(cli, [*ask, "--against", str(before)], standalone_mode=False)
    assert done.exception is None
    assert "nDCG@10 +0.0000" in done.stdout
    assert "may be chance" in done.stdout


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--weights", "{", "is no JSON"),
        ("--weights", "nowhere.json", "cannot be read"),
        ("--weights", '{"k": 1}', r"--weights\.k"),
        ("--against", "nothing", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named(
    products: Path, tmp_path: Path, home: Path, option: str, value: str, named: str
) -> None:
    judgements = tmp_path / "judgements.csv"
    judgements.write_text(JUDGEMENTS)
    ask = ["evaluate", "search", str(judgements), "--products", str(products), option, value]
    done = CliRunner().invoke(cli, ask, standalone_mode=False)
    assert isinstance(done.exception, InputError)
    done.exception.args = (str(done.exception),)
    with pytest.raises(InputError, match=named):
        raise done.exception


def test_remembered_vectors_change_no_spelling(tmp_path: Path) -> None:
    class Knowing(BagOfWordsEncoder):
        def knows(self, word: str) -> bool:
            return word == "lamp"

    memory = RememberingEncoder(Knowing(), tmp_path / "vectors.npz")
    assert [memory.knows("lamp"), memory.knows("lmap")] == [True, False]
    assert not RememberingEncoder(BagOfWordsEncoder(), tmp_path / "vectors.npz").knows("lamp")


def test_the_first_ten_are_the_same_however_deep_one_looks(searched: Searched) -> None:
    assert ranking(searched, "lamp", "hybrid", depth=1) == ranking(searched, "lamp", "hybrid")[:1] == ("lamp",)
