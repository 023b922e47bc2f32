"""The folded state: days and weeks, the position's age, naked time, intents, and what is let go of."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import AdoptPosition, Alert, ArmDeadMan, EnterSafeMode, OpenTrade, UpdateTrade
from capi.core.decision import Decision
from capi.core.errors import Rejected
from capi.core.orders import Order
from capi.engine import events
from capi.engine.answers import no, yes
from capi.engine.ledger import FILLS_SETTLE_MS, RECORDS_KEPT_MS, Ledger
from capi.engine.observe import EQUITY_EVERY_MS
from capi.engine.periods import DAY_MS, day_start, week_start
from capi.engine.summary import summarise, trade_closed
from capi.engine.view import assemble
from capi.ports.decisions import Received
from capi.ports.exchange import Ack
from tests.engine.stage import D, fill, funding, look, observed
from tests.engine.test_orders_known import ENTRY, PLAIN, ledger_with, place, taken
from tests.worlds import ID, NOW, order

MIDNIGHT = day_start(NOW) + DAY_MS
MONDAY = 1764547200000  # 2025-12-01T00:00:00Z
LONG_QTY = D("0.011")


def open_trade(**changes: Any) -> OpenTrade:
    """The example trade's record."""
    base: dict[str, Any] = {
        "decision_id": ID,
        "side": "long",
        "qty": LONG_QTY,
        "entry_price": D(90800),
        "sl": D(89800),
        "tp1": D(92200),
        "tp2": D(93500),
        "volatility": D("0.001"),
        "rule": "test",
        "reason": "test",
    }
    return OpenTrade(**(base | changes))


def adopt(**changes: Any) -> AdoptPosition:
    """The example trade, adopted."""
    base: dict[str, Any] = {
        "decision_id": "orphan",
        "side": "long",
        "qty": LONG_QTY,
        "entry_price": D(90800),
        "sl": D(89900),
        "tp1": None,
        "tp2": None,
        "rule": "test",
        "reason": "test",
    }
    return AdoptPosition(**(base | changes))


def close(ledger: Ledger, at_ms: int) -> None:
    """Settle the open trade."""
    record = ledger.trades.open
    assert record is not None
    ledger.apply(trade_closed(at_ms, summarise(ledger, record, "sl", at_ms)))


# days and weeks


def test_weeks_begin_on_monday_in_utc() -> None:
    assert week_start(MONDAY) == MONDAY
    assert week_start(MONDAY - 1) == MONDAY - 7 * DAY_MS
    assert week_start(0) == -3 * DAY_MS  # 1970-01-01 was a Thursday


def test_a_day_begins_with_the_first_equity_seen_in_it_and_without_trades() -> None:
    ledger = Ledger()
    observed(ledger, look(now_ms=MIDNIGHT - 1, equity=D(10000)))
    ledger.apply(events.trade_opened(MIDNIGHT - 1, open_trade()))
    assert assemble(look(now_ms=MIDNIGHT - 1), ledger)[0].day_trades == 1
    observed(ledger, look(now_ms=MIDNIGHT, equity=D(9900)))
    account, _ = assemble(look(now_ms=MIDNIGHT), ledger)
    assert (account.day_start_equity, account.day_trades) == (D(9900), 0)
    assert account.week_start_equity == D(10000)


def test_a_week_begins_with_its_monday() -> None:
    ledger = Ledger()
    observed(ledger, look(now_ms=MONDAY - 1, equity=D(10000)))
    observed(ledger, look(now_ms=MONDAY, equity=D(9500)))
    assert assemble(look(now_ms=MONDAY), ledger)[0].week_start_equity == D(9500)


def test_a_day_whose_equity_is_not_known_yet_has_none_and_not_yesterdays() -> None:
    ledger = Ledger()
    observed(ledger, look(now_ms=MIDNIGHT - 1, equity=D(10000)))
    observed(ledger, look(now_ms=MIDNIGHT, equity=None))
    ledger.apply(events.trade_opened(MIDNIGHT, open_trade()))
    assert assemble(look(now_ms=MIDNIGHT), ledger)[0].day_start_equity is None
    observed(ledger, look(now_ms=MIDNIGHT + 5000, equity=D(9900)))
    account, _ = assemble(look(now_ms=MIDNIGHT + 5000), ledger)
    assert (account.day_start_equity, account.day_trades) == (D(9900), 1)


def test_a_clock_that_steps_back_over_midnight_begins_no_day() -> None:
    ledger = Ledger()
    observed(ledger, look(now_ms=MIDNIGHT, equity=D(9900)))
    told = observed(ledger, look(now_ms=MIDNIGHT - 1, equity=D(10000)))
    assert told == []


