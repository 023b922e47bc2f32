"""`capi run` as a process: what Ctrl-C, SIGTERM, a second signal and a kill leave."""

import signal
from decimal import Decimal
from pathlib import Path

from tests.live.processes import Engine, engine, read_until, rest_of
from tests.live.stage import Acting, position, prepared, resting
from tests.serve.served import served


def running(process: Engine, state: str) -> None:
    """Wait for its first pass."""
    read_until(process, f"Z {state}")


def test_the_first_signal_ends_it_in_order_and_leaves_stop_and_targets(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.trade)
        before = resting(venue)
        with engine(user) as process:
            running(process, "IN_POSITION")
            process.send_signal(signal.SIGTERM)
            said = rest_of(process)
        assert process.returncode == 0, said
        assert "a position of 0.013, guard guarded" in said
        assert "capi_sl_d1, SELL STOP_MARKET all of it at 76000" in said
        assert resting(venue) == before
        assert position(venue) == Decimal("0.013")
        assert user.events()[-1]["reason"] == "stopped by a signal"


def test_a_resting_entry_goes_with_the_engine(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.entry)
        with engine(user) as process:
            running(process, "NO_POSITION")
            process.send_signal(signal.SIGINT)
            said = rest_of(process)
        assert process.returncode == 0, said
        assert "nothing of ours stays on the exchange" in said
        assert resting(venue) == {}


def test_the_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.entry)
        with engine(user) as process:
            running(process, "NO_POSITION")
            venue.fault("DELETE /fapi/v1/order", "unavailable_503", times=10_000)
            process.send_signal(signal.SIGINT)
            read_until(process, "stopped by a signal")
            process.send_signal(signal.SIGINT)
            said = rest_of(process)
        assert process.returncode == 130, said
        assert "ended at once" in said
        assert "Traceback" not in said
        assert set(resting(venue)) == {"capi_entry_d1"}


def test_a_killed_engine_leaves_no_lock_and_no_mess(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.trade)
        before = resting(venue)
        with engine(user) as process:
            running(process, "IN_POSITION")
            process.kill()
            process.wait(60)
        result = user.capi("run", "--once")
        assert result.exit_code == 0, result.stderr
        assert resting(venue) == before
