"""`capi config` and `capi init`: what they print, what they write, and how they end."""

import json
import os
import re
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import capi as capi_package
from capi.cli.main import COMMANDS, app
from capi.settings import load_settings
from capi.settings.keys import keys


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one, with no configuration in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("CAPI_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return tmp_path


def capi(*arguments: str, **env: str) -> Result:
    return CliRunner(env=env).invoke(app, arguments)


def test_show_prints_toml_that_can_be_used(folder: Path) -> None:
    shown = capi("config", "show", CAPI_RISK__LEVERAGE_MAX="2", CAPI_EXCHANGE__API_KEY="hunter2")
    assert shown.exit_code == 0
    assert tomllib.loads(shown.stdout)["risk"]["leverage_max"] == 2
    assert "# api_key: set\n" in shown.stdout
    assert "# api_secret: not set\n" in shown.stdout
    assert "hunter2" not in shown.output
    (folder / "capi.toml").write_text(shown.stdout)
    assert load_settings(None, env={}).risk.leverage_max == 2


def test_show_origin_says_where_each_value_comes_from(folder: Path) -> None:
    (folder / "capi.toml").write_text('symbol = "ETHUSDT"\n')
    lines = capi("config", "show", "--origin", CAPI_PAPER__SEED="3").stdout.splitlines()
    assert any(line.startswith('symbol = "ETHUSDT"') and line.endswith("# file: symbol in capi.toml") for line in lines)
    assert any(line.startswith("seed = 3") and "# environment: CAPI_PAPER__SEED" in line for line in lines)
    assert any(line.startswith("leverage_max = 5") and line.endswith("# default") for line in lines)


def test_show_json_is_one_document_with_every_key() -> None:
    document = json.loads(capi("config", "show", "--json", CAPI_TELEGRAM__TOKEN="hunter2").stdout, parse_float=Decimal)
    assert document["entry"]["spread_max"] == "0.05%"
    assert document["entry"]["market_confidence"] == "0.75"
    assert document["risk"]["leverage_max"] == 5
    assert document["telegram"]["token"] == "set"
    assert document["exchange"]["rest_url"] is None
    assert {key for key in keys() if "." not in key} < set(document)
    told = json.loads(capi("config", "show", "--json", "--origin", CAPI_SYMBOL="ETHUSDT").stdout)["symbol"]
    assert told == {"value": "ETHUSDT", "source": "environment", "where": "CAPI_SYMBOL in the environment"}


def test_check_says_what_was_read(folder: Path) -> None:
    file = folder / "other.toml"
    file.write_text('symbol = "ETHUSDT"\n[risk]\nleverage_max = 2\n')
    said = capi("config", "check", "--config", str(file), CAPI_PAPER__SEED="3", CAPI_EXCHANGE__API_KEY="hunter2")
    assert said.exit_code == 0
    assert f"Read: {file} (2 keys), the environment (2 keys)." in said.stdout
    assert f"ETHUSDT on testnet, decisions from {folder / 'data/decision.json'}." in said.stdout
    assert "CAPI_EXCHANGE__API_SECRET not set" in said.stdout
    assert said.stdout.endswith("The configuration is fine.\n")
    assert "hunter2" not in said.output


@pytest.mark.parametrize(
    ("env", "note"),
    [
        ({}, "Read: nothing, so these are the defaults."),
        ({"CAPI_TELEGRAM__TOKEN": "t"}, "CAPI_TELEGRAM__TOKEN without telegram.chat_ids"),
        ({"CAPI_TELEGRAM__CHAT_IDS": "7"}, "telegram.chat_ids without CAPI_TELEGRAM__TOKEN"),
        ({"CAPI_EXCHANGE__REST_URL": "http://h:1"}, "exchange.rest_url without exchange.stream_url"),
        ({"CAPI_EXCHANGE__STREAM_URL": "ws://h:1"}, "exchange.stream_url without exchange.rest_url"),
    ],
)
def test_check_notes_what_may_surprise(env: dict[str, str], note: str) -> None:
    assert note in capi("config", "check", **env).stdout


def test_every_command_that_is_spoken_of_is_there(folder: Path) -> None:
    assert capi("init").exit_code == 0
    said = (folder / "capi.toml").read_text() + capi("config", "check").stdout
    spoken_of = set(re.findall(r"\bcapi (?!goes by)([a-z]+)\b", said))
    assert {"paper", "plan", "config"} <= spoken_of <= set(COMMANDS)


@pytest.mark.parametrize("command", ["show", "check"])
def test_what_is_wrong_goes_to_stderr_and_ends_with_2(command: str, folder: Path) -> None:
    (folder / "capi.toml").write_text("[entry]\nspread_max = 0.05\n[riskk]\nleverage_max = 1\n")
    failed = capi("config", command)
    assert failed.exit_code == 2
    assert failed.stdout == ""
    assert "riskk.leverage_max in capi.toml is no key of capi: did you mean risk.leverage_max?" in failed.stderr
    assert 'entry.spread_max in capi.toml: 0.05 of what? Write "0.05%" or "5bps".' in failed.stderr
    missing = capi("config", command, "--config", "nope.toml")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "nope.toml does not exist" in missing.stderr


def test_init_writes_what_the_next_commands_read(folder: Path) -> None:
    done = capi("init")
    assert done.exit_code == 0
    assert "capi config check" in done.stdout
    assert json.loads((folder / "data/decision.json").read_text())["action"] == "long"
    settings = load_settings(None, env={})
    assert settings.layers[1].where == "capi.toml"
    assert settings.decision_file == folder / "data/decision.json"
    assert capi("config", "check").exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["capi.toml", "data"], "no draft is left"


def test_init_elsewhere_names_the_file_in_the_next_commands(folder: Path) -> None:
    assert capi("init", "my engine").exit_code == 0
    assert (folder / "my engine/data/decision.json").exists()
    assert "capi paper --config 'my engine/capi.toml'" in capi("init", "my engine", "--force").stdout
    assert capi("init", "--config", "etc/bot.toml").exit_code == 0
    assert (folder / "etc/bot.toml").exists()
    assert (folder / "etc/data/decision.json").exists()
    both = capi("init", "x", "--config", "y.toml")
    assert (both.exit_code, (folder / "x").exists()) == (2, False)


def test_init_overwrites_nothing_without_force(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data/decision.json").write_text("mine")
    refused = capi("init")
    assert refused.exit_code == 1
    assert "decision.json is already there, so nothing was written" in refused.stderr
    assert refused.stdout == ""
    assert not (folder / "capi.toml").exists()
    assert (folder / "data/decision.json").read_text() == "mine"
    assert capi("init", "--force").exit_code == 0
    assert (folder / "data/decision.json").read_text() != "mine"


def test_init_where_nothing_can_be_written(folder: Path) -> None:
    (folder / "file").touch()
    (folder / "taken/capi.toml").mkdir(parents=True)
    for directory, why in (("file", "file is no folder"), ("file/inner", "is no folder"), ("taken", "Is a directory")):
        failed = capi("init", directory, "--force")
        assert failed.exit_code == 1
        assert f"{directory}/capi.toml could not be written ({why})" in failed.stderr.replace("file/inner is", "is")
    assert list((folder / "taken").iterdir()) == [folder / "taken/capi.toml"], "no draft is left"


def test_init_in_a_folder_that_is_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    failed = capi("init")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == (
        "capi: capi.toml could not be written (the current folder no longer exists): change to one that does.\n"
    )


@pytest.mark.parametrize("command", [("init",), ("config", "show"), ("config", "check")])
def test_help_has_an_example(command: tuple[str, ...]) -> None:
    shown = capi(*command, "--help")
    assert shown.exit_code == 0
    assert f"Example: capi {' '.join(command)}" in shown.stdout
    assert "--config" in shown.stdout


@pytest.mark.parametrize(("env", "imported"), [({}, False), ({"CAPI_SYMBOL": "ETHUSDT"}, True)])
def test_a_command_pays_for_pydantic_settings_only_when_there_is_something_to_read(
    env: dict[str, str], imported: bool
) -> None:
    code = "import sys, capi.settings as s; s.load_settings(None); print('pydantic_settings' in sys.modules)"
    env = {"PYTHONPATH": str(Path(capi_package.__file__).parents[1]), **env}
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("CAPI_")}
    told = subprocess.run([sys.executable, "-c", code], env=clean | env, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(imported)
