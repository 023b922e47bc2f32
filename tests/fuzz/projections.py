"""A damaged journal behind the commands that read it: what can be read is shown, or the damaged line is named."""

import json
import shutil
from functools import cache
from typing import Final

from typer.testing import CliRunner

from capi.cli.main import app
from tests.fuzz import journals, scratch
from tests.fuzz.target import Target, check_sentence

COMMANDS: Final = ("trades", "orders")
_RUNNER: Final = CliRunner()


def check(document: bytes) -> str:
    """Ask for trades and orders: DuckDB is made from the journal on the way."""
    top = scratch.folder() / "projected"
    room = top / "data" / "paper" / "BTCUSDT"
    shutil.rmtree(top, ignore_errors=True)
    room.mkdir(parents=True)
    (top / "capi.toml").write_text("")
    (room / "journal.jsonl").write_bytes(document)
    where = ("--config", str(top / "capi.toml"), "--environment", "paper")
    return max(_ask(command, *where) for command in COMMANDS)


def _ask(command: str, *where: str) -> str:
    result = _RUNNER.invoke(app, [command, "--json", *where])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    for line in result.stderr.splitlines():
        check_sentence(line.replace(str(scratch.folder()), ""))
    if result.exit_code == 0:
        json.loads(result.stdout)
        return "shown, with a word" if result.stderr else "shown"
    assert result.exit_code == 1, (result.exit_code, result.stderr)
    assert result.stdout == ""
    assert result.stderr
    return "refused"


@cache
def targets() -> tuple[Target, ...]:
    """Return the target; its journals are those that are folded."""
    (folded,) = journals.targets()
    return (
        Target(
            name="journal of commands",
            good=folded.good,
            check=check,
            make=folded.make,
            outcomes=frozenset({"shown, with a word", "refused"}),
            every=1000,
        ),
    )
