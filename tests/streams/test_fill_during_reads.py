"""A fill does not wait: not for reads that hang, nor for reads that fail."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.serve.served import served
from tests.streams.stage import DEADLINE_SECONDS, streaming

READS: Final = ("openOrders", "openAlgoOrders")
HANGS_SECONDS: Final = 4.0


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds, asking again and again."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


@pytest.mark.parametrize("path", READS)
def test_a_fill_while_a_pass_waits_for_a_read_has_its_stop_before_the_read_is_answered(
    tmp_path: Path, path: str
) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        venue.fault(f"GET /fapi/v1/{path}", "delay", seconds=HANGS_SECONDS)
        asked, passes = run.asked(f"/fapi/v1/{path}"), len(run.reports)
        guarded_at: list[tuple[float, int]] = []

        def fill_meanwhile() -> None:
            wait_for(lambda: run.asked(f"/fapi/v1/{path}") > asked)
            run.fill()
            wait_for(lambda: "capi_sl_d1" in run.resting)
            guarded_at.append((time.monotonic(), len(run.reports)))

        market = threading.Thread(target=fill_meanwhile)
        market.start()
        run.passes(1)
        ended_at = time.monotonic()
        market.join(DEADLINE_SECONDS)
        [(at, passes_then)] = guarded_at
        assert passes_then == passes
        assert at < ended_at
        assert not run.reports[-1].account.complete  # type: ignore[union-attr]
        assert run.engine.is_called  # so the next pass does not wait for its interval
        assert run.sent_ids("sl") == ["capi_sl_d1"]
        run.until(lambda: {"capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        assert run.sent_ids("sl") == ["capi_sl_d1"]


def test_a_fill_while_no_read_succeeds_has_its_stop(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        venue.fault("GET *", "unavailable_503", times=100_000)
        run.passes(2)
        run.fill()
        run.until(lambda: "capi_sl_d1" in run.resting)
        assert len(run.named("heard")) == 1
        venue.control("DELETE", "fault")
        run.until(lambda: {"capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        assert run.sent_ids("sl") == ["capi_sl_d1"]


def test_a_position_that_reads_show_seconds_late_keeps_its_stop(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        venue.control("POST", "lag", position_ms=2500, orders_ms=500)
        run.fill()
        run.until(lambda: any(name.startswith("capi_sl_d1") for name in run.resting))
        run.until(lambda: {"capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        stops = [name for name in run.resting if name.startswith("capi_sl_d1")]
        assert stops
        taken_down = [one["client_order_id"] for one in run.named("sent") if one["action"] == "cancel_order"]
        assert not [name for name in taken_down if name in stops]
        guards = [report.guard for report in run.reports if report.account and report.account.position.qty]
        assert "naked" not in guards[1:]
