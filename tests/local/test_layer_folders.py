"""Layers are unpacked once: every process of a function finds the same folder."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from local import process

pytestmark = [pytest.mark.cloud, pytest.mark.usefixtures("cloud_environment")]

# What ministack does for each process of a function: code and layer are unpacked into folders of its own.
_PROCESSES = """
import sys
from pathlib import Path
from local import layer_folders
from ministack.core import lambda_runtime

home, *archives = map(Path, sys.argv[1:])
home.mkdir(exist_ok=True)
layer_folders.install(home / "layers")
for number, archive in enumerate(archives):
    for name in ("code", "layer_0"):
        folder = home / f"process-{number}" / name
        folder.mkdir(parents=True)
        with lambda_runtime.zipfile.ZipFile(archive) as content:
            content.extractall(folder)
        print((folder / "python" / "shop.py").read_text(), folder.resolve().relative_to(home.resolve()))
"""


def archive(place: Path, text: str) -> Path:
    with zipfile.ZipFile(place, "w") as content:
        content.writestr("python/shop.py", text)
    return place


def unpacked(home: Path, *archives: Path) -> list[tuple[str, str]]:
    """Return (text, folder) of the code and of the layer of one process for each archive."""
    command = [str(process.INTERPRETER), "-c", _PROCESSES, str(home), *map(str, archives)]
    ran = subprocess.run(command, cwd=process.REPOSITORY, capture_output=True, text=True, check=True)
    lines = [line.split() for line in ran.stdout.splitlines()]
    return [(text, folder) for text, folder in lines]


def test_processes_share_the_folder_of_a_layer_and_have_their_own_code(tmp_path: Path) -> None:
    one, same, other = (archive(tmp_path / name, text) for name, text in (("a", "tea"), ("b", "tea"), ("c", "cup")))
    code_1, layer_1, code_2, layer_2, _, layer_3 = unpacked(tmp_path, one, same, other)
    assert (code_1, code_2) == (("tea", "process-0/code"), ("tea", "process-1/code"))
    assert layer_1 == layer_2
    assert layer_1[0] == "tea"
    assert layer_3[0] == "cup"
    assert layer_3[1] != layer_1[1]


def test_a_folder_is_there_again_after_a_start_with_what_was_written_into_it(tmp_path: Path) -> None:
    one = archive(tmp_path / "a", "tea")
    _, (_, folder) = unpacked(tmp_path / "first", one)
    (tmp_path / "first" / folder / "bytecode").touch()
    (tmp_path / "first" / "process-0" / "layer_0").rename(tmp_path / "first" / "before")
    (tmp_path / "first" / "process-0").rename(tmp_path / "first" / "gone")
    _, (_, again) = unpacked(tmp_path / "first", one)
    assert again == folder
    assert (tmp_path / "first" / again / "bytecode").exists()


def test_a_start_deletes_what_was_cut_short_and_the_folders_that_were_not_used_for_longest(tmp_path: Path) -> None:
    layers = tmp_path / "layers"
    for day in range(14):
        (layers / f"day-{day:02}").mkdir(parents=True)
        os.utime(layers / f"day-{day:02}", (day, day))
    (layers / "half.part").mkdir()
    unpacked(tmp_path)
    # 14 folders, 12 are kept: those of the days 2 to 13
    assert sorted(each.name for each in layers.iterdir()) == [f"day-{day:02}" for day in range(2, 14)]
