"""Queries through the Athena API."""

import pytest

from tests.cli.athena_answers import CannedAthena
from tradewind.aws.athena import QueryFailed, QueryResult, cost_in_dollars, query

COLUMNS = (("country", "varchar"), ("orders", "bigint"))


def ask(athena: CannedAthena, pauses: list[float] | None = None) -> QueryResult:
    sleep = (pauses if pauses is not None else []).append
    return query(athena.client(), "select 1", database="tradewind", workgroup="tradewind", sleep=sleep)


def test_every_page_is_read_and_the_header_row_is_left_out() -> None:
    athena = CannedAthena(COLUMNS, [[["France", "1"]], [["Norway", "2"]], [["Spain", "3"]]])

    assert list(ask(athena).rows) == [("France", "1"), ("Norway", "2"), ("Spain", "3")]


def test_a_row_that_repeats_the_column_names_is_kept_after_the_header() -> None:
    athena = CannedAthena((("country", "varchar"),), [[["country"], ["France"]]])

    assert list(ask(athena).rows) == [("country",), ("France",)]


def test_null_is_none_and_empty_text_is_empty_text() -> None:
    athena = CannedAthena(COLUMNS, [[[None, "1"], ["", "2"]]])

    assert list(ask(athena).rows) == [(None, "1"), ("", "2")]


def test_a_statement_that_is_no_select_has_no_header_row_and_costs_nothing() -> None:
    result = ask(CannedAthena((("tab_name", "string"),), [[["sales"]]], statement="UTILITY"))

    assert list(result.rows) == [("sales",)]
    assert cost_in_dollars(result.scanned_bytes, reads_data=result.reads_data) == 0.0


def test_it_waits_while_the_query_is_queued_and_runs() -> None:
    pauses: list[float] = []
    ask(CannedAthena(COLUMNS, states=["QUEUED", "RUNNING", "RUNNING", "SUCCEEDED"]), pauses)

    assert pauses == [0.02, 0.04, 0.08]


def test_a_failed_query_gives_athenas_reason() -> None:
    athena = CannedAthena(states=["FAILED"], reason="SYNTAX_ERROR: line 1:8: Column 'reveneu' cannot be resolved")

    with pytest.raises(QueryFailed) as failed:
        ask(athena)
    assert str(failed.value) == "SYNTAX_ERROR: line 1:8: Column 'reveneu' cannot be resolved"


def test_an_interrupted_wait_stops_the_query() -> None:
    athena = CannedAthena(states=["RUNNING"])

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        query(athena.client(), "select 1", database="tradewind", workgroup="tradewind", sleep=interrupt)
    assert athena.stopped == ["q1"]


def test_the_price_is_5_dollars_a_terabyte() -> None:
    assert cost_in_dollars(1024**4, reads_data=True) == 5.0


def test_the_price_is_of_10_megabytes_at_least() -> None:
    assert cost_in_dollars(1, reads_data=True) == 5.0 * 10 * 1024**2 / 1024**4
