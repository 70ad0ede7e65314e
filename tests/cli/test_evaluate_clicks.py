"""`tradewind evaluate clicks`: what is asked of Athena, and what is made of the answer."""

from datetime import date

import pytest

from tests.cli.athena_answers import CannedAthena
from tests.cli.conftest import IndexedShop, Run
from tradewind.aws import clients, wiring
from tradewind.cli.click_judging import question
from tradewind.evaluation.judgements import Judgement

COLUMNS = (
    ("query", "varchar"),
    ("sku", "varchar"),
    ("position", "integer"),
    ("shown", "bigint"),
    ("clicked", "bigint"),
)
# Rank 2 is looked at half as often; each product was at both ranks. a attracts .4, b .2: grades 3 and 1.5, rounded.
ROWS = [
    ["lamp", "a", "1", "4000", "1600"],
    ["lamp", "a", "2", "4000", "800"],
    ["lamp", "b", "1", "4000", "800"],
    ["lamp", "b", "2", "4000", "400"],
]


@pytest.fixture
def athena(shop: IndexedShop, monkeypatch: pytest.MonkeyPatch) -> CannedAthena:
    answers = CannedAthena(COLUMNS, [ROWS])
    monkeypatch.setattr(clients, "athena", answers.client)
    return answers


def test_clicks_become_judgements_beside_the_imported_ones(run: Run, athena: CannedAthena) -> None:
    wiring.judgement_store().put("products", [Judgement("rug", "r", 1)])
    said = run("evaluate", "clicks")
    assert said.out == "2 judgements of 1 queries from clicks guard the settings of products\n"
    assert wiring.judgement_store().get("products") == (Judgement("rug", "r", 1),)
    kept = {each.sku: each.grade for each in wiring.judgement_store().get("products", "clicks")}
    assert kept["a"] == 3
    assert kept["b"] in (1, 2)
    guarding = wiring.judgement_store().guarding("products")
    assert guarding is not None
    assert set(guarding.queries) == {"rug", "lamp"}


def test_too_few_events_say_how_many_more_are_needed_and_store_nothing(
    run: Run, shop: IndexedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = CannedAthena(COLUMNS, [[["lamp", "a", "1", "800", "20"]]])
    monkeypatch.setattr(clients, "athena", few.client)
    said = run("evaluate", "clicks", "--days", "7")
    assert said.status == 1
    assert "800 products shown, 20 clicks since" in said.out
    assert said.out.endswith("needs 9,200 more products shown and 480 more clicks\n")
    assert wiring.judgement_store().guarding("products") is None
    enough = run("evaluate", "clicks", "--min-shown", "800", "--min-clicks", "20")
    assert enough.status == 0


def test_they_can_be_looked_at_first(run: Run, athena: CannedAthena) -> None:
    said = run("evaluate", "clicks", "--print")
    assert said.out.splitlines()[:2] == ["query,sku,grade", "lamp,a,3.0"]
    assert wiring.judgement_store().guarding("products") is None


def test_a_query_that_athena_refuses_is_one_line(run: Run, shop: IndexedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "athena", CannedAthena(states=["FAILED"], reason="no such view").client)
    said = run("evaluate", "clicks")
    assert (said.status, said.err.splitlines()[-1]) == (1, "error: no such view")


def test_the_question_is_for_one_index_since_a_day() -> None:
    asked = question("o'brien", date(2026, 10, 22))
    assert "index_name = 'o''brien' and date >= date '2026-10-22'" in asked
