"""The compiled program runs what it was made of, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from compiled import launch
from compiled.launch import NAME, SOURCES_NAME, fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build whose package only says what it was asked for."""
    sources = tmp_path / "sources"
    (sources / "core").mkdir(parents=True)
    (sources / "core" / "plan.py").write_text("ONE = 1\n")
    (sources / "core" / "notes.txt").write_text("no source")
    made = tmp_path / "fast"
    (made / "capi").mkdir(parents=True)
    (made / "capi" / "__init__.py").touch()
    (made / "capi" / "__main__.py").write_text("import sys\n\ndef main() -> None:\n    print(sys.argv)\n")
    (made / SOURCES_NAME).write_text(f"{sources}\n{fingerprint(str(sources))}\n")
    (made / NAME).write_text(Path(launch.__file__).read_text())
    return made


def started(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Start it."""
    return subprocess.run(
        [sys.executable, str(folder / NAME), *options], capture_output=True, text=True, check=False, cwd=folder.parent
    )


def test_it_is_capi_paper(folder: Path) -> None:
    done = started(folder, "--seed", "8")
    assert (done.returncode, done.stdout) == (0, "['capi', 'paper', '--seed', '8']\n")


@pytest.mark.parametrize("change", ["written", "added", "removed"])
def test_it_refuses_when_its_sources_have_changed(folder: Path, change: str) -> None:
    source = folder.parent / "sources" / "core" / "plan.py"
    match change:
        case "written":
            source.write_text("ONE = 2\n")
        case "added":
            source.with_name("new.py").touch()
        case _:
            source.unlink()
    done = started(folder)
    assert done.returncode == 1
    assert "make fast" in done.stderr


def test_what_is_no_source_may_change(folder: Path) -> None:
    (folder.parent / "sources" / "core" / "notes.txt").write_text("something else")
    assert started(folder).returncode == 0


@pytest.mark.parametrize("option", ["--live", "--serve", "--scenario=x.toml", "--faults"])
def test_what_is_not_compiled_is_refused_with_the_way_to_it(folder: Path, option: str) -> None:
    done = started(folder, option)
    assert done.returncode == 1
    assert f"capi paper {option}" in done.stderr
