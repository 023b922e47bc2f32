"""The build: what it needs, what it says of itself, and what is left of one that went wrong."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

import pytest

from compiled import build
from compiled.build import IF_POSSIBLE, main, missing
from compiled.launch import MADE_OF_NAME, NAME, is_current

SOURCE: Final = Path("src", "capi", "core", "plan.py")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one module, and where it is to be built. Nothing is compiled, and nothing is replayed."""
    for name in (SOURCE, Path("compiled", "plain.py")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("ONE = 1\n")
    made = tmp_path / "build" / "fast"
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "SOURCES", tmp_path / "src" / "capi")
    monkeypatch.setattr(build, "FOLDER", made)
    monkeypatch.setattr(build, "missing", lambda: None)
    monkeypatch.setattr(build, "compile_all", lambda folder, modules: None)
    monkeypatch.setattr(build, "compare", lambda program: None)
    monkeypatch.setattr(sys, "argv", ["build"])
    return made


def test_it_is_made_once_and_anew_when_a_source_went(folder: Path) -> None:
    main()
    program = folder / NAME
    assert is_current(program)
    made_ns = program.stat().st_mtime_ns
    main()
    assert program.stat().st_mtime_ns == made_ns
    (folder.parent.parent / SOURCE).unlink()
    assert not is_current(program)
    main()
    assert is_current(program)
    assert not (folder / "capi" / "core" / "plan.py").exists()


def test_what_is_written_while_it_compiles_makes_it_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edit(folder: Path, modules: list[Path]) -> None:
        (folder.parent.parent / SOURCE).write_text("ONE = 11\n")

    monkeypatch.setattr(build, "compile_all", edit)
    main()
    assert "ONE = 11" not in (folder / "capi" / "core" / "plan.py").read_text()
    assert not is_current(folder / NAME)


def test_what_was_not_compared_has_no_name_and_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def differs(program: Path) -> None:
        assert program.is_file()
        assert (folder / MADE_OF_NAME).is_file()
        assert not (folder / NAME).exists()
        sys.exit("it does something else")

    monkeypatch.setattr(build, "compare", differs)
    with pytest.raises(SystemExit, match="something else"):
        main()
    assert not folder.exists()


def test_it_starts_where_a_path_has_a_space(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent.parent / "src" / "capi" / "__main__.py").write_text("import sys\ndef main(): print(sys.argv)\n")
    python = folder.parent.parent / "my python" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(python))
    main()
    command = [str(folder / NAME), "--seed", "a  b"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    assert (done.returncode, done.stdout) == (0, "['capi', 'paper', '--seed', 'a  b']\n"), done.stderr


def test_a_compiler_is_asked_for_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -m64")
    assert missing() == "there is no C compiler no-such-compiler here (apt install gcc)"


def test_without_headers_of_python_nothing_is_begun(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", f"{sys.executable} -m64")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["build"])
    with pytest.raises(SystemExit, match="python3-dev"):
        main()
    monkeypatch.setattr(sys, "argv", ["build", IF_POSSIBLE])
    main()
    assert "python3-dev" in capsys.readouterr().err
