"""`capi decision`: what a file means, why it is invalid, and the schema for those who write one."""

import json
import os
import re
import time
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capi.adapters.decision_schema import decision_schema
from capi.cli.main import app
from capi.cli.output import iso
from tests.adapters.decision_examples import BAD, FLAT, LONG, TIME_MS, written


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CAPI_")]:
        monkeypatch.delenv(name)
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["decision", *arguments])
    return result.exit_code, result.stdout, result.stderr


def dated(seconds: int) -> str:
    """Return the time so many seconds from now, as a decision writes it."""
    return iso((time.time_ns() // 1_000_000_000 + seconds) * 1000)


def test_a_valid_file_is_said_in_a_sentence() -> None:
    Path("d.json").write_bytes(written(LONG))
    status, output, errors = invoke("validate", "d.json")
    assert (status, errors) == (0, "")
    assert output.startswith(
        "d.json: valid; decision 20251128T100500Z of 2025-11-28T10:05:00Z: long 1000.0 USDT, entry_zone 90700.0 to "
        "90900.0, sl 89800.0, tp1 92200.0, tp2 93500.0, leverage 3, confidence 0.76; "
    )


def test_one_that_is_too_old_says_that_it_opens_nothing() -> None:
    Path("d.json").write_bytes(written(LONG, timestamp_iso=dated(-3660)))
    status, output, _ = invoke("validate", "d.json")
    assert status == 0
    assert re.search(
        r"; 3,66\d s old, more than loop\.decision_age_seconds_max \(600\): it opens nothing \(gate stale\)$", output
    )
    Path("patient.toml").write_text("[loop]\ndecision_age_seconds_max = 7200\n")
    assert invoke("validate", "d.json", "--config", "patient.toml")[1].endswith("confidence 0.76\n")


def test_one_from_the_future_says_that_it_opens_nothing() -> None:
    Path("d.json").write_bytes(written(LONG, timestamp_iso=dated(3600)))
    status, output, _ = invoke("validate", "d.json")
    assert status == 0
    assert re.search(r"; 3,[56]\d\d s in the future: it opens nothing \(gate future\)$", output)


@pytest.mark.parametrize(
    ("ahead_ms", "gate"), [(-600_001, "stale"), (-600_000, None), (5_000, None), (5_001, "future")]
)
def test_the_bounds_are_those_of_the_gates(monkeypatch: pytest.MonkeyPatch, ahead_ms: int, gate: str | None) -> None:
    Path("d.json").write_bytes(written(LONG))
    monkeypatch.setattr(time, "time_ns", lambda: (TIME_MS - ahead_ms) * 1_000_000)
    _, output, _ = invoke("validate", "d.json")
    assert ("gate" in output) == (gate is not None)
    assert f"(gate {gate})" in output or gate is None
    assert json.loads(invoke("validate", "d.json", "--json")[1])["age_seconds"] == str(Decimal(-ahead_ms) / 1000)


def test_a_flat_without_a_timestamp_has_the_files_time() -> None:
    Path("d.json").write_bytes(written(FLAT, timestamp_iso=...))
    os.utime("d.json", ns=((TIME_MS + 250) * 1_000_000,) * 2)
    status, output, _ = invoke("validate", "d.json")
    assert status == 0
    assert output.startswith("d.json: valid; decision 20251128T100500.25Z of 2025-11-28T10:05:00.250Z: flat; ")


@pytest.mark.parametrize(("document", "says"), BAD.values(), ids=BAD)
def test_an_invalid_file_ends_with_status_2_and_its_sentence(document: bytes, says: str) -> None:
    Path("d.json").write_bytes(document)
    status, output, errors = invoke("validate", "d.json")
    assert (status, output) == (2, "")
    assert errors.startswith("capi: d.json: ")
    assert says in errors
    assert errors.count("\n") == 1


def test_json_is_one_document_either_way() -> None:
    Path("d.json").write_bytes(written(LONG, leverage=2.5))
    status, output, _ = invoke("validate", "d.json", "--json")
    document = json.loads(output)
    assert (status, document["valid"], document["action"], document["leverage"]) == (0, True, "long", "2.5")
    Path("d.json").write_bytes(written(LONG, sl=None, decision_id="d-1"))
    status, output, errors = invoke("validate", "d.json", "--json")
    assert (status, errors) == (2, "")
    assert json.loads(output) == {"valid": False, "decision_id": "d-1", "reason": "sl: missing; a long needs it"}


def test_the_configured_symbol_counts() -> None:
    Path("d.json").write_bytes(written(LONG))
    Path("eth.toml").write_text('symbol = "ETHUSDT"\n')
    status, _, errors = invoke("validate", "d.json", "--config", "eth.toml")
    assert status == 2
    assert 'symbol: "BTCUSDT" is not the configured symbol ETHUSDT' in errors


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "no such file"), (b"", "is empty"), (b"{}\x00", "is binary"), (b" " * (2 << 20), "longer than")],
)
def test_what_is_no_decision_file_ends_with_status_2(content: bytes | None, says: str) -> None:
    if content is not None:
        Path("d.json").write_bytes(content)
    status, output, errors = invoke("validate", "d.json")
    assert (status, output) == (2, "")
    assert says in errors


def test_the_schema_is_printed() -> None:
    status, output, _ = invoke("schema")
    assert status == 0
    assert json.loads(output) == decision_schema()
