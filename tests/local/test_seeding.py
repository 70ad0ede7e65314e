"""What `make up` loads."""

from pathlib import Path

import pytest

from local.seeding import Demo, Nothing, Workbook, decide, read_begun, write_begun

BOOK = Path("/sales/Online Retail.xlsx")


def test_a_fresh_cloud_gets_the_demo() -> None:
    assert decide(begun=None, has_real=False, has_demo=False, demo_wanted=True, workbook=None) == Demo()


def test_a_fresh_cloud_gets_the_workbook_instead_of_the_demo() -> None:
    assert decide(begun=None, has_real=False, has_demo=False, demo_wanted=True, workbook=BOOK) == Workbook(BOOK)


def test_a_fresh_cloud_without_demo_gets_the_workbook_too() -> None:
    assert decide(begun=None, has_real=False, has_demo=False, demo_wanted=False, workbook=BOOK) == Workbook(BOOK)


@pytest.mark.parametrize("demo_wanted", [True, False])
def test_a_cloud_that_was_started_empty_stays_empty(demo_wanted: bool) -> None:
    assert decide(begun="empty", has_real=False, has_demo=False, demo_wanted=demo_wanted, workbook=None) == Nothing(
        "nothing loaded: the cloud was started empty (DEMO=0)"
    )


def test_a_workbook_for_a_cloud_that_was_started_empty_is_told_its_way() -> None:
    assert decide(begun="empty", has_real=False, has_demo=False, demo_wanted=True, workbook=BOOK) == Nothing(
        "nothing loaded: the cloud was started empty (DEMO=0); "
        'load Online Retail.xlsx with: tradewind import sales "/sales/Online Retail.xlsx"'
    )


@pytest.mark.parametrize("demo_wanted", [True, False])
@pytest.mark.parametrize("begun", ["empty", None])
def test_a_cloud_with_data_is_never_loaded_into_again(begun: object, demo_wanted: bool) -> None:
    assert decide(
        begun=begun,  # type: ignore[arg-type]
        has_real=True,
        has_demo=False,
        demo_wanted=demo_wanted,
        workbook=None,
    ) == Nothing("nothing loaded: the cloud has data already")


def test_a_cloud_with_the_demo_does_not_get_a_workbook() -> None:
    decided = decide(begun=None, has_real=False, has_demo=True, demo_wanted=True, workbook=BOOK)

    assert isinstance(decided, Nothing)
    assert decided.why.startswith("nothing loaded: the cloud has the demo's data already; load Online Retail.xlsx with")


def test_a_demo_that_was_cut_short_goes_on() -> None:
    assert decide(begun="demo", has_real=False, has_demo=True, demo_wanted=True, workbook=None) == Demo()


def test_a_demo_that_was_cut_short_does_not_come_back_beside_real_sales() -> None:
    assert isinstance(
        decide(begun="demo", has_real=True, has_demo=False, demo_wanted=True, workbook=None),
        Nothing,
    )


def test_how_a_cloud_was_begun_is_kept_in_its_home(tmp_path: Path) -> None:
    assert read_begun(tmp_path) is None
    write_begun(tmp_path, "empty")
    assert read_begun(tmp_path) == "empty"
