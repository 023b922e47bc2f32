"""Reading commands, called in this process: quick enough for many cases. The streams and the status are the user's."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from capi.cli.main import app

PAPER = ("--environment", "paper")


def call(*arguments: str) -> Result:
    """Call `capi` with these arguments in the current folder."""
    return CliRunner().invoke(app, arguments, prog_name="capi")


def ask(command: str, *arguments: str, warned: str = "") -> Any:
    """Return the document of --json; `warned`: what has to be said on stderr, and else nothing."""
    done = call(command, "--json", *arguments)
    assert done.exit_code == 0, done.stderr
    assert warned in done.stderr if warned else not done.stderr, done.stderr
    return json.loads(done.stdout)


def refused(status: int, saying: str, *arguments: str) -> None:
    """Check that a call ends with this status and one sentence, and says nothing on stdout."""
    done = call(*arguments)
    assert done.exit_code == status, (done.exit_code, done.stderr, done.exception)
    assert saying in done.stderr
    assert done.stdout == ""
