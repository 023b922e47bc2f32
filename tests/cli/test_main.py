"""The program around the commands: what it lists, what it loads, and how it ends."""

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final, get_args, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from capi import __version__
from capi.cli.main import COMMANDS, app
from tests.adapters.snapshot_examples import SNAPSHOT, put
from tests.cli.run import PROGRAM, environment, run, run_powerless


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
    status, output = invoke("papr")
    assert status == 2
    assert "Did you mean 'paper'?" in output


def test_each_command_has_help_with_an_example() -> None:
    for arguments in (["plan"], ["paper"], ["decision"], ["decision", "validate"], ["decision", "schema"], ["config"]):
        status, output = invoke(*arguments, "--help")
        assert status == 0
        assert "Example: capi" in output
        assert "..." not in output.replace("[ARGS]...", ""), "a line is cut"


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


def callbacks(target: str) -> list[Callable[..., None]]:
    """Return the functions behind a command, or behind all that a group holds."""
    module, _, name = target.partition(":")
    found = getattr(import_module(module), name)
    if not isinstance(found, typer.Typer):
        return [found]
    return [inner.callback for inner in found.registered_commands if inner.callback is not None]


def test_rights_are_checked_by_the_one_who_reads_never_by_typer() -> None:
    checked = {
        f"{callback.__name__} {name}": annotation.__metadata__[0].parser is None and annotation.__metadata__[0].readable
        for lazy in COMMANDS.values()
        for callback in callbacks(lazy.target)
        for name, annotation in get_type_hints(callback, include_extras=True).items()
        if name != "return" and Path in (annotation.__origin__, *get_args(annotation.__origin__))
    }
    assert {"plan snapshot", "validate file", "check config", "paper out", "init directory"} <= set(checked)
    assert not [place for place, by_typer in checked.items() if by_typer]


def test_a_file_without_rights_ends_with_our_own_sentence(tmp_path: Path) -> None:
    names = ["d.json", "s.json", "capi.toml", "p.csv", "d.jsonl"]
    for name in names:
        (tmp_path / name).write_text("{}")
        (tmp_path / name).chmod(0)
    told = [
        run_powerless(arguments, tmp_path)
        for arguments in (
            ["decision", "validate", "d.json", "--config", "/dev/null"],
            ["plan", "--snapshot", "s.json"],
            ["config", "check"],
            ["config", "check", "--config", "capi.toml"],
            ["paper", "--config", "/dev/null", "--prices", "p.csv", "--decisions", "d.jsonl"],
        )
    ]
    assert [(result.returncode, result.stdout) for result in told] == [(2, "")] * len(told)
    assert [result.stderr for result in told] == [
        "capi: d.json: permission denied; give read rights to the user who runs capi\n",
        "capi: s.json: permission denied; give read rights to the user who runs capi\n",
        *["capi: capi.toml cannot be read (Permission denied): correct its path or its rights.\n"] * 2,
        "capi: p.csv: cannot be opened (Permission denied): check path and rights.\n",
    ]


def test_a_folder_that_may_not_be_entered_is_not_one_without_a_configuration(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "capi.toml").write_text('symbol = "ETHUSDT"\n')
    result = run_powerless(["config", "check"], closed, closed=True)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "capi: capi.toml cannot be read (Permission denied): correct its path or its rights.\n"


EVERY_COMMAND: Final = [
    ["--version"],
    ["--help"],
    ["config", "show"],
    ["decision", "schema"],
    ["plan", "--json", "--snapshot", "s.json"],
    ["plan", "--snapshot", "s.json"],
    ["paper", "--hours", "1", "--out", "run"],
]


def run_in_shell(arguments: list[str], folder: Path, redirection: str) -> subprocess.CompletedProcess[str]:
    """Run `capi` with its streams as a shell's redirection makes them."""
    put(folder / "s.json", SNAPSHOT)
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$@" {redirection}', sys.executable, PROGRAM, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=" ".join)
def test_output_that_cannot_be_written_is_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    result = run_in_shell(arguments, tmp_path, ">/dev/full")
    *before, last = result.stderr.splitlines()
    assert result.returncode == 1
    assert last == (
        "capi: the output could not be written (No space left on device): free some space, or send it elsewhere"
    )
    assert before == (["capi: the journal is run/journal.jsonl"] if "paper" in arguments else [])


@pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=" ".join)
def test_a_closed_stream_is_no_reason_to_fail(tmp_path: Path, arguments: list[str]) -> None:
    assert run_in_shell(arguments, tmp_path, ">&- 2>&-").returncode == 0
    if "paper" in arguments:
        lines = (tmp_path / "run" / "journal.jsonl").read_text().splitlines()
        assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1)), (
            "nothing was printed into it"
        )


def test_nobody_who_reads_the_tables_still_leaves_the_place_of_the_journal(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, "paper", "--hours", "1", "--out", "run"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=tmp_path,
        check=False,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, b"capi: the journal is run/journal.jsonl\n")


def test_progress_is_shown_beside_json_where_stderr_is_a_terminal(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "paper", "--hours", "1", "--json", "--out", "run"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment(TERM="xterm"),
        cwd=tmp_path,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how a terminal says that nobody writes any more
        while read := os.read(ours, 1 << 12):
            shown += read
    os.close(ours)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"replay" in shown
    assert "trades" in json.loads(output)


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_a_secrets_directory_that_may_not_be_looked_into_is_not_an_empty_one(tmp_path: Path, mode: int) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "exchange__api_key").write_text("hunter2")
    secrets.chmod(mode)
    result = run_powerless(["config", "check"], tmp_path, CREDENTIALS_DIRECTORY=str(secrets.relative_to(tmp_path)))
    secrets.chmod(0o700)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "capi: The secrets directory secrets cannot be read (Permission denied): correct its rights.\n"
    )


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


def test_an_interrupt_ends_with_130_and_a_sentence(tmp_path: Path) -> None:
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
    assert (process.returncode, *output) == (130, b"", b"capi: interrupted\n")


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
