import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Cost, alternate, amount, cost_of, figure, median_cost, report, skipped


def test_the_ratio_is_ours_by_rival_and_the_goal_is_the_most_it_may_be() -> None:
    met = figure("a", ours=2.6, rival=2.0, goal=1.3, unit="CPU s", how="")
    missed = figure("a", ours=2.7, rival=2.0, goal=1.3, unit="CPU s", how="")
    assert (met.ratio, met.met) == (1.3, True)
    assert (missed.ratio, missed.met) == (1.35, False)


def test_without_a_rival_the_goal_is_the_most_that_ours_may_be() -> None:
    assert figure("memory", ours=1.4, goal=1.5, unit="GB", how="").met is True
    assert figure("memory", ours=1.6, goal=1.5, unit="GB", how="").met is False
    assert figure("memory", ours=1.6, goal=1.5, unit="GB", how="").ratio is None


def test_a_figure_without_a_goal_is_neither_met_nor_missed() -> None:
    assert figure("import", ours=3, rival=2, unit="CPU s", how="").met is None


def test_a_figure_that_was_not_measured_says_why_and_is_not_met() -> None:
    left_out = skipped("import", goal=1.3, unit="CPU s", reason="no workbook")
    assert (left_out.ours, left_out.met, left_out.how) == (None, None, "not measured: no workbook")


def test_the_sides_take_turns_after_a_call_to_warm_each() -> None:
    calls: list[str] = []
    alternate({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=5)
    assert "".join(calls) == "ab" + "ab" * 5


def test_fewer_than_five_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="rounds must be >= 5, got 4"):
        alternate({"a": lambda: None}, rounds=4)


def test_the_median_is_not_moved_by_one_slow_round() -> None:
    slow = [Cost(cpu=cpu, wall=wall) for cpu, wall in ((1, 2), (1, 90), (60, 2), (1, 2), (2, 3))]
    assert median_cost(slow) == Cost(cpu=1, wall=2)


def test_the_cpu_of_a_child_process_counts() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    assert cost_of(lambda: subprocess.run([sys.executable, "-c", busy], check=True)).cpu >= 0.3


def test_the_report_is_a_table_and_a_file_that_programs_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = [
        figure("reading", ours=2.7, rival=2.0, goal=1.3, unit="CPU s", how="side by side"),
        skipped("memory", goal=1.5, unit="GB", reason="no cloud"),
    ]
    assert report("sample", figures, results=tmp_path / "bench") == 0
    printed = capsys.readouterr().out
    assert "NO" in printed
    assert "not measured: no cloud" in printed
    assert json.loads((tmp_path / "bench" / "sample.json").read_text()) == [
        {
            "figure": "reading",
            "ours": 2.7,
            "rival": 2.0,
            "ratio": 1.35,
            "goal": 1.3,
            "met": False,
            "unit": "CPU s",
            "how": "side by side",
        },
        {
            "figure": "memory",
            "ours": None,
            "rival": None,
            "ratio": None,
            "goal": 1.5,
            "met": None,
            "unit": "GB",
            "how": "not measured: no cloud",
        },
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(None, "s", ""), (1.349, "", "1.35"), (12.34, "s", "12.3 s"), (1234.5, "MB", "1,234 MB")],
)
def test_amounts_have_about_three_digits(value: float | None, unit: str, text: str) -> None:
    assert amount(value, unit) == text
