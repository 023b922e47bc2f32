"""packaging/capi@.service says what the program understands: its options, keys, exit statuses and files."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from capi.cli import output
from capi.cli.main import app
from capi.settings import load_settings
from capi.settings.keys import keys

UNIT: Final = Path(__file__).parents[2] / "packaging" / "capi@.service"
LINES: Final = [line for line in UNIT.read_text(encoding="utf-8").splitlines() if not line.startswith("# ")]


def values(name: str) -> list[str]:
    """Return what a setting of the unit says, each time that it stands there, also where it is commented out."""
    return [line.partition("=")[2] for line in LINES if line.lstrip("#").startswith(f"{name}=")]


def test_commands_and_options_exist() -> None:
    for command in (*values("ExecStartPre"), *values("ExecStart")):
        _, name, *options = command.split()
        told = CliRunner().invoke(app, [name, "--help"]).stdout
        assert all(option in told for option in options if option.startswith("--")), command


def test_a_refusal_is_not_tried_again_and_a_failure_is() -> None:
    kept = {int(number) for number in values("RestartPreventExitStatus")[0].split()}
    assert kept == {output.USAGE, output.REFUSED}
    assert output.FAILED not in kept


def test_credentials_and_variables_are_keys_of_the_configuration(tmp_path: Path) -> None:
    names = [value.partition(":")[0] for value in values("LoadCredential")]
    assert {name.replace("__", ".") for name in names} <= set(keys())
    for name in names:
        (tmp_path / name).write_text("1234:not-a-secret\n")
    variables = dict(pair.split("=", 1) for pair in values("Environment")[0].split())
    settings = load_settings(None, env={**variables, "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert settings.exchange.api_key is not None
    assert settings.exchange.api_secret is not None
    assert settings.telegram.token is not None
    assert settings.state_dir.name == settings.log_dir.name == "%i"


def test_it_leaves_more_time_than_an_end_takes() -> None:
    from capi.engine.loop import SETTLE_SECONDS_MAX

    assert int(values("TimeoutStopSec")[0]) > 2 * SETTLE_SECONDS_MAX


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_it(tmp_path: Path) -> None:
    text = re.sub(r"/opt/capi/bin/capi", shutil.which("true") or "/bin/true", UNIT.read_text(encoding="utf-8"))
    (tmp_path / UNIT.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / UNIT.name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
