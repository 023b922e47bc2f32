"""Precedence, defaults, paths, and every file that cannot be read."""

import dataclasses
import os
from pathlib import Path

import pytest
from pydantic import BaseModel

from capi.core.config import Config
from capi.settings import ConfigError, Settings, load_settings, overlay


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(config: Path | None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(config, env={})
    return caught.value.message


def test_each_source_wins_over_the_ones_before_it(folder: Path) -> None:
    file, secrets = folder / "capi.toml", folder / "secrets"
    secrets.mkdir()
    env: dict[str, str] = {}
    flags: dict[str, object] = {}

    def threshold() -> str:
        return str(load_settings(file if file.exists() else None, flags, env).chase.attempts_max)

    assert threshold() == "3"
    file.write_text("[chase]\nattempts_max = 4\n")
    assert threshold() == "4"
    (secrets / "chase__attempts_max").write_text("5\n")
    env["CREDENTIALS_DIRECTORY"] = str(secrets)
    assert threshold() == "5"
    env["CAPI_CHASE__ATTEMPTS_MAX"] = "6"
    assert threshold() == "6"
    flags["chase"] = {"attempts_max": 7}
    assert threshold() == "7"
    flags["chase"] = {"attempts_max": None}
    assert threshold() == "6", "a flag that was not given says nothing"


def test_sources_merge_key_by_key(folder: Path) -> None:
    (folder / "capi.toml").write_text('[risk]\nleverage_max = 4\nmargin_mode = "cross"\n')
    settings = load_settings(None, {"risk": {"equity_min_usdt": "75"}}, {"CAPI_RISK__LEVERAGE_MAX": "2"})
    assert settings.risk.leverage_max == 2
    assert settings.risk.margin_mode == "cross"
    assert settings.risk.equity_min_usdt == 75
    assert settings.risk.trades_per_day_max == 3


def test_without_a_file_the_defaults_hold(folder: Path) -> None:
    settings = load_settings(None, env={"PATH": "/bin", "HOME": "/root"})
    assert settings.model_dump(exclude=PATHS) == Settings().model_dump(exclude=PATHS)
    assert settings.exchange.environment == "testnet"
    assert settings.decision_file == folder / "data/decision.json"


PATHS = {"decision_file", "state_dir", "log_dir"}


def test_the_process_environment_counts_when_none_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPI_SYMBOL", "SOLUSDT")
    assert load_settings(None).symbol == "SOLUSDT"
    assert Settings().symbol == "BTCUSDT", "the type itself reads nothing behind the caller's back"


def test_paths_start_from_the_configuration_file(folder: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc/capi.toml").write_text('state_dir = "../state"\nlog_dir = "/var/log/capi"\n')
    settings = load_settings(Path("etc/capi.toml"), {"decision_file": Path("d.json")}, env={})
    assert settings.decision_file == folder / "etc/d.json"
    assert settings.state_dir == folder / "etc/../state"
    assert settings.log_dir == Path("/var/log/capi")
    assert overlay(settings, {"log_dir": "here"}).log_dir == folder / "etc/here"


def test_a_path_may_start_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/trader")
    settings = load_settings(None, {"state_dir": "~/capi", "log_dir": "~nobody-of-this-name/x"}, env={})
    assert settings.state_dir == Path("/home/trader/capi")
    assert settings.log_dir == folder / "~nobody-of-this-name/x"


def test_a_missing_file_is_an_error_when_it_was_named(folder: Path) -> None:
    file = folder / "nope.toml"
    assert refused(file) == f"{file} does not exist: correct the path, or write one with `capi init`."


def test_files_that_are_no_configuration(folder: Path) -> None:
    file = folder / "capi.toml"
    assert "is a folder" in refused(folder)
    file.write_bytes(b"\xff\xfe\x00binary")
    assert "is not text in UTF-8" in refused(None)
    file.write_bytes(b"\x00\x01\x02")
    assert "not valid TOML" in refused(None)
    file.write_text("#" * (1 << 20) + "\n")
    assert "larger than" in refused(None)
    file.write_text("a = " + "[" * 50_000)
    assert "absurd length or depth" in refused(None)
    file.write_text("[paper]\nseed = " + "9" * 5_000)
    assert "absurd length or depth" in refused(None)
    assert "cannot be read (embedded null byte)" in refused(Path("a\0b"))


def test_a_dangling_or_looping_link_is_not_taken_for_no_file(folder: Path) -> None:
    file = folder / "capi.toml"
    file.symlink_to(folder / "gone.toml")
    assert "does not exist" in refused(None)
    file.unlink()
    file.symlink_to(file)
    assert "cannot be read" in refused(None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights(folder: Path) -> None:
    (folder / "capi.toml").touch(0o000)
    assert "cannot be read (Permission denied)" in refused(None)


def test_broken_toml_names_line_and_column(folder: Path) -> None:
    (folder / "capi.toml").write_text('symbol = "BTCUSDT"\n[loop\n')
    assert "(at line 2, column 6)" in refused(None)


def test_a_byte_order_mark_is_no_error(folder: Path) -> None:
    (folder / "capi.toml").write_bytes(b'\xef\xbb\xbfsymbol = "ETHUSDT"\r\n')
    assert load_settings(None, env={}).symbol == "ETHUSDT"


def test_all_problems_are_told_at_once(folder: Path) -> None:
    (folder / "capi.toml").write_text("colour = 1\n[risk]\nleverage_max = 500\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(None, {"paper": {"seed": "x"}}, {"CAPI_CHASE__THRESHOLD": "3"})
    named = {sentence.split()[0].rstrip(",") for sentence in caught.value.message.splitlines()}
    assert named == {"colour", "CAPI_CHASE__THRESHOLD", "risk.leverage_max", "paper.seed"}


def test_an_overlay_changes_its_keys_and_nothing_else(folder: Path) -> None:
    (folder / "capi.toml").write_text("[risk]\nleverage_max = 4\n")
    before = load_settings(None, env={})
    after = overlay(before, {"symbol": "ETHUSDT", "chase": {"threshold": "0.2%", "attempts_max": "1"}})
    assert (after.symbol, after.chase.attempts_max, after.risk.leverage_max) == ("ETHUSDT", 1, 4)
    assert before.symbol == "BTCUSDT"
    assert overlay(before, {}).model_dump() == before.model_dump()
    assert overlay(after, {"chase": {"attempts_max": 2}}).chase.threshold == after.chase.threshold
    assert overlay(Settings(), {"symbol": "ETHUSDT"}).symbol == "ETHUSDT"
    with pytest.raises(ConfigError, match=r"config\.chase\.threshold of the snapshot: null"):
        overlay(before, {"chase": {"threshold": None}})


def test_the_core_gets_the_same_values_under_the_same_names() -> None:
    settings = load_settings(
        None, {"exchange": {"recv_window_ms": 1500}, "loop": {"decision_age_seconds_max": 5}}, env={}
    )
    config = settings.core()
    assert config.recv_window_ms == 1500
    assert config.decision_age_seconds_max == 5
    for field in dataclasses.fields(Config):
        ours = getattr(settings, field.name, None)
        if isinstance(ours, BaseModel):
            assert dict(ours) == dataclasses.asdict(getattr(config, field.name))
        elif ours is not None:
            assert ours == getattr(config, field.name)
