"""Ctrl-C and SIGTERM in the middle of a replay: it ends in order, keeps what was done, and says where it is.

Before the first price there is nothing to keep, and that is said too.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capi.adapters.prices import Batch
from capi.adapters.prices.generated import generate
from capi.cli.main import app
from capi.cli.replay import inputs
from capi.cli.replay import run as replay_run
from capi.cli.replay.inputs import bundled
from capi.cli.replay.progress import progress_bar
from capi.cli.replay.run import Result, replay
from capi.ports.market import Quote
from capi.settings import load_settings
from tests.cli.run import PROGRAM, environment
from tests.replay.story import T0

DEADLINE_S = 60


def events(journal: Path) -> list[dict[str, object]]:
    """Return the journal's events; every line is whole, and they are numbered without a gap."""
    read = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [event["seq"] for event in read] == list(range(1, len(read) + 1))
    return read


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_interrupted_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "paper", "--hours", "100", "--every-pass", "--json", "--out", "run"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = tmp_path / "run" / "journal.jsonl"
    with process:
        _until_written(journal, process)
        process.send_signal(number)
        output, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, errors
    document = json.loads(output)
    assert document["interrupted"] is True
    assert "interrupted at 2025-" in errors
    assert "the journal is run/journal.jsonl" in errors
    assert "Traceback" not in errors
    last = events(journal)[-1]
    assert (last["event"], last["reason"]) == ("run_ended", "interrupted")


def _until_written(journal: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the replay has begun to write: it is in the middle of its rows then."""
    pause = threading.Event()
    for _ in range(DEADLINE_S * 50):
        if journal.exists() and journal.stat().st_size > 0:
            return
        assert process.poll() is None, "the replay has ended before it could be interrupted"
        pause.wait(0.02)
    raise AssertionError("the replay has written nothing")


def interrupted(folder: Path, *at: int) -> Result:
    """Run a replay that is interrupted at some of its quotes."""
    inputs = bundled(load_settings(None, {}, env={}), 1, folder)

    def batches() -> Iterator[Batch]:
        for number, row in enumerate(quote for batch in inputs.batches if isinstance(batch, list) for quote in batch):
            for _ in range(at.count(number)):
                signal.raise_signal(signal.SIGINT)
            yield [row]

    with progress_bar(inputs.fraction) as progress:
        return replay(
            inputs.settings,
            batches=batches(),
            decisions=inputs.decisions,
            instrument=inputs.instrument,
            out=folder,
            every_pass=True,
            progress=progress,
        )


def test_it_ends_between_two_quotes_and_tells_the_time_of_the_last(tmp_path: Path) -> None:
    result = interrupted(tmp_path, 600)
    assert (result.interrupted, result.ticks) == (True, 600)
    assert events(tmp_path / "journal.jsonl")[-1]["at_ms"] == result.at_ms


def test_a_second_signal_ends_it_at_once_and_the_journal_is_whole(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path, 600, 600)
    assert signal.getsignal(signal.SIGINT) is before
    assert events(tmp_path / "journal.jsonl")


def test_before_the_first_quote_is_taken_nothing_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_run, "ends_in_order", lambda: nullcontext(lambda: True))
    result = interrupted(tmp_path)
    assert (result.interrupted, result.ticks, result.passes) == (True, 0, 0)
    assert not (tmp_path / "status.json").exists()
    assert [event["event"] for event in events(tmp_path / "journal.jsonl")][-1] == "run_ended"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_the_first_price_it_says_that_nothing_was_traded_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "p.csv").write_text(f"timestamp_ms,bid,ask\n{T0},90849.9,90850\n")
    fifo = tmp_path / "decisions"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "paper", "--prices", "p.csv", "--decisions", "decisions", "--out", "run"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    writer = os.open(fifo, os.O_WRONLY)  # opens when the decisions are read, so the signal meets it there
    process.send_signal(number)
    output = process.communicate(timeout=DEADLINE_S)
    os.close(writer)
    assert (process.returncode, *output) == (130, "", "capi: interrupted before the first price; nothing was traded\n")
    assert not (tmp_path / "run").exists()


def test_while_the_bundled_market_is_made_it_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(seed: int, hours: int) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(inputs, "generate", stopped)
    result = CliRunner().invoke(app, ["paper", "--out", str(tmp_path / "run")])
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "capi: interrupted before the first price; nothing was traded\n"
    assert not (tmp_path / "run").exists()


def test_a_second_signal_says_where_the_journal_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(seed: int, hours: int) -> tuple[Iterator[Quote], list[dict[str, Any]]]:
        quotes, decisions = generate(seed, hours)

        def interrupted_twice() -> Iterator[Quote]:
            yield from islice(quotes, 600)
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

        return interrupted_twice(), decisions

    monkeypatch.setattr(inputs, "generate", stopped)
    journal = tmp_path / "run" / "journal.jsonl"
    result = CliRunner().invoke(app, ["paper", "--hours", "1", "--out", str(journal.parent)])
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == f"capi: interrupted at once; what was done until then is in the journal {journal}\n"
    assert events(journal)
