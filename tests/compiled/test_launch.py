"""The compiled program runs what it was made of, and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiled import launch
from compiled.launch import MADE_OF_NAME, NAME, is_current, made_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build whose package only says what it was asked for."""
    sources, made = tmp_path / "src" / "capi", tmp_path / "build" / "fast"
    (sources / "core").mkdir(parents=True)
    (sources / "core" / "plan.py").write_text("ONE = 1\n")
    (sources / "core" / "notes.txt").write_text("no source")
    (tmp_path / "compiled").mkdir()
    (tmp_path / "compiled" / "plain.py").touch()
    (made / "capi").mkdir(parents=True)
    (made / "capi" / "__init__.py").touch()
    (made / "capi" / "__main__.py").write_text("import sys\n\ndef main() -> None:\n    print(sys.argv)\n")
    (made / MADE_OF_NAME).write_text(made_of(made))
    (made / NAME).write_text(Path(launch.__file__).read_text())
    return made


def started(folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start it."""
    command = [sys.executable, str(folder / NAME), *options]
    env = os.environ | variables
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent, env=env)


def test_it_is_capi_paper(folder: Path) -> None:
    done = started(folder, "--seed", "8")
    assert (done.returncode, done.stdout) == (0, "['capi', 'paper', '--seed', '8']\n")


def test_it_is_the_package_beside_it_whatever_python_is_told_of_its_path(folder: Path) -> None:
    done = started(folder, PYTHONSAFEPATH="1")
    assert (done.returncode, done.stdout) == (0, "['capi', 'paper']\n")


@pytest.mark.parametrize("change", ["written", "added", "removed", "gone", "rewriting"])
def test_it_refuses_when_its_sources_have_changed(folder: Path, change: str) -> None:
    root = folder.parent.parent
    source = root / "src" / "capi" / "core" / "plan.py"
    match change:
        case "written":
            source.write_text("ONE = 2\n")
        case "added":
            source.with_name("new.py").touch()
        case "removed":
            source.unlink()
        case "gone":
            (root / "src").rename(root / "elsewhere")
        case _:
            (root / "compiled" / "plain.py").write_text("# another way\n")
    done = started(folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{NAME}: the sources or Python have changed since it was compiled: make fast\n"


def test_it_refuses_another_python_for_which_nothing_was_compiled(folder: Path) -> None:
    made = folder / MADE_OF_NAME
    made.write_text(made.read_text().replace(str(sys.implementation.cache_tag), "cpython-399"))
    done = started(folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "make fast" in done.stderr


def test_a_copy_of_all_is_held_against_its_own_sources(folder: Path) -> None:
    copy = folder.parent.parent.with_name("copy")
    shutil.copytree(folder.parent.parent, copy)
    assert started(copy / "build" / "fast").returncode == 0
    (copy / "src" / "capi" / "core" / "plan.py").write_text("ONE = 2\n")
    assert started(copy / "build" / "fast").returncode == 1
    assert started(folder).returncode == 0


def test_what_was_not_finished_is_not_there(folder: Path) -> None:
    assert is_current(folder / NAME)
    (folder / NAME).rename(folder / f"{NAME}.new")
    assert not is_current(folder / NAME)


def test_what_is_no_source_may_change(folder: Path) -> None:
    (folder.parent.parent / "src" / "capi" / "core" / "notes.txt").write_text("something else")
    assert started(folder).returncode == 0


@pytest.mark.parametrize("option", ["--live", "--serve", "--scenario=x.toml", "--faults"])
def test_what_is_not_compiled_is_refused_with_the_way_to_it(folder: Path, option: str) -> None:
    done = started(folder, option)
    assert done.returncode == 1
    assert f"capi paper {option}" in done.stderr