def test_before_the_first_look_nothing_of_the_day_is_known() -> None:
    account, _ = assemble(look(), Ledger())
    assert (account.day_start_equity, account.day_trades, account.week_start_equity) == (None, None, None)


def test_equity_is_sampled_once_a_minute_at_most() -> None:
    ledger = Ledger()
    times = (NOW, NOW + EQUITY_EVERY_MS - 1, NOW + EQUITY_EVERY_MS)
    told = [event for at in times for event in observed(ledger, look(now_ms=at)) if event["event"] == "equity"]
    assert [event["at_ms"] for event in told] == [NOW, NOW + EQUITY_EVERY_MS]


# the position


def test_a_quantity_is_as_old_as_its_first_sight() -> None:
    ledger, held = Ledger(), Position(qty=LONG_QTY, entry_price=D(90800))
    observed(ledger, look(now_ms=NOW, position=held))
    observed(ledger, look(now_ms=NOW + 5000, position=held))
    seen = look(now_ms=NOW + 6000, position=held)
    observed(ledger, seen)
    assert assemble(seen, ledger)[0].position == replace(held, since_ms=NOW)
    grown = look(now_ms=NOW + 7000, position=replace(held, qty=D("0.012")))
    observed(ledger, grown)
    assert assemble(grown, ledger)[0].position.since_ms == NOW + 7000


def test_a_flat_of_an_incomplete_look_is_shown_but_never_remembered() -> None:
    ledger = Ledger()
    observed(ledger, look(position=Position(qty=LONG_QTY)))
    blurred = look(now_ms=NOW + 1000, gaps=("position",))
    assert not observed(ledger, blurred)
    assert assemble(blurred, ledger)[0].position == Position(qty=D(0), since_ms=NOW + 1000)
    assert ledger.position_qty == LONG_QTY


def test_a_position_of_an_incomplete_look_is_remembered() -> None:
    ledger = Ledger()
    observed(ledger, look(position=Position(qty=LONG_QTY), gaps=("balance",)))
    assert (ledger.position_qty, ledger.position_since_ms) == (LONG_QTY, NOW)


def test_naked_time_adds_up_over_one_position_and_begins_anew_with_the_next() -> None:
    ledger = Ledger()
    observed(ledger, look(position=Position(qty=LONG_QTY)))
    ledger.apply(events.naked(NOW))
    ledger.apply(events.trade_opened(NOW, open_trade()))
    ledger.apply(events.guarded(NOW + 300, guard="guarded"))
    ledger.apply(events.naked(NOW + 5000))
    assert ledger.naked_ms_until(NOW + 5200) == 500
    ledger.apply(events.guarded(NOW + 5200, guard="guarded_by_previous"))
    record = ledger.trades.open
    assert record is not None
    assert summarise(ledger, record, "sl", NOW + 9000).naked_seconds == D("0.5")
    close(ledger, NOW + 9000)
    assert (ledger.naked_ms, ledger.naked_since_ms) == (0, None)


def test_naked_time_without_a_trade_is_not_the_next_positions() -> None:
    ledger = Ledger()
    observed(ledger, look(position=Position(qty=LONG_QTY)))
    ledger.apply(events.naked(NOW))
    ledger.apply(events.guarded(NOW + 700, guard="none"))
    observed(ledger, look(now_ms=NOW + 700))
    observed(ledger, look(now_ms=NOW + 9000, position=Position(qty=-LONG_QTY)))
    assert ledger.naked_ms == 0


# intents


def test_an_intent_says_what_the_whole_decision_wants() -> None:
    [intent] = ledger_with().intents.values()
    assert (intent.client_order_id, intent.decision_id, intent.side) == (ENTRY, ID, "BUY")
    assert (intent.quantity, intent.sl, intent.tp1) == (LONG_QTY, D(89800), None)


def test_an_intent_whose_order_filled_stays_until_its_trade_is_recorded() -> None:
    ledger = ledger_with(answer=taken(status="FILLED", filled_qty=LONG_QTY))
    observed(ledger, look(now_ms=NOW + 60_000, position=Position(qty=LONG_QTY)))
    assert list(ledger.intents) == [ENTRY]
    ledger.apply(events.trade_opened(NOW + 60_000, open_trade()))
    assert ledger.intents == {}


