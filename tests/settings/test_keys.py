"""Every key is parsed to its exact value from every source, and refused just beyond its bounds."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from capi.settings import ConfigError, Settings, load_settings, overlay
from capi.settings.keys import keys, secret_keys
from capi.settings.layers import environment_name, nested
from capi.settings.origin import value_of
from tests.settings.samples import SAMPLES, toml

EDGES = [(key, written) for key, sample in SAMPLES.items() for written in sample.allowed]
BEYOND = [(key, written) for key, sample in SAMPLES.items() for written in sample.refused]


def load(folder: Path, content: str) -> Settings:
    file = folder / "capi.toml"
    file.write_text(content, encoding="utf-8")
    return load_settings(file, env={})


def test_every_key_has_a_sample() -> None:
    assert set(SAMPLES) == set(keys()) - secret_keys()


@pytest.mark.parametrize("key", SAMPLES)
def test_a_key_in_the_file_means_what_it_says_and_not_its_default(key: str, tmp_path: Path) -> None:
    sample = SAMPLES[key]
    value = value_of(load(tmp_path, toml(key, sample.written)), key)
    assert value == sample.means
    assert type(value) is type(sample.means) or isinstance(sample.means, Path)
    assert value != value_of(load_settings(None, env={}), key)


@pytest.mark.parametrize("key", SAMPLES)
def test_a_key_means_the_same_in_the_environment(key: str) -> None:
    sample = SAMPLES[key]
    written = sample.written if sample.written.startswith("[") else sample.written.strip('"')
    assert value_of(load_settings(None, env={environment_name(key): written}), key) == sample.means


@pytest.mark.parametrize("key", SAMPLES)
def test_a_key_means_the_same_as_a_flag_and_in_a_snapshot(key: str) -> None:
    sample = SAMPLES[key]
    raw = tomllib.loads(f"x = {sample.written}", parse_float=Decimal)["x"]
    assert value_of(load_settings(None, nested({key: raw}), env={}), key) == sample.means
    assert value_of(overlay(load_settings(None, env={}), nested({key: raw})), key) == sample.means


@pytest.mark.parametrize(("key", "written"), EDGES)
def test_the_bounds_themselves_are_allowed(key: str, written: str, tmp_path: Path) -> None:
    load(tmp_path, toml(key, written))


@pytest.mark.parametrize(("key", "written"), BEYOND)
def test_beyond_the_bounds_is_one_sentence_with_the_key(key: str, written: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, toml(key, written))
    (sentence,) = caught.value.message.splitlines()
    assert sentence.startswith(f"{key} in {tmp_path}")
    assert sentence.endswith((".", "?"))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_numbers_are_exact_and_no_binary_float_gets_in(tmp_path: Path) -> None:
    settings = load(tmp_path, toml("risk.equity_min_usdt", "1234567890.123456789012345678"))
    assert str(settings.risk.equity_min_usdt) == "1234567890.123456789012345678"
    with pytest.raises(ConfigError, match="exact number"):
        load_settings(None, {"risk": {"equity_min_usdt": 0.1}}, env={})


@pytest.mark.parametrize(
    "written",
    ["1e400", "1e-400", "0." + "1" * 19, "1" * 21, "0x" + "f" * 2000, '"1_000"', '"\uff11"', '"1e2"', "1e999999999"],
)
def test_absurd_numbers_are_refused_not_computed_with(written: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"risk\.equity_min_usdt"):
        load(tmp_path, toml("risk.equity_min_usdt", written))


def test_the_environment_writes_lists_with_commas_or_as_json() -> None:
    def sessions(written: str) -> tuple[str, ...]:
        return load_settings(None, env={"CAPI_ENTRY__RESTRICTED_SESSIONS": written}).entry.restricted_sessions

    assert sessions("ASIA, US open") == ("ASIA", "US open")
    assert sessions('["ASIA"]') == ("ASIA",)
    assert sessions("") == ()
    for broken in ("[ASIA]", "[" * 100_000, '{"a": 1}'):
        with pytest.raises(ConfigError, match="CAPI_ENTRY__RESTRICTED_SESSIONS"):
            sessions(broken)


@pytest.mark.parametrize(("written", "means"), [("yes", True), ("ON", True), ("0", False), ("False", False)])
def test_the_environment_has_its_own_words_for_true_and_false(written: str, means: bool) -> None:
    env = {"CAPI_PROTECTION__TIGHTEN_ON_VOLATILITY": written, "CAPI_PROTECTION__BREAKEVEN_AFTER_TP1": written}
    protection = load_settings(None, env=env).protection
    assert (protection.tighten_on_volatility, protection.breakeven_after_tp1) == (means, means)


def test_targets_out_of_order_name_both_keys(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"targets\.tp1_r \(3\) is not below targets\.tp2_r \(3\)"):
        load(tmp_path, "[targets]\ntp1_r = 3\ntp2_r = 3\n")


def test_a_dead_man_switch_that_fires_between_two_passes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"entry\.dead_man_seconds \(10\) is not above loop\.interval_seconds \(10\)"):
        load(tmp_path, "[entry]\ndead_man_seconds = 10\n[loop]\ninterval_seconds = 10\n")
    assert load(tmp_path, "[entry]\ndead_man_seconds = 0\n[loop]\ninterval_seconds = 10\n").entry.dead_man_seconds == 0


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(None, env={})
    with pytest.raises(ValueError, match="frozen"):
        settings.symbol = "ETHUSDT"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        settings.risk.leverage_max = 100  # type: ignore[misc]
