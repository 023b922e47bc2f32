"""What an alert is about: the trade, the order and the decision that its sentence names, as far as they are known."""

from pathlib import Path

import pytest

from capi.engine.alert_context import context_of
from capi.ports.alerts import Context
from tests.engine.stage import Stage
from tests.engine.test_restart import PATH, live
from tests.worlds import ID, NOW


@pytest.fixture
def trading(tmp_path: Path) -> Stage:
    """An engine with an open position."""
    stage = Stage(tmp_path)
    live(stage, PATH[:6])
    assert stage.ledger.trades.open is not None
    return stage


def context(stage: Stage, reason: str, code: str = "a_code") -> Context:
    """The context of an alert that says this."""
    return context_of(stage.engine, "BTCUSDT", "capi", code, reason)


def test_of_an_engine_that_has_seen_nothing(tmp_path: Path) -> None:
    assert context(Stage(tmp_path), "the disk is full") == Context(source="engine", symbol="BTCUSDT")


def test_of_the_open_trade(trading: Stage) -> None:
    about = context(trading, "something happened")
    assert (about.side, about.decision_id, about.order_id) == ("long", ID, None)
    assert about.price == str(trading.engine.mark_price)


@pytest.mark.parametrize(
    ("reason", "order_id", "decision_id"),
    [
        ("capi_entry_d7_2 was refused with code -2010", "capi_entry_d7_2", "d7"),
        ("cancel of (capi_sl_d7), too late", "capi_sl_d7", "d7"),
        ("SELL 1 at 5 by web_abc", None, ID),
        (f"long 1 for decision {ID}, stop 2", None, ID),
        ("no decision for 600 s", None, ID),
        ("TP1 of decision unheard-of has filled", None, ID),
        ("a * [b] {c} \\ (", None, ID),
        ("", None, ID),
    ],
)
def test_of_what_the_sentence_names(trading: Stage, reason: str, order_id: str | None, decision_id: str) -> None:
    about = context(trading, reason)
    assert (about.order_id, about.decision_id) == (order_id, decision_id)


def test_its_source_and_identity_are_the_recorded_ones(trading: Stage) -> None:
    trading.engine.tell("ERROR", "look_failed", "no route")
    about = context(trading, "no route", "look_failed")
    assert (about.source, about.recorded_at_ms) == ("engine", trading.exchange.now_ms())
    assert trading.ledger.untold["look_failed", trading.exchange.now_ms()]["reason"] == "no route"
    assert trading.exchange.now_ms() > NOW - 10_000