def test_an_intent_whose_order_still_rests_outlives_the_record_of_its_trade() -> None:
    ledger = ledger_with(answer=taken(status="PARTIALLY_FILLED", filled_qty=D("0.004")))
    ledger.apply(events.trade_opened(NOW + 1000, open_trade(qty=D("0.004"))))
    assert list(ledger.intents) == [ENTRY]
    gone = order(ENTRY, status="CANCELED", filled_qty=D("0.004"))
    observed(ledger, look(now_ms=NOW + 2000, orders=(gone,)))
    assert ledger.intents == {}


def test_an_intent_whose_order_ended_without_a_fill_waits_for_a_late_one() -> None:
    ledger = ledger_with(answer=no(Rejected(-2019, "margin"), NOW))
    ledger.apply(events.equity(NOW + FILLS_SETTLE_MS - 1, equity=D(1), wallet=None))
    assert list(ledger.intents) == [ENTRY]
    ledger.apply(events.equity(NOW + FILLS_SETTLE_MS, equity=D(1), wallet=None))
    assert ledger.intents == {}


def test_an_intent_of_unknown_fate_stays() -> None:
    ledger = ledger_with()
    observed(ledger, look(now_ms=NOW + DAY_MS))
    assert list(ledger.intents) == [ENTRY]


def test_a_settled_trade_takes_the_intents_that_ended_with_it() -> None:
    """Of another decision too: its fill was part of the position that is gone."""
    ledger = ledger_with(answer=taken(status="FILLED", filled_qty=LONG_QTY))
    ledger.apply(events.trade_opened(NOW + 1000, open_trade(decision_id="other")))
    assert list(ledger.intents) == [ENTRY]
    close(ledger, NOW + 5000)
    assert ledger.intents == {}


def test_a_settled_trade_leaves_the_intent_of_an_order_that_may_still_fill() -> None:
    ledger = ledger_with()
    ledger.apply(events.trade_opened(NOW + 1000, open_trade(decision_id="other")))
    close(ledger, NOW + 5000)
    assert list(ledger.intents) == [ENTRY]


# the trade


def test_an_update_gives_the_trade_its_new_values() -> None:
    ledger = Ledger()
    ledger.apply(events.trade_opened(NOW, open_trade()))
    update = UpdateTrade(
        decision_id=ID,
        qty=D("0.006"),
        entered=LONG_QTY,
        entry_price=D(90801),
        sl=D(90890),
        tp1_filled=True,
        rule="test",
        reason="test",
    )
    ledger.apply(events.trade_updated(NOW + 1, update))
    trade = assemble(look(), ledger)[0].trade
    assert trade is not None
    assert (trade.qty, trade.entered, trade.sl, trade.tp1_filled) == (D("0.006"), LONG_QTY, D(90890), True)
    assert trade.opened_at_ms == NOW
    assert ledger.trades.open is not None
    assert ledger.trades.open.first_sl == D(89800)


def test_the_last_trade_closed_with_its_last_exit_fill() -> None:
    ledger = Ledger()
    observed(ledger, look(fills=(fill(1, ENTRY, "BUY", 90800, "0.011"),)))
    ledger.apply(events.trade_opened(NOW, open_trade()))
    observed(ledger, look(fills=(fill(2, f"capi_exit_{ID}", "SELL", 90900, "0.011", at_ms=NOW + 700),)))
    close(ledger, NOW + 3000)
    last = assemble(look(), ledger)[0].last_trade
    assert last is not None
    assert (last.decision_id, last.side, last.closed_at_ms) == (ID, "long", NOW + 700)


def test_an_update_or_a_close_without_a_trade_changes_nothing() -> None:
    ledger = Ledger()
    update = UpdateTrade(
        decision_id=ID,
        qty=D(1),
        entered=D(1),
        entry_price=None,
        sl=D(1),
        tp1_filled=False,
        rule="test",
        reason="test",
    )
    ledger.apply(events.trade_updated(NOW, update))
    assert ledger == Ledger()


# safe mode, pause, dead man, alerts


def test_safe_mode_and_pause_end_with_resume() -> None:
    ledger = Ledger()
    ledger.apply(events.safe_mode(NOW, EnterSafeMode(rule="test", reason="why")))
    ledger.apply(events.paused(NOW, reason="operator"))
    account, _ = assemble(look(), ledger)
    assert (account.safe_mode, account.paused) == ("why", True)
    ledger.apply(events.resumed(NOW, reason="operator"))
    account, _ = assemble(look(), ledger)
    assert (account.safe_mode, account.paused) == (None, False)


