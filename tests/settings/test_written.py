"""capi.toml as `capi init` writes it is the model, and what `capi config show` prints can be read again."""

import tomllib
from pathlib import Path

import pytest

from capi.settings import Settings, load_settings, origin
from capi.settings.keys import keys, secret_keys
from capi.settings.layers import flat
from capi.settings.written import default_toml, settings_toml
from tests.settings.samples import SAMPLES, toml


def test_the_written_file_is_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "capi.toml"
    file.write_text(default_toml(), encoding="utf-8")
    written = load_settings(file, env={})
    paths = {"decision_file", "state_dir", "log_dir"}
    assert written.model_dump(exclude=paths) == Settings().model_dump(exclude=paths)
    assert written.decision_file == tmp_path / Settings().decision_file


def test_the_written_file_has_every_key_but_the_secrets_each_with_a_comment() -> None:
    uncommented = default_toml().replace("\n# rest_url", "\nrest_url").replace("\n# stream_url", "\nstream_url")
    assert {key for key, _ in flat(tomllib.loads(uncommented))} == set(keys()) - secret_keys()
    for key in set(keys()) - secret_keys():
        description = keys()[key].description
        assert description
        assert f"# {description}" in default_toml()


def test_every_line_of_the_written_file_fits_the_screen() -> None:
    assert max(map(len, default_toml().splitlines())) <= 120


@pytest.mark.parametrize("key", SAMPLES)
def test_what_is_shown_reads_back_the_same(key: str, tmp_path: Path) -> None:
    file = tmp_path / "capi.toml"
    file.write_text(toml(key, SAMPLES[key].written), encoding="utf-8")
    settings = load_settings(file, env={})
    for with_origin in (False, True):
        file.write_text(settings_toml(settings, with_origin=with_origin), encoding="utf-8")
        assert load_settings(file, env={}).model_dump() == settings.model_dump()


def test_origin_names_the_source_and_the_place_of_every_key(tmp_path: Path) -> None:
    file = tmp_path / "capi.toml"
    file.write_text('symbol = "ETHUSDT"\n[chase]\nthreshold = "20bps"\nattempts_max = 4\n')
    (tmp_path / "paper__seed").write_text("9")
    env = {"CAPI_CHASE__ATTEMPTS_MAX": "5", "CAPI_TELEGRAM__TOKEN": "hunter2", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    told = {one.key: one for one in origin(load_settings(file, {"risk": {"leverage_max": 2}}, env))}
    assert list(told) == list(keys())
    assert (told["symbol"].value, told["symbol"].source, told["symbol"].where) == (
        "ETHUSDT",
        "file",
        f"symbol in {file}",
    )
    assert (told["chase.threshold"].value, told["chase.threshold"].source) == ("0.2%", "file")
    assert (told["chase.attempts_max"].value, told["chase.attempts_max"].source) == (5, "environment")
    assert told["chase.attempts_max"].where == "CAPI_CHASE__ATTEMPTS_MAX in the environment"
    assert (told["paper.seed"].value, told["paper.seed"].source) == (9, "secrets")
    assert (told["risk.leverage_max"].value, told["risk.leverage_max"].source) == (2, "flag")
    assert (told["telegram.token"].value, told["telegram.token"].source) == ("set", "environment")
    assert (told["exchange.api_key"].value, told["exchange.api_key"].source) == ("not set", "default")
    assert (told["loop.interval_seconds"].value, told["loop.interval_seconds"].source) == ("1.0", "default")
    assert (told["state_dir"].value, told["state_dir"].where) == (str(tmp_path / "data"), "")
