"""The loop: a pass at each interval, at once after what fills at once, and an end when it is told to stop."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from capi.cli.live.pace import signal_pace
from capi.engine.loop import Loop
from tests.live.stage import Acting, acting
from tests.serve.served import served


def minutely(run: Acting) -> Loop:
    """Return a loop whose interval is longer than any pass: each pass but the last is waited after."""
    return Loop(run.engine, run.pace, 60.0, lambda report, seconds: run.reports.append(report))


def test_cycles_are_passes_and_the_last_one_waits_for_nothing(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        minutely(run).run(3)
        assert len(run.reports) == 3
        assert len(run.pace.waits) == 2
        assert all(0 <= wait <= 60 for wait in run.pace.waits)


def test_it_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.pace.stop_after = 4
        minutely(run).run()
        assert len(run.reports) == 4


def test_told_to_stop_before_it_began_it_runs_no_pass(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.pace.stop_after = 0
        run.loop.run(5)
        assert run.reports == []


def test_a_market_entry_is_looked_at_and_guarded_without_a_pause(tmp_path: Path) -> None:
    with (
        served(price="76945.0") as venue,
        acting(venue, tmp_path, chase={"attempts_max": 0, "after_seconds": 1}) as run,
    ):
        run.decide()
        run.until(lambda: "capi_entry_d1" in run.resting)
        run.time.skip(2000)
        run.until(lambda: "capi_entry_d1" not in run.resting)  # cancelled, to be replaced
        waits = len(run.pace.waits)
        run.loop.run(2)
        assert run.sent_ids("entry") == ["capi_entry_d1", "capi_entry_d1_2"]
        assert any(order.kind == "algo" for order in run.resting.values())
        assert len(run.pace.waits) == waits


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting_and_a_second_one_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with signal_pace() as pace:
        sender = threading.Timer(0.05, os.kill, (os.getpid(), number))
        sender.start()
        began = time.monotonic()
        pace.wait(30)
        sender.join()
        assert pace.stopping
        assert time.monotonic() - began < 10
        pace.wait(0.01)  # the first one does not cut what comes later short
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_a_terminal_that_goes_away_is_the_first_signal_and_never_the_second() -> None:
    with signal_pace() as pace:
        for _ in range(3):  # the shell and the terminal each send one
            os.kill(os.getpid(), signal.SIGHUP)
        assert pace.stopping
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)


def test_under_nohup_a_terminal_that_goes_away_ends_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signal_pace() as pace:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not pace.stopping
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
