"""Decisions: mostly a fresh one for the scene's direction; also flat, stale, future, opposite and unusable ones."""

from decimal import Decimal
from typing import Final

from capi.core.decision import Decision, Proposal, Unusable
from capi.core.units import ZERO
from tests.properties.dice import Dice
from tests.properties.draws import WISH_USDT
from tests.properties.orders import CURRENT, STRANGE, Scene
from tests.properties.scenes import FIRST, SECOND, STOP
from tests.worlds import NOW

D = Decimal
CHECKS: Final = (("daily_dd_ok", True), ("session_ok", False))


def draw_decision(dice: Dice, scene: Scene) -> Decision | Unusable:
    """Draw a decision, or the reason why there is none."""
    if dice.below(12) == 11:
        return Unusable(reason="sl: 90900 must be below entry_zone", decision_id=dice.pick((None, CURRENT)))
    return Decision(
        decision_id=dice.usually(CURRENT, (STRANGE,)),
        timestamp_ms=NOW - dice.usually(60_000, (600_001, 600_000, 0, -5000, -5001)),
        symbol="BTCUSDT",
        proposal=None if dice.rarely() else _draw_proposal(dice, scene),
        confidence=dice.pick((D("0.76"), D("0.76"), D(1), ZERO)),
        risk_checks=dice.usually((), (CHECKS,)),
        session=dice.usually(None, ("EU", "asia")),
        volatility=dice.usually(None, (D("0.001"), D("0.02"))),
        atr=dice.usually(None, (scene.symbol.price / 500, scene.symbol.price / 50)),
    )


def _draw_proposal(dice: Dice, scene: Scene) -> Proposal:
    """Draw zone, stop and targets in their order, on no tick in particular."""
    direction = scene.draw_direction(dice)
    sign, symbol = 1 if direction == "long" else -1, scene.symbol
    middle = dice.usually(0, (1, -20, 20, 100, -500))
    half = dice.usually(11, (0, 1, 50))
    stop = max(dice.usually(STOP, (60, 500, 5000)), half + 1)
    first = max(dice.usually(FIRST, (60, 1000)), half + 1)
    second = max(dice.usually(SECOND, (61, 2000)), first + 1)
    edges = sorted((symbol.raw(middle - half), symbol.raw(middle + half)))
    return Proposal(
        direction=direction,
        zone_min=edges[0],
        zone_max=edges[1],
        sl=symbol.raw(middle - sign * stop),
        tp1=dice.usually(symbol.raw(middle + sign * first), (None,)),
        tp2=dice.usually(symbol.raw(middle + sign * second), (None,)),
        position_size_usdt=dice.usually(WISH_USDT, (D("0.01"), D("99.9"), D("1E+7"))),
        leverage=dice.usually(D(3), (D(1), D("2.9"), D(200))),
    )
