"""Files that people read through a command: status.json behind `capi status`, and scenarios of `capi paper`."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from capi.adapters.fields import InputError
from capi.cli.main import app
from capi.cli.scenario.parse import read_scenario
from tests.fuzz import scratch
from tests.fuzz.target import Target, check_sentence
from tests.reading.stage import ShownStage

SCENARIOS: Final = Path(__file__).resolve().parent.parent.parent / "fixtures" / "scenarios"
_RUNNER: Final = CliRunner()


def check_status(document: bytes) -> str:
    """Show it to people and as JSON: it is shown, or what is wrong with it is said, and the journal's end is shown."""
    room = scratch.folder() / "status" / "data" / "paper" / "BTCUSDT"
    if not room.is_dir():
        room.mkdir(parents=True)
        (room / "journal.jsonl").write_bytes(_recorded()[1])
        (scratch.folder() / "status" / "capi.toml").write_text("")
    (room / "status.json").write_bytes(document)
    where = ("--config", str(scratch.folder() / "status" / "capi.toml"), "--environment", "paper")
    warned = False
    for form in ((), ("--json",)):
        result = _RUNNER.invoke(app, ["status", *form, *where])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.stderr
        assert result.stdout
        warned = bool(result.stderr)
        for line in result.stderr.splitlines():
            check_sentence(line.replace(str(room), "room"))
        if form:
            json.loads(result.stdout, parse_constant=_no_number)
        else:
            assert all(line.isprintable() for line in result.stdout.splitlines())
    return "damaged" if warned else "shown"


def _no_number(token: str) -> None:
    raise AssertionError(f"no JSON: {token}")


@cache
def _recorded() -> tuple[bytes, bytes]:
    """Return status.json and the journal of an engine in a trade."""
    with tempfile.TemporaryDirectory() as folder:
        stage = ShownStage(Path(folder))
        stage.enter()
        stage.kill()
        return stage.status_path.read_bytes(), stage.path.read_bytes()


def check_scenario(document: bytes) -> str:
    """A scenario that could be played, or one sentence."""
    path = scratch.written("scenario.toml", document)
    try:
        scenario = read_scenario(path)
    except InputError as error:
        check_sentence(str(error).replace(str(path), "scenario"))
        return "refused"
    assert scenario.name.startswith("test_")
    if scenario.play is None:
        return "not played"
    assert scenario.play.account.equity.is_finite()
    assert scenario.play.account.equity > 0
    return "read"


@cache
def targets() -> tuple[Target, ...]:
    """Return the targets; the status is that of an engine in a trade."""
    return (
        Target(
            name="status",
            good=(_recorded()[0],),
            check=check_status,
            outcomes=frozenset({"damaged", "shown"}),
            every=60,
        ),
        Target(
            name="scenario",
            good=tuple(path.read_bytes() for path in sorted(SCENARIOS.glob("*.toml"))),
            check=check_scenario,
            outcomes=frozenset({"refused", "read", "not played"}),
            every=10,
        ),
    )
