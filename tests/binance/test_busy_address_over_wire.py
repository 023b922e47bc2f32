"""Days on which the request budget is the enemy, over real HTTP: a crowded address, a ban, a start that was lost."""

from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from capi.cli.serve.limits import Limits, Meter
from tests.binance.live import Live, live
from tests.serve.served import served

D = Decimal
ENTRY: Final = "capi_entry_d1"
LIMIT: Final = 2400
USED: Final = 2200
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def with_entry(run: Live) -> None:
    """Have an entry rest."""
    run.decide()
    run.run(lambda report: ENTRY in run.resting)
    run.passes(3)


def crowd(run: Live) -> None:
    """Let another program on the address have used the minute's weight up to the reserve, whichever minute it is."""

    def use() -> None:
        venue = run.venue.server.venue
        venue.meter = Meter(Limits(weight_minute=LIMIT))
        venue.meter.use_weight(USED, venue.now_ms())

    run.venue.inside(lambda _: use())


def is_naked(run: Live) -> bool:
    return run.qty != 0 and not any(order.close_position for order in run.resting.values())


def test_a_fill_is_guarded_within_three_seconds_while_somebody_else_uses_the_weight_up(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        with_entry(run)
        crowd(run)
        run.passes(1, step_ms=1000)
        venue.price("76890.0", "76890.1")
        naked = 0
        for _ in range(30):
            crowd(run)
            run.passes(1, step_ms=1000)
            naked += is_naked(run)
        assert (run.qty, is_naked(run)) == (D("0.013"), False)
        assert naked <= 3
        assert "exchange_silence" not in run.alerts.codes


def test_what_is_read_in_the_reserve_leaves_room_for_protection(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        with_entry(run)
        before = len(venue.control("GET", "requests")["requests"])
        for _ in range(60):
            crowd(run)
            run.passes(1, step_ms=100)
        reads = [row for row in venue.control("GET", "requests")["requests"][before:] if row["method"] == "GET"]
        paths = [row["path"] for row in reads]
        assert 2 <= paths.count("/fapi/v3/positionRisk") <= 4
        assert 2 <= paths.count("/fapi/v1/openOrders") <= 4


def test_a_ban_costs_no_ids_and_a_journal_that_does_not_grow(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        with_entry(run)
        venue.fault("POST /fapi/v1/algoOrder", "ban", seconds=900)
        venue.price("76890.0", "76890.1")
        run.passes(10, step_ms=1000)
        stops, size = run.sent_ids("sl"), run.path.stat().st_size
        assert stops == ["capi_sl_d1"]
        run.passes(100, step_ms=1000)
        assert run.sent_ids("sl") == stops
        assert run.path.stat().st_size - size < 5000
        assert run.alerts.codes.count("exchange_silence") == 1
        run.time.skip(800_000)
        run.passes(1)
        assert run.sent_ids("sl") == ["capi_sl_d1", "capi_sl_d1_2"]


def test_the_first_fills_are_told_although_they_could_not_be_read_before_a_restart(tmp_path: Path) -> None:
    """The entry is known to have filled, its fills are not, and the position is gone again when the engine is back."""
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        with_entry(run)
        venue.fault("GET /fapi/v1/userTrades", "bad_gateway", times=1000)
        venue.price("76890.0", "76890.1")
        run.passes(4)
        assert run.qty == D("0.013")
        assert run.named("fill") == []
        run.end()
        venue.control("POST", "close")
        venue.control("DELETE", "fault")
        run.begin()
        run.run(lambda report: bool(run.named("trade_closed")))
        assert sum(D(event["qty"]) for event in run.named("fill") if event["role"] == "entry") == D("0.013")
        [closed] = run.named("trade_closed")
        assert closed["net_pnl"] is not None
