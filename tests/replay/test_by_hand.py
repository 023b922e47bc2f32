"""What people and the exchange do to the account beside the engine: closes, additions, cancels, foreign orders."""

from decimal import Decimal
from pathlib import Path

import pytest

from capi.adapters.paper.exchange import PaperExchange
from tests.replay.hands import by_hand, cancel_by_hand
from tests.replay.story import D, Market, Step, decision, tell
from tests.replay.told import ID, Told

STOP = f"capi_sl_{ID}"


def entered() -> tuple[Market, list[Step]]:
    """Return a market in which the entry has filled."""
    market = Market()
    return market, [*market.stay(5), *market.go(90790, 10)]


def stops(told: Told) -> list[tuple[str, bool]]:
    """Return the conditional orders that rest at the end, and whether they close everything."""
    return [(o.client_order_id, o.close_position) for o in told.exchange.open_orders() if o.kind == "algo"]


def test_a_position_closed_by_hand_is_settled_as_manual_and_nothing_is_left(tmp_path: Path) -> None:
    market, steps = entered()
    told = tell(tmp_path, [*steps, by_hand("web_1", "SELL", "MARKET", "0.011"), *market.stay(60)])
    [trade] = told.trades
    assert (trade["exit_reason"], trade["qty"]) == ("manual", "0.011")
    assert trade["net_pnl"] is not None  # the foreign fill is counted
    assert told.open_ids == set()
    assert len(told.sent("entry")) == 1


def test_a_position_reduced_by_hand_keeps_its_stop_and_gets_targets_of_its_size(tmp_path: Path) -> None:
    market, steps = entered()
    by = by_hand("web_1", "SELL", "MARKET", "0.005")
    told = tell(tmp_path, [*steps, by, *market.stay(10)])
    assert stops(told) == [(STOP, True)]
    targets = [order for order in told.exchange.open_orders() if order.kind == "plain"]
    assert sum(order.remaining_qty for order in targets) == told.exchange.account.qty == D("0.006")
    assert told.trades == []


def test_a_position_enlarged_by_hand_is_covered_at_once_and_its_targets_follow(tmp_path: Path) -> None:
    market, steps = entered()
    told = tell(tmp_path, [*steps, by_hand("web_1", "BUY", "MARKET", "0.01"), *market.stay(10)])
    assert stops(told) == [(STOP, True)]
    targets = [order for order in told.exchange.open_orders() if order.kind == "plain"]
    assert sum(order.remaining_qty for order in targets) == told.exchange.account.qty == D("0.021")
    assert told.named("trade_updated")[-1]["entered"] == "0.021"


def test_a_position_turned_by_hand_is_another_trade_with_a_stop_of_its_own(tmp_path: Path) -> None:
    market, steps = entered()
    told = tell(tmp_path, [*steps, by_hand("web_1", "SELL", "MARKET", "0.03"), *market.stay(10)])
    assert [trade["exit_reason"] for trade in told.trades] == ["manual"]
    [adopted] = told.named("trade_adopted")
    assert (adopted["side"], adopted["qty"]) == ("short", "0.019")
    [(_, closes_all)] = stops(told)
    assert closes_all
    assert "CRITICAL orphan_position" in told.alerts
    assert len(told.sent("entry")) == 1


def test_a_stop_cancelled_by_hand_is_restored_and_said(tmp_path: Path) -> None:
    market, steps = entered()
    told = tell(tmp_path, [*steps, cancel_by_hand(STOP), *market.stay(10)])
    assert stops(told) == [(f"{STOP}_2", True)]
    first, second = told.sent("sl")
    assert second["trigger_price"] == first["trigger_price"]
    assert told.alerts == ["CRITICAL missing_stop"]


