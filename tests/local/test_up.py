"""What `make up` asks and refuses before it begins."""

from pathlib import Path

import pytest

from local.home import Home
from local.up import StepFailed, only_one, read_wish, step
from tradewind.errors import InputError


def test_the_wish_is_read_from_the_environment(tmp_path: Path) -> None:
    book = tmp_path / "Online Retail.xlsx"
    book.touch()
    wish = read_wish(
        {"TRADEWIND_HOME": str(tmp_path / "home"), "DEMO": "0", "SALES": str(book), "TRADEWIND_API_PORT": "8601"}
    )

    assert (wish.home, wish.demo, wish.workbook) == (tmp_path / "home", False, book)
    assert wish.config.ports.api == 8601


def test_without_settings_the_demo_is_wanted(tmp_path: Path) -> None:
    wish = read_wish({"TRADEWIND_HOME": str(tmp_path), "DEMO": "", "SALES": ""})

    assert (wish.demo, wish.workbook) == (True, None)


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"DEMO": "no"}, "DEMO 'no': give 0 to start empty, or leave it out"),
        ({"SALES": "gone.xlsx"}, "SALES 'gone.xlsx': there is no such file: give the path of a sales file"),
        ({"TRADEWIND_API_PORT": "x"}, "TRADEWIND_API_PORT 'x': give a whole number, or unset it"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, environ: dict[str, str], text: str) -> None:
    with pytest.raises(InputError) as refused:
        read_wish({"TRADEWIND_HOME": str(tmp_path), **environ})
    assert str(refused.value) == text


def test_a_home_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()

    with pytest.raises(InputError) as refused:
        Home(tmp_path).make()
    assert str(refused.value) == (f"TRADEWIND_HOME '{tmp_path}': it holds other files: give a new or an empty folder")


def test_a_second_make_up_of_the_same_home_is_refused(tmp_path: Path) -> None:
    with only_one(tmp_path / "home"), pytest.raises(InputError) as refused, only_one(tmp_path / "home"):
        pass
    assert str(refused.value) == f"make up for {tmp_path}/home: another one is at work: wait until it is done"


def test_a_failed_step_is_named_with_its_reason() -> None:
    with pytest.raises(StepFailed) as failed, step("local cloud"):
        raise InputError("port", "8600 (api) is taken by another program", "stop it or set TRADEWIND_API_PORT")
    assert str(failed.value) == (
        "local cloud: port 8600 (api) is taken by another program: stop it or set TRADEWIND_API_PORT"
    )


def test_a_full_disk_is_told_without_a_trace() -> None:
    with pytest.raises(StepFailed) as failed, step("keys"):
        raise OSError(28, "No space left on device", "keys.json")
    assert str(failed.value) == ("keys: [Errno 28] No space left on device: 'keys.json': mend it and run `make up`")


def test_a_step_that_is_done_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with step("keys"):
        pass
    assert capsys.readouterr().out.startswith("✓ keys (")
