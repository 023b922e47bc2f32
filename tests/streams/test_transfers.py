"""Money moved while streams speak: their event has it told at the next look, before anything is judged by it."""

import json
from pathlib import Path
from typing import Any

import pytest

from capi.adapters.binance.incoming import Incoming
from capi.adapters.binance.streams.user import UserStream
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


def told_by(event: dict[str, Any]) -> bool:
    """Return whether an event of the user stream has the incomes read."""
    incoming = Incoming()
    UserStream("BTCUSDT", incoming, lambda: 1, lambda: None, lambda: None, 5.0).hear(json.dumps(event))
    return incoming.transfer_told


def account_update(**account: Any) -> dict[str, Any]:
    """Return an ACCOUNT_UPDATE."""
    return {"e": "ACCOUNT_UPDATE", "E": 1_790_770_801_461, "T": 1_790_770_801_456, "a": {"B": [], "P": []} | account}


@pytest.mark.parametrize(
    "reason", ["DEPOSIT", "WITHDRAW", "MARGIN_TRANSFER", "ASSET_TRANSFER", "ADJUSTMENT", "AUTO_EXCHANGE", "TOMORROWS"]
)
def test_whatever_may_have_moved_money_has_it_looked_for(reason: str) -> None:
    assert told_by(account_update(m=reason))


def test_an_event_without_a_reason_may_have_moved_money() -> None:
    assert told_by(account_update())


@pytest.mark.parametrize("reason", ["ORDER", "FUNDING_FEE", "MARGIN_TYPE_CHANGE"])
def test_what_moves_none_costs_nothing(reason: str) -> None:
    assert not told_by(account_update(m=reason))
    assert not told_by({"e": "LISTEN", "a": 1})
