"""`capi paper --faults` as a user has it, and the command over many seeds."""

import json
from pathlib import Path

import pytest

from capi.cli.simulation.__main__ import main
from tests.cli.run import run

SEED = "7"


def test_a_bad_day_is_told_as_a_timeline(tmp_path: Path) -> None:
    done = run(["paper", "--faults", SEED], tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"seed {SEED}, from 2025-11-2")
    assert any(" ! " in line for line in lines)  # a fault
    assert any(" place: capi_" in line for line in lines)
    assert any(" guard: guarded" in line for line in lines)
    assert any(line.startswith("invariants") and line.endswith("all held") for line in lines)
    assert done.stderr == f"capi: the journal is {tmp_path / 'data/runs/1/journal.jsonl'}\n"
    assert (tmp_path / "data/runs/1/journal.jsonl").stat().st_size > 1000


def test_the_same_seed_is_the_same_document_but_for_the_seconds(tmp_path: Path) -> None:
    documents = []
    for name in ("one", "two"):
        done = run(["paper", "--faults", SEED, "--json", "--out", name], tmp_path)
        assert done.returncode == 0, done.stderr
        documents.append(json.loads(done.stdout))
        assert documents[-1].pop("seconds") >= 0
    assert documents[0] == documents[1]
    document = documents[0]
    assert document["violation"] is None
    assert document["passes"] > 50
    assert sum(document["faults"].values()) == sum(told["fault"] for told in document["timeline"])
    assert {"ticks", "trades", "net_pnl", "fees", "naked_seconds_max", "equity_end", "open_qty"} <= document.keys()
    assert (tmp_path / "one/journal.jsonl").read_bytes() == (tmp_path / "two/journal.jsonl").read_bytes()


def test_faults_are_left_out_and_a_configuration_of_ones_own_is_taken(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('id_prefix = "mine"\n', encoding="utf-8")
    without = [part for kind in ("crash", "power_cut") for part in ("--without", kind)]
    done = run(["paper", "--faults", SEED, "--json", "--config", "own.toml", *without], tmp_path)
    assert done.returncode in (0, 3), done.stderr
    document = json.loads(done.stdout)
    assert not {"crash", "power_cut"} & document["faults"].keys()
    assert "mine_entry_" in done.stdout
    assert "capi_entry_" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--faults", "1", "--without", "rain"], 2, "--without rain: no such fault; there are algo_lag, "),
        (["--without", "crash"], 2, "--without is of a bad day: give --faults SEED as well, or leave it out"),
        (["--faults", "1", "--seed", "3"], 2, "--seed means nothing to a bad day, its seed says it all"),
        (["--faults", "1", "--config", "none.toml"], 2, "none.toml"),
        (["--faults", "1", "--config", "other.toml"], 2, "symbol is ETHUSDT, and bad days are BTCUSDT's"),
        (["--faults", "1", "--out", "taken"], 4, "already holds a journal"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: list[str], status: int, sentence: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/journal.jsonl").touch()
    (tmp_path / "other.toml").write_text('symbol = "ETHUSDT"\n', encoding="utf-8")
    done = run(["paper", *arguments], tmp_path)
    assert done.returncode == status
    assert sentence in done.stderr
    assert done.stdout == ""


def test_many_seeds_end_with_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "3", "--from", "5", "--workers", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["seeds", "3"]
    assert any(line.split() == ["violations", "0"] for line in lines)
    assert any(line.startswith("faults by kind") for line in lines)


def test_many_seeds_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2", "--workers", "2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["seeds"], document["violations"], document["interrupted"]) == (2, [], False)
    assert document["passes"] > 100


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_count_that_is_none_is_refused(count: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--seeds", count])
    assert ended.value.code == 2
