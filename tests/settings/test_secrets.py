"""Secrets come from the environment, files and the secrets directory; never from capi.toml; and never out again."""

import traceback
from pathlib import Path
from typing import Final

import pytest

from capi.settings import ConfigError, Settings, load_settings, origin, overlay
from capi.settings.summary import summary
from capi.settings.written import settings_toml

VALUE = "hunter2hunter2"
NAMES = ("exchange.api_key", "exchange.api_secret", "telegram.token")


def variable(key: str) -> str:
    return "CAPI_" + key.upper().replace(".", "__")


def secret(settings: Settings, key: str) -> str | None:
    section, _, name = key.partition(".")
    held = getattr(getattr(settings, section), name)
    return None if held is None else str(held.get_secret_value())


def message(config: Path | None = None, **env: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(config, env=env)
    assert VALUE not in "".join(traceback.format_exception(caught.value))
    return caught.value.message


@pytest.mark.parametrize("key", NAMES)
def test_a_secret_from_the_environment_a_file_and_the_secrets_directory(key: str, tmp_path: Path) -> None:
    file = tmp_path / "the-secret"
    file.write_text(f"{VALUE}\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / key.replace(".", "__")).write_text(f"{VALUE}\n")
    assert secret(load_settings(None, env={}), key) is None
    for env in (
        {variable(key): VALUE},
        {f"{variable(key)}_FILE": str(file)},
        {"CREDENTIALS_DIRECTORY": str(credentials)},
    ):
        settings = load_settings(None, env=env)
        assert secret(settings, key) == VALUE
        shown = [
            repr(settings),
            str(settings),
            settings.model_dump_json(),
            repr(settings.layers),
            repr(origin(settings)),
        ]
        shown += [settings_toml(settings, with_origin=True), *summary(settings)]
        assert VALUE not in "".join(shown)
        assert next(told.value for told in origin(settings) if told.key == key) == "set"


def test_the_environment_wins_over_the_secrets_directory_also_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "exchange__api_key").write_text("from-the-directory")
    (tmp_path / "other").write_text("from-the-file")
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path), "CAPI_EXCHANGE__API_KEY_FILE": str(tmp_path / "other")}
    assert secret(load_settings(None, env=env), "exchange.api_key") == "from-the-file"


def test_a_secret_file_is_relative_to_the_configuration_file(tmp_path: Path) -> None:
    (tmp_path / "capi.toml").touch()
    (tmp_path / "key").write_text(VALUE)
    settings = load_settings(tmp_path / "capi.toml", env={"CAPI_EXCHANGE__API_KEY_FILE": "key"})
    assert secret(settings, "exchange.api_key") == VALUE


@pytest.mark.parametrize("key", NAMES)
@pytest.mark.parametrize("suffix", ["", "_file"])
def test_a_secret_in_the_file_or_a_snapshot_is_an_error_with_the_cure(key: str, suffix: str, tmp_path: Path) -> None:
    section, _, name = key.partition(".")
    file = tmp_path / "capi.toml"
    file.write_text(f'[{section}]\n{name}{suffix} = "{VALUE}"\n')
    said = message(file)
    assert said.startswith(f"{key}{suffix} in {file}: a secret does not belong there")
    assert f"set {variable(key)} or {variable(key)}_FILE" in said
    with pytest.raises(ConfigError) as caught:
        overlay(load_settings(None, env={}), {section: {name + suffix: VALUE}})
    assert VALUE not in caught.value.message


def test_a_secret_in_the_wrong_section_of_the_file_is_told_to_leave_it(tmp_path: Path) -> None:
    file = tmp_path / "capi.toml"
    file.write_text(f'api_secret = "{VALUE}"\n[binance]\napi_key = "{VALUE}"\n')
    first, second = message(file).splitlines()
    assert "CAPI_EXCHANGE__API_SECRET or" in first
    assert "CAPI_EXCHANGE__API_KEY or" in second


