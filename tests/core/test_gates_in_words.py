"""What the gates of money say, word for word, and between which figures they stay as they are."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core import gates_of_risk as risk
from capi.core.bounds import Bounds, Measure
from capi.core.entry_plan import EntryPlan, entry_plan
from capi.core.view import View
from tests.core.gate_cases import World
from tests.worlds import CONFIG, ID, INSTRUMENT, LONG, NOW, account, config, decision, intent, trade

D = Decimal
CROSS = config("risk", margin_mode="cross", risk_per_trade_max=D(1), daily_drawdown_max=D(1), leverage_max=20)
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
            "liquidation",  # 100 / 0.011 less 363.2 of maintenance: 8727.709 below 90800, and 0.5 % inside of that
            World(
                decision(sl=D(80000)),
                account={"equity": D(100), "day_start_equity": D(100), "margin_mode": "cross"},
                by=CROSS,
            ),
            "the stop 80000.0 lies beyond 82482.7, 0.5% inside the liquidation price",
        ),
        (
            "below_minimum",
            World(account={"instrument": replace(INSTRUMENT, min_qty=D("0.012"))}),
            "quantity 0.011 is below the minimum of 0.012",
        ),
        (
            "below_minimum",
            World(decision(position_size_usdt=D(100_000)), account={"equity": D(9801)}),
            "quantity 0.000 is below the minimum of 0.001 (1.101 cut to 0.196: the loss at the stop may be 2% of the "
            "equity of 9801 USDT; 0.196 cut to 0.001: being stopped may not take the day below its limit, 1.00 USDT "
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
