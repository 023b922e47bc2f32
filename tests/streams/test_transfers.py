"""Money moved while streams speak: their event has it told at the next look, before anything is judged by it."""

from pathlib import Path

from tests.serve.served import served
from tests.streams.stage import D, streaming


def test_an_event_tells_of_a_transfer_and_no_pass_is_misled(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        run.fill()
        run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        stops = {name: order.trigger_price for name, order in run.resting.items() if order.type == "STOP_MARKET"}
        begin = len(run.reports)
        venue.control("POST", "account", transfer="-400")
        run.until(lambda: bool(run.named("transfer")))
        run.passes(3)
        day, week = run.engine.ledger.day, run.engine.ledger.week
        assert day is not None
        assert week is not None
        assert (day.start_equity, week.start_equity) == (D(9600), D(9600))
        after = {name: order.trigger_price for name, order in run.resting.items() if order.type == "STOP_MARKET"}
        assert after == stops
        for report in run.reports[begin:]:
            rules = {outcome.action.rule for outcome in report.outcomes}
            assert not rules & {"drawdown_day", "drawdown_week", "stop_tightened"}
