"""The program around the commands: what it lists, what it loads, and how it ends."""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capi import __version__
from capi.cli.main import COMMANDS, app
from tests.adapters.snapshot_examples import SNAPSHOT, put
from tests.cli.run import PROGRAM, environment, run


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_help_lists_every_command_with_its_line() -> None:
    status, output = invoke("--help")
    assert status == 0
    for name, lazy in COMMANDS.items():
        assert f"  {name} " in output
        assert lazy.help in output


def test_version() -> None:
    assert invoke("--version") == (0, f"capi {__version__}\n")


def test_an_unknown_command_names_the_nearest() -> None:
    status, output = invoke("plam")
    assert status == 2
    assert "Did you mean 'plan'?" in output


def test_each_command_has_help_with_an_example() -> None:
    for arguments in (["plan"], ["decision", "validate"], ["decision", "schema"]):
        status, output = invoke(*arguments, "--help")
        assert status == 0
        assert "Example: capi" in output


def test_help_imports_no_command_and_nothing_heavy(tmp_path: Path) -> None:
    seen = "import sys; from capi.cli.main import app; app(['--help'], standalone_mode=False); print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", seen], env=environment(), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.splitlines()[-1].split())
    assert not loaded & {"pydantic", "rich", "duckdb", "httpx", "capi.settings", "capi.core.plan", "capi.cli.plan"}


def test_plan_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    path = put(tmp_path / "s.json", SNAPSHOT)
    seen = (
        "import sys; from capi.cli.main import app; "
        f"app(['plan', '--json', '--snapshot', {str(path)!r}], standalone_mode=False); print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", seen], env=environment(), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.splitlines()[-1].split())
    assert "capi.core.plan" in loaded
    assert not loaded & {"rich", "duckdb", "httpx", "binance", "asyncio", "returns.result", "pydantic_settings"}


def test_a_closed_pipe_is_silent(tmp_path: Path) -> None:
    path = put(tmp_path / "s.json", SNAPSHOT)
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, "plan", "--json", "--snapshot", str(path)],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=tmp_path,
        check=False,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, b"")


def test_an_interrupt_ends_with_130_and_no_traceback(tmp_path: Path) -> None:
    fifo = tmp_path / "snapshot"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "plan", "--snapshot", str(fifo)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=tmp_path,
    )
    writer = os.open(fifo, os.O_WRONLY)  # opens when the program reads, so the interrupt meets it there
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=60)
    os.close(writer)
    assert (process.returncode, *output) == (130, b"", b"")


def test_a_terminal_without_the_characters_still_gets_the_text(tmp_path: Path) -> None:
    result = run(["--help"], tmp_path, PYTHONIOENCODING="latin-1")
    assert result.returncode == 0
    assert "USD\\u24c8-M" in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands_and_their_options(tmp_path: Path, shell: str) -> None:
    result = run([], tmp_path, _CAPI_COMPLETE=f"complete_{shell}", COMP_WORDS="capi plan --sn", COMP_CWORD="2",
                 _TYPER_COMPLETE_ARGS="capi plan --sn", _TYPER_COMPLETE_FISH_ACTION="get-args")  # fmt: skip
    assert "--snapshot" in result.stdout


@pytest.mark.parametrize(("columns", "drawn"), [(200, True), (80, False)])
def test_tables_are_drawn_on_a_terminal_that_is_wide_enough(tmp_path: Path, columns: int, drawn: bool) -> None:
    path = put(tmp_path / "s.json", SNAPSHOT)
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    subprocess.run(
        [sys.executable, "-c", PROGRAM, "plan", "--snapshot", str(path)],
        stdin=theirs,
        stdout=theirs,
        env=environment(TERM="xterm", PYTHONUTF8="1"),
        cwd=tmp_path,
        check=True,
    )
    os.close(theirs)
    output = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert ("\u2500" in output) == drawn
    assert "the middle of the zone" in output
