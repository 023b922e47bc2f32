"""What closed gates say, word for word, and between which figures gates stay as they are."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from capi.core import gates_of_market as market
from capi.core import gates_of_risk as risk
from capi.core.bounds import Bounds, Comparing, Measure
from capi.core.entry_plan import EntryPlan, entry_plan
from capi.core.view import View
from tests.core.gate_cases import SHUT, World
from tests.worlds import CONFIG, ID, INSTRUMENT, LONG, NOW, SHORT, account, config, decision, intent, trade

D = Decimal
CROSS = config("risk", margin_mode="cross", risk_per_trade_max=D(1), daily_drawdown_max=D(1), leverage_max=20)
SENTENCES = Path(__file__).with_name("gate_sentences.txt")
FINE = replace(INSTRUMENT, tick_size=D("0.001"))


def said(gate: str, world: World) -> str | None:
    """Return the sentence of a gate; None: it is open."""
    return next((one.reason for one in world.closed() if one.gate.name == gate), None)


@pytest.mark.parametrize(
    ("gate", "world", "sentence"),
    [
        ("equity", World(account={"equity": None}), "equity is unknown"),
        (
            "drawdown_day",
            World(account={"equity": None}),
            "the day's loss is unknown: equity unknown, at the day's start 10000",
        ),
        (
            "drawdown_week",
            World(account={"week_start_equity": None}),
            "the week's loss is unknown: equity 10000, at the week's start unknown",
        ),
        ("trades_per_day", World(account={"day_trades": None}), "the number of today's trades is unknown"),
        ("margin", World(account={"available": None}), "the available margin is unknown"),
        (
            "margin",
            World(account={"available": D(10)}),
            "0.011 at 3x needs 333.43 USDT of margin; 10 are available",
        ),
        ("volatility", World(market={"volatility": None}), "volatility is unknown"),
        ("spread", World(market={"bid": None}), "bid or ask is unknown"),
        ("distance", World(market={"bid": None}), "bid or ask is unknown"),
        (
            "liquidation",
            World(account={"equity": None, "margin_mode": "cross"}, by=CROSS),
            "the liquidation price is unknown: equity is unknown",
        ),
        (
            "liquidation",  # 100 / 0.009 less 363.2 of maintenance: 10747.91 below 90800, and 0.5 % inside of that
            World(
                decision(sl=D(80000)),
                account={"equity": D(100), "day_start_equity": D(100), "margin_mode": "cross"},
                by=CROSS,
            ),
            "the stop 80000.0 lies beyond 80452.4, 0.5% inside the liquidation price",
        ),
        (
            "below_minimum",
            World(account={"instrument": replace(INSTRUMENT, min_qty=D("0.012"))}),
            "quantity 0.011 is below the minimum of 0.012",
        ),
        (
            "below_minimum",
            World(decision(position_size_usdt=D(100_000)), account={"equity": D("9800.5")}),
            "quantity 0.000 is below the minimum of 0.001 (1.101 cut to 0.196: the loss at the stop may be 2% of the "
            "equity of 9800.5 USDT; 0.196 cut to 0.000: being stopped may not take the day below its limit, 0.50 USDT "
            "away)",
        ),
    ],
)
def test_the_whole_sentence(gate: str, world: World, sentence: str) -> None:
    assert said(gate, world) == sentence


def test_only_the_own_open_trade_is_not_counted_against_the_days_number() -> None:
    mine = {"position": "0.004", "trade": trade(qty=D("0.004"), entered=D("0.004")), "day_trades": 3}
    assert said("trades_per_day", World(account={**mine, "intents": (intent(),)})) is None
    settling = {"trade": trade(decision_id="other"), "day_trades": 3}
    assert said("trades_per_day", World(account=settling)) == "3 trades were opened today; at most 3 are allowed"
    unrecorded = {"position": "0.004", "intents": (intent(),), "day_trades": 3}
    own = World(account=unrecorded)
    assert said("trades_per_day", own) == "3 trades were opened today; at most 3 are allowed"


def test_what_is_exactly_borne_or_exactly_the_minimum_is_enough() -> None:
    at_bound = {"instrument": FINE, "leverage": 4}
    assert said("liquidation", World(decision(sl=D("68805.516"), leverage=D(4)), account=at_bound)) is None
    assert said("liquidation", World(decision(sl=D("68805.515"), leverage=D(4)), account=at_bound)) is not None
    just = replace(INSTRUMENT, min_notional=D("987.8"))  # 0.011 at the stop, 89800
    assert said("below_minimum", World(account={"instrument": just})) is None


@pytest.mark.parametrize(
    ("gate", "measure", "limit", "changes"),
    [
        (lambda view, plan: risk.drawdown_day(view), "equity", D(9800), {}),
        (lambda view, plan: risk.drawdown_week(view), "equity", D(9500), {}),
        (lambda view, plan: risk.equity(view), "equity", D(50), {}),
        (risk.margin, "available", D("998.8") * (D(1) / 3 + D("0.0005")), {}),
        (risk.liquidation, "equity", (D(90800) - D(89800) / D("1.005") + D("363.2")) * D("0.011"), {"by": CROSS}),
    ],
)
def test_a_gate_of_money_stays_as_it_is_above_its_limit(
    gate: Callable[[View, EntryPlan | None], str | None], measure: Measure, limit: Decimal, changes: dict[str, Any]
) -> None:
    bounds = Bounds(NOW)
    view = View(LONG, account(), (), changes.get("by", CONFIG), bounds)
    plan = entry_plan(view)
    bounds.low.clear()
    assert gate(view, plan) is None
    assert bounds.low.keys() == {measure}
    assert abs(bounds.low[measure] - limit) < D("1e-20")
    assert view.decision.decision_id == ID


@pytest.mark.parametrize(
    ("gate", "changes", "low", "high"),
    [
        (market.volatility, {}, {}, {"volatility": D("0.01")}),
        (market.volatility, {"market": {"volatility": D("0.02")}}, {"volatility": D("0.01")}, {}),
        (market.volatility, {"base": replace(LONG, atr=D(454))}, {"mid": D(45400)}, {}),
        (market.stop_passed, {}, {"mark": D(89800)}, {}),
        (market.stop_passed, {"by": config("protection", trigger_by="last")}, {"last": D(89800)}, {}),
        (market.stop_passed, {"base": SHORT}, {}, {"mark": D(91800)}),
        (market.spread, {}, {"spread": D(0)}, {"spread": D("0.0005")}),
        (market.distance, {}, {"mid": D(90700) / D("1.005")}, {"mid": D(90900) / D("0.995")}),
        (market.wrong_side, {}, {"mid": D(90700)}, {}),
        (market.wrong_side, {"base": SHORT}, {}, {"mid": D(90900)}),
    ],
)
def test_a_gate_of_the_market_stays_as_it_is_between_its_limits(
    gate: Callable[[View, EntryPlan | None, Comparing], str | None],
    changes: dict[str, Any],
    low: dict[Measure, Decimal],
    high: dict[Measure, Decimal],
) -> None:
    watch, view = Bounds(NOW), World(**changes).view()
    gate(view, entry_plan(view), watch)
    for found, wanted in ((watch.low, low), (watch.high, high)):
        assert found.keys() == wanted.keys()
        assert all(abs(found[name] - wanted[name]) < D("1e-20") for name in wanted)


def sentences() -> str:
    """Return what each closed gate of the cases says, a line each."""
    return "".join(f"{gate}: {said(gate, world)}\n" for gate, world, _ in SHUT)


def test_what_every_gate_says_is_known_word_for_word() -> None:
    """When words change on purpose: `python -m tests.core.test_gates_in_words > tests/core/gate_sentences.txt`."""
    assert sentences() == SENTENCES.read_text()


if __name__ == "__main__":
    print(sentences(), end="")  # noqa: T201 - the file's new content