@pytest.mark.parametrize(("seconds", "until_ms"), [(60, NOW + 60_000), (0, None)])
def test_the_dead_man_switch_is_known_by_its_end(seconds: int, until_ms: int | None) -> None:
    ledger = Ledger()
    ledger.apply(events.dead_man(NOW, ArmDeadMan(seconds=seconds, rule="test", reason="test")))
    assert assemble(look(), ledger)[0].dead_man_until_ms == until_ms


def test_an_alert_is_remembered_by_its_code() -> None:
    ledger = Ledger()
    ledger.apply(events.alert(NOW, Alert(level="INFO", code="x", rule="test", reason="test")))
    assert ledger.alerted_at_ms == {"x": NOW}


def test_an_event_that_carries_no_state_changes_nothing() -> None:
    ledger = Ledger()
    ledger.replay([{"event": "journal_opened", "at_ms": None, "schema": 1}, {"event": "pass", "at_ms": NOW}])
    assert ledger == Ledger()


# what is let go of


def test_ended_orders_of_past_decisions_are_forgotten_after_two_days() -> None:
    ledger = ledger_with(answer=no(Rejected(-2019, "margin"), NOW))
    other = place(f"{ENTRY}_9", decision_id="open")
    ledger.apply(events.intent(NOW, other))
    ledger.apply(yes(Ack(at_ms=NOW, kind="order")).event(other))
    days = [NOW + RECORDS_KEPT_MS // 2, NOW + RECORDS_KEPT_MS + DAY_MS]
    ledger.apply(events.day(days[0], start_ms=day_start(days[0]), start_equity=None))
    assert PLAIN in ledger.orders.by_key
    ledger.apply(events.day(days[1], start_ms=day_start(days[1]), start_equity=None))
    assert list(ledger.orders.by_key) == [("plain", f"{ENTRY}_9")]
    assert list(ledger.orders.by_decision) == ["open"]


def test_orders_of_the_open_trade_are_never_forgotten() -> None:
    ledger = ledger_with(answer=taken(status="FILLED", filled_qty=LONG_QTY))
    ledger.apply(events.trade_opened(NOW, open_trade()))
    late = NOW + 30 * DAY_MS
    ledger.apply(events.day(late, start_ms=day_start(late), start_equity=None))
    assert PLAIN in ledger.orders.by_key


def test_of_many_decisions_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capi.engine.ledger.DECISIONS_KEPT", 2)
    ledger = Ledger()
    for number, decision_id in enumerate(("a", "b", "a", "c")):
        seen = Decision(decision_id=decision_id, timestamp_ms=NOW + number, symbol=None, proposal=None)
        ledger.apply(events.decision(NOW, Received(decision=seen)))
    assert list(ledger.decisions) == ["b", "c"]


def test_fills_that_no_trade_claimed_are_let_go_of_while_flat() -> None:
    ledger = Ledger()
    observed(ledger, look(fills=(fill(1, "web_1", "BUY", 90800, "0.001"),), fundings=(funding(1, "-0.1", NOW),)))
    late = NOW + 2 * 3_600_000
    newer = fill(2, "web_2", "BUY", 90800, "0.002", at_ms=late)
    observed(ledger, look(now_ms=late, fills=(newer,), fundings=(funding(2, "-0.2", late),)))
    assert [loose.qty for loose in ledger.trades.loose_fills] == [D("0.002")]
    assert [loose.amount_usdt for loose in ledger.trades.loose_fundings] == [D("-0.2")]


def test_cursors_are_the_newest_seen() -> None:
    ledger = Ledger()
    observed(ledger, look(fills=(fill(9, "web_1", "BUY", 1, "1"),), fundings=(funding(4, "1", NOW),)))
    told = observed(ledger, look(fills=(fill(9, "web_1", "BUY", 1, "1"),), fundings=(funding(4, "1", NOW),)))
    assert told == []
    assert (ledger.fills_cursor, ledger.fundings_cursor) == (9, 4)


def test_an_order_folds_to_itself() -> None:
    """Every field of an order goes through the journal and back."""
    full = Order(
        client_order_id=ENTRY,
        kind="plain",
        side="BUY",
        type="LIMIT",
        status="CANCELED",
        price=Decimal("1.10"),
        trigger_price=Decimal(2),
        quantity=Decimal(3),
        filled_qty=Decimal("0.5"),
        reduce_only=True,
        close_position=True,
        created_at_ms=1,
        updated_at_ms=2,
        sent_at_ms=3,
        triggered_at_ms=4,
        code=-5,
    )
    ledger = Ledger()
    observed(ledger, look(orders=(full,)))
    assert ledger.orders.by_key[PLAIN].order == full
