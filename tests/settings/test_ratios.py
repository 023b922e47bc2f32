"""A ratio is text with its unit; a bare number is refused in every source, with a sentence that says why."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.settings import ConfigError, load_settings, overlay
from capi.settings.numbers import number, ratio, ratio_text


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("0.15%", "0.0015"),
        ("15bps", "0.0015"),
        ("15 bps", "0.0015"),
        (" 2% ", "0.02"),
        ("100%", "1"),
        ("0.5bps", "0.00005"),
    ],
)
def test_percent_and_bps_are_exact_fractions(written: str, means: str) -> None:
    assert ratio(written) == Decimal(means)


@pytest.mark.parametrize(
    "written", ["", "%", "bps", "1 %%", "1e1%", "1_0%", ".5%", "5.%", "0,5%", "1BPS", "\uff11%", "nan%"]
)
def test_anything_else_is_no_ratio(written: str) -> None:
    with pytest.raises(ValueError, match="is not a ratio"):
        ratio(written)


@given(st.decimals(min_value=0, max_value=1, places=8))
def test_what_is_written_out_reads_back_the_same(fraction: Decimal) -> None:
    assert ratio(ratio_text(fraction)) == fraction


@given(st.text(max_size=40))
def test_no_text_breaks_the_parsers(written: str) -> None:
    for parse in (ratio, number):
        try:
            means = parse(written)
        except ValueError as error:
            refusal = str(error)
        else:
            refusal = ""
            assert means.is_finite()
        assert refusal.isprintable()


SENTENCE = '0.15 of what? Write "0.15%" or "15bps".'


@pytest.mark.parametrize("written", ["0.15", '"0.15"'])
def test_a_bare_number_in_the_file(written: str, tmp_path: Path) -> None:
    file = tmp_path / "capi.toml"
    file.write_text(f"[chase]\nthreshold = {written}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file, env={})
    assert caught.value.message == f"chase.threshold in {file}: {SENTENCE}"


def test_a_bare_number_in_the_environment() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(None, env={"CAPI_CHASE__THRESHOLD": "0.15"})
    assert caught.value.message == f"CAPI_CHASE__THRESHOLD in the environment: {SENTENCE}"


@pytest.mark.parametrize("value", ["0.15", Decimal("0.15")])
def test_a_bare_number_as_a_flag_and_in_a_snapshot(value: object) -> None:
    table = {"chase": {"threshold": value}}
    with pytest.raises(ConfigError) as caught:
        load_settings(None, table, env={})
    assert caught.value.message == f"chase.threshold, given as a flag: {SENTENCE}"
    with pytest.raises(ConfigError) as caught:
        overlay(load_settings(None, env={}), table)
    assert caught.value.message == f"config.chase.threshold of the snapshot: {SENTENCE}"
