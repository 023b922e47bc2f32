"""The life of a trade (specification, section 21) at the level of the journal, from the limit entry to the summary."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.replay.story import T0, D, Market, decision, tell
from tests.replay.told import ID, Told

Q = {"bid_qty": D("0.004"), "ask_qty": D("0.004")}  # less than the entry at the touch


@pytest.fixture(params=["long", "short"])
def side(request: pytest.FixtureRequest) -> str:
    """The story is told for both sides; a short happens in the mirror."""
    return str(request.param)


def market_of(side: str) -> Market:
    return Market(mirrored=side == "short")


def nothing_is_left(told: Told) -> bool:
    return told.exchange.account.qty == 0 and not told.open_ids


def test_from_a_limit_entry_over_a_chase_and_a_market_fill_to_both_targets_and_the_next_decision(
    tmp_path: Path, side: str
) -> None:
    market = market_of(side)
    steps = [
        *market.stay(5),  # settings, then the entry rests in the middle of the zone
        *market.go(90865, 20),  # it drifts: the chase
        *market.go(90880, 60),  # it drifts on, by less than another chase needs: time runs out, and it goes to market
        *market.go(92202, 3),  # TP1
        *market.go(93502, 5),  # TP2
        *market.go(90850, 250),  # the next decision
    ]
    told = tell(tmp_path, steps, decisions=[decision(action=side), decision(300, action=side)])
    breakeven = {"long": "90943.8", "short": "90656.3"}[side]
    assert told.plot == [
        "place entry",
        "cancel entry",
        "place entry_2",
        "cancel entry_2",
        "place entry_3",
        "fill entry_3 0.011",
        "place sl",
        "trade_opened",
        "place tp1",
        "place tp2",
        "fill tp1 0.005",
        "place sl_2",
        f"trade_updated sl {breakeven}",
        "fill tp2 0.006",
        "cancel sl_2",
        "trade_closed tp2",
        "place entry_20251128T101000Z",
    ]
    [trade] = told.trades
    assert (trade["side"], trade["qty"], trade["chases"], trade["market_entry"]) == (side, "0.011", 1, True)
    assert trade["naked_seconds"] == "0.02"
    assert told.alerts == []
    assert told.exchange.account.qty == 0


def test_the_chase_rests_at_the_touch_and_the_market_entry_comes_when_its_time_is_over(tmp_path: Path) -> None:
    market = Market()
    told = tell(tmp_path, [*market.stay(5), *market.go(90865, 20), *market.go(90880, 60)])
    first, second, third = told.sent("entry")
    assert (first["price"], first["type"]) == ("90800.0", "LIMIT")
    assert (second["price"], second["type"]) == ("90864.9", "LIMIT")
    assert (third["price"], third["type"]) == (None, "MARKET")
    assert third["at_ms"] - first["at_ms"] >= 60_000  # (attempts_max + 1) × after_seconds
    assert {one["intended_qty"] for one in told.sent("entry")} == {"0.011"}


def test_a_limit_fill_is_stopped_out_and_nothing_is_left(tmp_path: Path, side: str) -> None:
    market = market_of(side)
    told = tell(
        tmp_path,
        [*market.stay(5), *market.go(90790, 5), *market.go(89795, 5)],
        decisions=[decision(action=side)],
    )
    [trade] = told.trades
    assert (trade["exit_reason"], trade["entry_price"], trade["market_entry"]) == ("sl", "90800", False)
    assert Decimal(trade["r"]) < -1
    assert told.sent("exit") == []
    assert nothing_is_left(told)


def test_after_tp1_being_stopped_is_no_loss(tmp_path: Path, side: str) -> None:
    market = market_of(side)
    steps = [*market.stay(5), *market.go(90790, 5), *market.go(92202, 3), *market.go(90860, 5)]
    told = tell(tmp_path, steps, decisions=[decision(action=side)])
    [trade] = told.trades
    assert trade["exit_reason"] == "sl"
    assert Decimal(trade["net_pnl"]) > 0
    assert [stop["close_position"] for stop in told.sent("sl")] == [True, False]
    assert nothing_is_left(told)


def test_a_flat_decision_closes_when_told_so_and_else_lets_the_trade_live(tmp_path: Path, side: str) -> None:
    market = market_of(side)
    steps = [*market.stay(5), *market.go(90790, 65)]
    decisions = [decision(action=side), decision(60, action="flat")]
    (tmp_path / "hold").mkdir()
    held = tell(tmp_path / "hold", steps, decisions=decisions)
    assert (held.trades, len(held.open_ids)) == ([], 3)

    told = tell(tmp_path, steps, decisions=decisions, protection={"on_flat": "close"})
    [trade] = told.trades
    assert trade["exit_reason"] == "exit"
    assert told.plot.index("cancel tp1") < told.plot.index("place exit") < told.plot.index("trade_closed exit")
    assert nothing_is_left(told)


def test_a_flip_is_an_exit_then_a_confirmed_flat_then_an_entry(tmp_path: Path) -> None:
    market = Market()
    steps = [*market.stay(5), *market.go(90790, 75)]
    told = tell(tmp_path, steps, decisions=[decision(), decision(60, "short")], protection={"on_opposite": "close"})
    [trade] = told.trades
    [position] = [event for event in told.named("position") if event["at_ms"] > T0 + 60_000]
    entry = told.sent("entry")[-1]
    assert (trade["exit_reason"], Decimal(position["qty"])) == ("exit", D(0))
    assert (entry["side"], entry["decision_id"]) == ("SELL", "20251128T100600Z")
    assert entry["at_ms"] > position["at_ms"] >= trade["closed_at_ms"]
    assert told.plot.index("trade_closed exit") < told.plot.index("place entry_20251128T100600Z")


def test_a_stop_out_spends_the_decision(tmp_path: Path) -> None:
    market = Market()
    told = tell(tmp_path, [*market.stay(5), *market.go(90790, 5), *market.go(89795, 5), *market.go(90790, 60)])
    assert len(told.sent("entry")) == len(told.trades) == 1


def test_partial_fills_are_guarded_from_the_first_and_never_exceed_the_intention(tmp_path: Path, side: str) -> None:
    market = market_of(side)
    steps = [*market.stay(5)]
    for _ in range(4):
        steps += [*market.go("90800.0", 1, **Q), *market.go("90800.2", 4)]  # the touch gives 0.004 each time
    steps += [*market.stay(5), *market.go(92202, 3), *market.go(93502, 5)]
    told = tell(tmp_path, steps, decisions=[decision(action=side)])
    assert [fill["qty"] for fill in told.fills("entry")] == ["0.004", "0.004", "0.003"]
    assert len(told.sent("entry")) == 1
    first_fill, first_stop = told.fills("entry")[0], told.sent("sl")[0]
    assert (first_stop["at_ms"], first_stop["close_position"]) == (first_fill["at_ms"], True)
    [trade] = told.trades
    assert (trade["exit_reason"], trade["qty"]) == ("tp2", "0.011")
    assert sum(Decimal(fill["qty"]) for fill in told.fills("tp1")) == D("0.005")
    assert nothing_is_left(told)


def test_the_first_exit_fill_ends_a_half_filled_entry(tmp_path: Path) -> None:
    market = Market()
    steps = [*market.stay(5), *market.go("90800.0", 1, **Q), *market.go("90800.2", 6), *market.go(92202, 3)]
    told = tell(tmp_path, [*steps, *market.go(90950, 2), *market.go(90790, 20)])
    assert [fill["qty"] for fill in told.fills("entry")] == ["0.004"]
    at = told.plot.index("fill tp1 0.002")
    assert told.plot[at + 1 : at + 3] == ["place sl_2", "cancel entry"]
    [trade] = told.trades
    assert (trade["qty"], trade["exit_reason"]) == ("0.004", "sl")  # at break-even
    assert nothing_is_left(told)


def test_an_entry_that_fills_on_the_way_to_its_stop_leaves_nothing(tmp_path: Path) -> None:
    market = Market()
    steps = [*market.stay(5), *market.go("90800.0", 1, **Q), *market.go("90800.2", 6), *market.go(89795, 5)]
    told = tell(tmp_path, [*steps, *market.go(90790, 20)])
    assert [fill["qty"] for fill in told.fills("entry")] == ["0.004", "0.007"]
    assert [trade["exit_reason"] for trade in told.trades] == ["sl"]
    assert nothing_is_left(told)


def test_an_entry_far_away_is_kept_when_the_next_decision_wants_the_same(tmp_path: Path) -> None:
    market = Market()
    told = tell(tmp_path, market.stay(330), decisions=[decision(confidence=0.5), decision(300, confidence=0.5)])
    assert [order["decision_id"] for order in told.sent("entry")] == [ID]


def test_a_stale_decision_takes_the_entry_down(tmp_path: Path) -> None:
    market = Market()
    told = tell(tmp_path, market.stay(640), decisions=[decision(confidence=0.5)])
    assert told.plot == ["place entry", "cancel entry"]
    [cancel] = [event for event in told.named("sent") if event["action"] == "cancel_order"]
    assert (cancel["rule"], cancel["at_ms"] - T0) == ("stale", 601_000)