def test_a_tightened_stop_cancelled_by_hand_is_restored_where_it_was(tmp_path: Path) -> None:
    market, steps = entered()
    steps += [*market.go(92202, 3), cancel_by_hand(f"{STOP}_2"), *market.stay(5)]
    told = tell(tmp_path, steps)
    _, ratchet, restored = told.sent("sl")
    assert restored["trigger_price"] == ratchet["trigger_price"]
    assert stops(told) == [(STOP, True), (f"{STOP}_3", False)]


def test_a_target_cancelled_by_hand_is_placed_again(tmp_path: Path) -> None:
    market, steps = entered()
    told = tell(tmp_path, [*steps, cancel_by_hand(f"capi_tp1_{ID}", "plain"), *market.stay(10)])
    assert f"capi_tp1_{ID}_2" in told.open_ids


def test_a_position_that_nothing_explains_is_adopted_under_an_emergency_stop(tmp_path: Path) -> None:
    market = Market()
    steps = [*market.stay(5), by_hand("web_1", "BUY", "MARKET", "0.02"), *market.stay(5), *market.go(89000, 5)]
    told = tell(tmp_path, steps, decisions=[decision(action="flat")])
    [stop] = told.sent("sl")
    assert Decimal(stop["trigger_price"]) == D("89941.5")  # 1 % under the mark of 90849.95, rounded toward the entry
    assert told.alerts == ["WARNING foreign_fill", "CRITICAL orphan_position"]
    assert [trade["exit_reason"] for trade in told.trades] == ["sl"]
    assert told.open_ids == set()


@pytest.mark.parametrize(
    ("policy", "stays", "alerts"),
    [("cancel", False, []), ("alert", True, ["WARNING foreign_order"]), ("ignore", True, [])],
)
def test_foreign_orders_are_treated_as_configured(
    tmp_path: Path, policy: str, *, stays: bool, alerts: list[str]
) -> None:
    market = Market()
    foreign = by_hand("web_1", "BUY", "LIMIT", "0.02", price=D(90000), time_in_force="GTC")
    told = tell(tmp_path, [*market.stay(10), foreign, *market.stay(10)], risk={"foreign_orders": policy})
    assert ("web_1" in told.open_ids) is stays
    assert told.alerts == alerts
    assert f"capi_entry_{ID}" in told.open_ids


def test_while_a_foreign_order_rests_the_dead_man_switch_is_not_used(tmp_path: Path) -> None:
    market = Market()
    foreign = by_hand("web_1", "BUY", "LIMIT", "0.02", price=D(90000), time_in_force="GTC")
    told = tell(tmp_path, [*market.stay(10), foreign, *market.stay(50)], risk={"foreign_orders": "ignore"})
    assert {"web_1", f"capi_entry_{ID}"} <= told.open_ids
    assert told.named("dead_man")[-1]["until_ms"] is None


def test_beside_a_foreign_backstop_ours_goes_by_quantity(tmp_path: Path) -> None:
    market, steps = entered()
    cancel = cancel_by_hand(STOP)
    foreign = by_hand(
        "web_1", "SELL", "STOP_MARKET", kind="algo", trigger_price=D(90000), close_position=True, trigger_by="mark"
    )

    def exchanged(exchange: PaperExchange) -> None:
        cancel(exchange)
        foreign(exchange)

    told = tell(tmp_path, [*steps, exchanged, *market.stay(5)], risk={"foreign_orders": "ignore"})
    assert stops(told) == [("web_1", True), (f"{STOP}_2", False)]
    assert told.sent("sl")[-1]["quantity"] == "0.011"


def test_a_liquidation_is_recognised(tmp_path: Path) -> None:
    market, steps = entered()
    steps += [*market.go(90790, 3, mark=D(60000), last=D(90790)), *market.stay(5)]
    told = tell(tmp_path, steps, protection={"trigger_by": "last"})
    assert [fill["liquidation"] for fill in told.fills(None)] == [True]
    assert [trade["exit_reason"] for trade in told.trades] == ["liquidation"]
    assert told.alerts == ["CRITICAL liquidation"]
    assert told.open_ids == set()
