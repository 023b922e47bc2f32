"""A name that is no key is an error wherever it stands, and the error names the nearest known one."""

from pathlib import Path

import pytest

from capi.settings import ConfigError, load_settings, overlay


def problem_in_file(content: str, folder: Path) -> str:
    file = folder / "capi.toml"
    file.write_text(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(file, env={})
    return caught.value.message.replace(str(file), "FILE")


def problem_in_environment(**env: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(None, env=env)
    return caught.value.message


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('symbl = "BTCUSDT"', "symbl in FILE is no key of capi: did you mean symbol?"),
        ('[entry]\nspred_max = "1%"', "entry.spred_max in FILE is no key of capi: did you mean entry.spread_max?"),
        ("[riskk]\nleverage_max = 3", "riskk.leverage_max in FILE is no key of capi: did you mean risk.leverage_max?"),
        ("[riskk]", "riskk in FILE is no key of capi: did you mean risk?"),
        ('[risk]\nspread_max = "1%"', "risk.spread_max in FILE is no key of capi: did you mean entry.spread_max?"),
        ('[telegram]\nsymbol = "X"', "telegram.symbol in FILE is no key of capi: did you mean symbol?"),
        ('"entry.spread_max" = "1%"', '"entry.spread_max" in FILE is no key of capi: did you mean entry.spread_max?'),
        ("[a.b.c.d.e]\nf = 1", "a.b.c in FILE is no key of capi: remove it"),
        ("entry = 5", "entry in FILE is a section: write [entry] and its keys below it."),
        ("Symbol = 'ETHUSDT'", "Symbol in FILE is no key of capi: did you mean symbol?"),
        ("[chase.threshold]\nx = 1", "chase.threshold.x in FILE is no key of capi: did you mean chase.threshold?"),
        ("[[chase]]\nthreshold = '1%'", "chase in FILE is a section: write [chase] and its keys below it."),
        ('"a\\u001b[31m" = 1', "a\\x1b[31m in FILE is no key of capi"),
    ],
)
def test_in_the_file(content: str, sentence: str, tmp_path: Path) -> None:
    assert problem_in_file(content, tmp_path).startswith(sentence)


def test_an_empty_known_section_is_fine(tmp_path: Path) -> None:
    (tmp_path / "capi.toml").write_text("[entry]\n[risk]\n")
    load_settings(tmp_path / "capi.toml", env={})


def test_keys_without_end_are_refused_not_followed(tmp_path: Path) -> None:
    assert "is no key of capi" in problem_in_file(".".join("a" * 5_000) + " = 1", tmp_path)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("CAPI_SYMBL", "CAPI_SYMBL in the environment is no key of capi: did you mean CAPI_SYMBOL?"),
        ("CAPI_RISKK__LEVERAGE_MAX", "is no key of capi: did you mean CAPI_RISK__LEVERAGE_MAX?"),
        ("CAPI_RISK__LEVERAGEMAX", "is no key of capi: did you mean CAPI_RISK__LEVERAGE_MAX?"),
        ("CAPI_RISK_LEVERAGE_MAX", "is no key of capi: did you mean CAPI_RISK__LEVERAGE_MAX?"),
        ("CAPI_ENTRY__SPREAD_MAX__X", "is no key of capi: did you mean CAPI_ENTRY__SPREAD_MAX?"),
        ("CAPI_ENTRY", "is a section: set its keys one by one, as in CAPI_ENTRY__DISTANCE_MAX."),
        ("capi_symbol", "capi_symbol in the environment is not read: write CAPI_SYMBOL."),
        ("CAPI_", "CAPI_ in the environment is no key of capi"),
        ("CAPI_QQQQ", "CAPI_QQQQ in the environment is no key of capi: remove it"),
        ("CAPI_CONFIG", "CAPI_CONFIG in the environment is no key of capi: remove it"),
        ("CAPI_FOO", "CAPI_FOO in the environment is no key of capi: remove it"),
        ("CAPI_SEED", "CAPI_SEED in the environment is no key of capi: did you mean CAPI_PAPER__SEED?"),
    ],
)
def test_in_the_environment(name: str, sentence: str) -> None:
    assert sentence in problem_in_environment(**{name: "1"})


def test_variables_of_others_are_not_ours() -> None:
    load_settings(None, env={"CAPITAL": "1", "_CAPI_COMPLETE": "bash", "XCAPI_SYMBOL": "x"})


def test_in_flags_and_snapshots() -> None:
    with pytest.raises(
        ConfigError, match=r"chase\.treshold in the flags is no key of capi: did you mean chase\.threshold\?"
    ):
        load_settings(None, {"chase": {"treshold": "1%"}}, env={})
    for table in ({"chase": {"treshold": "1%"}}, {"treshold": "1%"}, {"chaise": {"threshold": "1%"}}):
        with pytest.raises(
            ConfigError, match=r"in the snapshot's config is no key of capi: did you mean chase\.threshold\?"
        ):
            overlay(load_settings(None, env={}), table)


def test_in_the_secrets_directory_what_means_ours_is_an_error_and_the_rest_is_left_alone(tmp_path: Path) -> None:
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    (tmp_path / "tls_certificate").write_text("of another program")
    load_settings(None, env=env)
    (tmp_path / "exchange__api_secrett").write_text("hunter2")
    (tmp_path / "exchnge__api_key").write_text("hunter2")
    with pytest.raises(ConfigError) as caught:
        load_settings(None, env=env)
    assert caught.value.message.splitlines() == [
        f"exchange__api_secrett in {tmp_path} is no key of capi: did you mean exchange__api_secret?",
        f"exchnge__api_key in {tmp_path} is no key of capi: did you mean exchange__api_key?",
    ]
