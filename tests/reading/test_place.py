"""The short way to the records says what the settings say, or leaves it to them."""

from pathlib import Path

import pytest

from capi.cli.reading import place
from capi.cli.reading.place import Place, plain_place
from capi.settings import load_settings


@pytest.fixture(autouse=True)
def nothing_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def configured(config: Path | None) -> Place:
    settings = load_settings(config)
    return Place(state_dir=settings.state_dir, symbol=settings.symbol, environment=settings.exchange.environment)


def test_without_a_file_it_is_the_defaults(tmp_path: Path) -> None:
    assert (
        plain_place(None)
        == configured(None)
        == Place(state_dir=tmp_path / place.STATE_DIR, symbol=place.SYMBOL, environment=place.ENVIRONMENT)
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        'symbol = "ETHUSDT"\nstate_dir = "my state/x"\n[exchange]\nenvironment = "mainnet"\n',
        'state_dir = "/var/lib/capi"\n',
        'state_dir = "../elsewhere"\n[risk]\nleverage_max = 3\n',
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_plain_file_says_what_the_settings_say(tmp_path: Path, text: str, named: bool) -> None:
    file = tmp_path / ("sub" if named else ".") / "capi.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    config = file if named else None
    assert plain_place(config) == configured(config)


@pytest.mark.parametrize(
    "text",
    [
        "symbol = [",
        "symbol = 3",
        'symbol = "btcusdt"',
        'state_dir = ""',
        'state_dir = "~/capi"',
        'state_dir = "a\\tb"',
        "exchange = 3",
        '[exchange]\nenvironment = "mars"',
        '[exchange]\nenvironment = ["testnet"]',
    ],
)
def test_anything_odd_is_left_to_the_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "capi.toml").write_text(text)
    assert plain_place(None) is None


@pytest.mark.parametrize(
    "name", ["CAPI_STATE_DIR", "CAPI_SYMBOL", "CAPI_EXCHANGE__ENVIRONMENT", "capi_symbol", "CAPI_X"]
)
def test_another_variable_of_ours_is_left_to_the_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    assert plain_place(None) is None


def test_a_secret_in_the_environment_and_a_secrets_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPI_EXCHANGE__API_KEY", "x")
    assert plain_place(None) is not None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert plain_place(None) is None


def test_what_is_no_readable_file_is_left_to_the_settings(tmp_path: Path) -> None:
    assert plain_place(tmp_path / "missing.toml") is None
    (tmp_path / "capi.toml").mkdir()
    assert plain_place(None) is None