@pytest.mark.parametrize("bad", ["", " ", f"{VALUE} x", f"{VALUE}\n{VALUE}", f"{VALUE}ä", VALUE * 50, f"{VALUE}\x1b"])
def test_a_malformed_secret_is_refused_without_being_shown(bad: str) -> None:
    assert message(CAPI_EXCHANGE__API_SECRET=bad).startswith(
        "CAPI_EXCHANGE__API_SECRET in the environment: the secret is"
    )


PEM: Final = "-----BEGIN EXAMPLE-----\nno+key\nat+all\n-----END EXAMPLE-----"


def test_the_signing_secret_may_be_the_text_of_a_pem_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(f"{PEM}\n")
    (tmp_path / "exchange__api_secret").write_text(f"{PEM}\n")
    for env in (
        {"CAPI_EXCHANGE__API_SECRET": PEM},
        {"CAPI_EXCHANGE__API_SECRET": PEM.replace("\n", "\\n")},
        {"CAPI_EXCHANGE__API_SECRET_FILE": str(file)},
        {"CREDENTIALS_DIRECTORY": str(tmp_path)},
    ):
        assert secret(load_settings(None, env=env), "exchange.api_secret") == PEM


@pytest.mark.parametrize("bad", [PEM[:-6], f"{PEM}ä", PEM + "\x1b-----", PEM.replace("no", "no" * 9000)])
def test_half_a_pem_is_refused_without_being_shown(bad: str) -> None:
    said = message(CAPI_EXCHANGE__API_SECRET=bad)
    assert said.startswith("CAPI_EXCHANGE__API_SECRET in the environment: the secret is no whole PEM text")
    assert "at+all" not in said


def test_a_secret_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_text(VALUE * 1000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "lines").write_text(f"{VALUE}\n{VALUE}\n")
    for file, problem in (
        ("missing", "cannot be read (No such file or directory)"),
        ("empty", "is empty or too large for a secret"),
        ("large", "is empty or too large for a secret"),
        ("binary", "holds more than ASCII text"),
        (".", "cannot be read (Is a directory)"),
        ("lines", "the secret is not one word"),
    ):
        said = message(CAPI_TELEGRAM__TOKEN_FILE=str(tmp_path / file))
        assert problem in said
        assert said.startswith("CAPI_TELEGRAM__TOKEN")


def test_a_secret_where_its_path_belongs_is_not_shown() -> None:
    assert "the file it names cannot be read" in message(CAPI_EXCHANGE__API_SECRET_FILE=VALUE)


def test_a_secret_and_its_file_together_are_refused() -> None:
    said = message(CAPI_EXCHANGE__API_KEY=VALUE, CAPI_EXCHANGE__API_KEY_FILE="/x")
    assert "CAPI_EXCHANGE__API_KEY_FILE in the environment are both set: keep one" in said


def test_a_mistyped_secret_does_not_leak() -> None:
    said = message(CAPI_EXCHANGE__API_SECRETT=VALUE, CAPI_EXCHANGE__APIKEY=VALUE, CAPI_EXCHANGE=VALUE)
    assert "did you mean CAPI_EXCHANGE__API_SECRET?" in said


def test_the_address_of_the_exchange_is_not_shown_when_it_holds_a_password() -> None:
    assert "not the address of a server" in message(CAPI_EXCHANGE__REST_URL=f"https://user:{VALUE}@host")


def test_secrets_directories_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "not a folder of small files" in message(CREDENTIALS_DIRECTORY=str(tmp_path / "missing"))
    assert "not a folder of small files" in message(CREDENTIALS_DIRECTORY=str(tmp_path / "file"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "holds a file that is not text" in message(CREDENTIALS_DIRECTORY=str(tmp_path))
    load_settings(None, env={"CREDENTIALS_DIRECTORY": ""})


def test_a_credential_that_is_a_link_out_of_its_folder_is_not_ignored_in_silence(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(VALUE)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "exchange__api_key").symlink_to(tmp_path / "outside")
    assert "exchange__api_key" in message(CREDENTIALS_DIRECTORY=str(credentials))
