"""What is missing on a machine is named with the command that installs it."""

import platform
import sys
from pathlib import Path

import pytest

from local import environments
from local.environments import (
    SetupError,
    check_python,
    find_java,
    find_node,
    find_python,
    is_current,
    java_version,
    set_up,
    stamp_of,
)


def test_an_old_python_is_named_with_what_installs_a_new_one() -> None:
    with pytest.raises(SetupError) as missing:
        check_python((3, 9), "Linux")
    assert str(missing.value) == (
        "Python 3.9 is too old, 3.11 or newer is needed: "
        "sudo apt-get install python3.11 python3.11-venv; then make PYTHON=python3.11 ..."
    )


def test_an_old_python_on_macos_is_told_of_brew() -> None:
    with pytest.raises(SetupError) as missing:
        check_python((3, 9), "Darwin")
    assert "brew install python" in str(missing.value)


def test_a_python_without_venv_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(SetupError) as missing:
        check_python((3, 11), "Linux")
    assert str(missing.value) == "Python's venv is missing: sudo apt-get install python3-venv"


def test_a_missing_node_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SetupError) as missing:
        find_node("Linux")
    assert str(missing.value) == (
        "Node 20 or newer with npm is missing: "
        "curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs"
    )


def test_an_old_node_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "node", "echo v18.19.0")
    program(tmp_path / "npm", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(SetupError) as missing:
        find_node("Darwin")
    assert str(missing.value) == "Node v18.19.0 is too old, 20 or newer is needed: brew install node"


def test_a_new_node_gives_the_npm_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "node", "echo v22.1.0")
    program(tmp_path / "npm", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert find_node("Linux") == tmp_path / "npm"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.9" 2023-10-17', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("command not found", None),
    ],
)
def test_the_version_of_java_is_read(text: str, version: int | None) -> None:
    assert java_version(text) == version


def test_an_old_java_does_not_count(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "java", "echo 'openjdk version \"11.0.2\"' >&2")

    assert find_java({"JAVA_HOME": str(tmp_path), "PATH": ""}) is None


def test_the_java_of_java_home_is_taken_first(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "java", "echo 'openjdk version \"17.0.9\"' >&2")

    assert find_java({"JAVA_HOME": str(tmp_path), "PATH": "/usr/bin"}) == tmp_path / "bin" / "java"


def test_an_environment_is_current_until_its_lock_changes(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("one==1\n")
    made_from = stamp_of(tmp_path, ["requirements.txt"], "3.13")
    (tmp_path / ".made-from").write_text(made_from)
    assert is_current(tmp_path, made_from)

    (tmp_path / "requirements.txt").write_text("one==2\n")
    assert not is_current(tmp_path, stamp_of(tmp_path, ["requirements.txt"], "3.13"))


def test_an_environment_is_not_current_for_another_python(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("one==1\n")

    assert stamp_of(tmp_path, ["requirements.txt"], "3.13") != stamp_of(tmp_path, ["requirements.txt"], "3.14")


def test_a_python_that_uv_finds_is_taken(tmp_path: Path) -> None:
    python = program(tmp_path / "python3.13", "exit 0")
    uv = program(tmp_path / "uv", f"echo {python}")

    assert find_python(tmp_path, uv, "3.13") == str(python)


def test_a_python_of_pyenv_is_taken_where_uv_finds_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    python = program(tmp_path / ".pyenv" / "versions" / "3.11.9" / "bin" / "python", "exit 0")

    assert find_python(tmp_path, program(tmp_path / "uv", "exit 2"), "3.11") == str(python)


def test_a_python_that_cannot_be_fetched_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    uv = program(tmp_path / "uv", "echo 'error: no network' >&2; exit 2")

    with pytest.raises(SetupError) as failed:
        find_python(tmp_path, uv, "3.13")
    assert str(failed.value) == (
        "Python 3.13: uv ended with status 2:\n    error: no network\n"
        "    mend what it names (often: no network, no disk space), then run make again"
    )


def test_without_java_spark_is_said_to_be_missing_and_the_rest_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout(tmp_path)
    monkeypatch.setattr(environments, "find_java", lambda _environ: None)
    set_up(tmp_path)

    assert capsys.readouterr().out.splitlines()[-1] == (
        "! no Java 17: files that need Spark stay queued until it is there "
        f"({environments._install(platform.system(), debian='sudo apt-get install openjdk-17-jre-headless', macos='brew install openjdk@17')}; make up)"  # noqa: E501
    )
    assert not (tmp_path / ".venvs" / "glue").exists()


def test_a_second_run_installs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout(tmp_path)
    monkeypatch.setattr(environments, "find_java", lambda _environ: tmp_path)
    set_up(tmp_path)
    calls = (tmp_path / "uv-calls").read_text()
    assert calls.count("pip install") == 4  # three environments and the project
    set_up(tmp_path)

    assert (tmp_path / "uv-calls").read_text() == calls


def checkout(root: Path) -> None:
    """Make a checkout with locks and a uv that only makes folders and remembers its calls."""
    for name in ("requirements.txt", "local/requirements.txt", "glue_jobs/requirements.txt", "pyproject.toml"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    program(
        root / ".venvs" / "uv" / "bin" / "uv",
        f'echo "$*" >> {root}/uv-calls\n'
        'case "$*" in\n'
        f'"python find"*) echo {sys.executable};;\n'
        'venv*) for last; do :; done; mkdir -p "$last/bin"; : > "$last/bin/python"; : > "$last/bin/tradewind";;\n'
        "esac",
    )
    (root / ".venvs" / "uv" / ".made-from").write_text(environments.UV_VERSION)


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
