"""Whole worlds for `plan`: a healthy scene, and changes that make it strange, unknown, inconsistent or absurd.

Every figure that may be unknown is unknown in some world; records are lost, positions have flipped, dust stands, orders
of any role, generation and status lie around. Keys of orders are unique, as they are in the engine's view.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from hypothesis import strategies as st

from capi.core.account import Account, Intent, LastTrade, Market, Position, Trade
from capi.core.actions import Action
from capi.core.config import Config
from capi.core.decision import ENTRY_SIDE, Decision, Unusable
from capi.core.ids import order_id, parse_order_id
from capi.core.orders import Order, OrderKey, Orders
from capi.core.plan import plan
from capi.core.units import ZERO
from tests.properties.configs import draw_config
from tests.properties.decisions import draw_decision
from tests.properties.dice import Dice
from tests.properties.draws import AGES_MS, GRID, SYMBOLS, D, Symbol, draw_symbol
from tests.properties.orders import CURRENT, OLDER, Scene, draw_order
from tests.properties.scenes import EAGER_SCENES, FIRST, SCENES, SECOND, STOP, Stand
from tests.worlds import ACCOUNT, NOW

PLACES: Final = (0, 0, 0, 0, *GRID)
"""Where the price is, in bps from the instrument's own."""
ACCOUNT_CHANGES: Final[tuple[tuple[str, Any], ...]] = (
    *(("equity", D(value)) for value in ("49.99", "0", "9799.5", "9800", "1E+9")),
    *(("wallet", D(value)) for value in ("0", "9799.5", "9810", "1E+9")),
    *(("available", D(value)) for value in ("0", "333", "340")),
    *((name, None) for name in ("equity", "wallet", "available", "day_start_equity", "week_start_equity")),
    *((name, None) for name in ("day_trades", "position_mode", "multi_assets", "margin_mode", "leverage")),
    ("position_mode", "hedge"),
    ("multi_assets", True),
    ("margin_mode", "cross"),
    ("leverage", 1),
    ("leverage", 125),
    ("day_start_equity", D(10_200)),
    ("week_start_equity", D(11_000)),
    ("day_trades", 1),
    ("day_trades", 3),
    ("last_trade", LastTrade(decision_id=CURRENT, side="long", closed_at_ms=NOW - 3000)),
    ("last_trade", LastTrade(decision_id=OLDER, side="long", closed_at_ms=NOW - 1000)),
    ("last_trade", LastTrade(decision_id=OLDER, side="short", closed_at_ms=NOW - 3_600_000)),
    *(("naked_since_ms", NOW - age) for age in (0, 1000, 4999, 5000, 60_000)),
    *(("dead_man_until_ms", NOW + left) for left in (-1, 0, 1, 30_000, 60_000)),
    ("safe_mode", "the stop cannot be placed"),
    ("paused", True),
    ("flatten", "out for the night"),
    *(("acts_since_ms", NOW - age) for age in (0, 1000, 60_000)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The arguments of one planning."""

    decision: Decision | Unusable
    account: Account
    orders: Orders
    config: Config

    def plan(self) -> list[Action]:
        """Return what the engine would do in it."""
        return plan(self.decision, self.account, self.orders, self.config)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world; every fourth one is close to an entry, which few would be by themselves."""
    dice = Dice(draw)
    return draw_world(dice, eager=dice.below(4) == 3)


@st.composite
def eager_worlds(draw: st.DrawFn) -> World:
    """Draw a world; most are close to an entry."""
    dice = Dice(draw)
    return draw_world(dice, eager=dice.below(4) > 0)


def draw_world(dice: Dice, *, eager: bool = False) -> World:
    """Draw a world with these dice; `eager`: little but the decision stands between it and an entry."""
    symbol, config = draw_symbol(dice, SYMBOLS[:3] if eager else SYMBOLS), draw_config(dice)
    scene = Scene(symbol, config.id_prefix, dice.pick(("long", "short")))
    stand = dice.pick(EAGER_SCENES)(scene) if eager else _changed(dice, scene, dice.pick(SCENES)(scene))
    account = replace(
        ACCOUNT,
        position=stand.position,
        market=_draw_market(dice, symbol, dice.pick((0, 0, -5, 5) if eager else PLACES)),
        instrument=symbol.instrument,
        trade=stand.trade,
        intents=dice.usually(stand.intents, ((),)),
        complete=not dice.rarely(),
    )
    for _ in range(dice.pick((0, 0, 1) if eager else (0, 0, 1, 2, 3))):
        name, value = dice.pick(ACCOUNT_CHANGES)
        account = replace(account, **{name: value})
    return World(decision=draw_decision(dice, scene), account=account, orders=stand.orders, config=config)


def _changed(dice: Dice, scene: Scene, stand: Stand) -> Stand:
    """Lose, add and alter what stands."""
    orders = dict[OrderKey, Order]()
    for order in stand.orders:
        if not dice.rarely():
            orders[order.key] = order
    for _ in range(dice.pick((0, 0, 1, 2, 4))):
        for order in draw_order(dice, scene):
            orders.setdefault(order.key, order)
    trade = dice.usually(stand.trade, (None, _draw_trade(dice, scene, stand))) if dice.below(3) == 2 else stand.trade
    intents = _draw_intents(dice, scene, orders) if dice.below(3) == 2 else stand.intents
    return Stand(_draw_position(dice, scene, stand.position), trade, intents, tuple(orders.values()))


def _draw_position(dice: Dice, scene: Scene, position: Position) -> Position:
    """Alter the position: its size (dust and off the step included), side, entry and liquidation price, its age."""
    symbol = scene.symbol
    for _ in range(dice.pick((0, 0, 1, 2))):
        match dice.below(4):
            case 0:
                step = symbol.instrument.step_size
                size = dice.usually(symbol.quantity(dice), (ZERO, step / 2, step * D("1.5")))
                position = replace(position, qty=size * (1 if scene.draw_direction(dice) == "long" else -1))
            case 1:
                away = dice.pick((-scene.sign * 1900, -scene.sign * 105, scene.sign * 100))
                position = replace(position, liquidation_price=dice.usually(symbol.raw(away), (ZERO,)))
            case 2:
                position = replace(position, entry_price=dice.usually(symbol.raw(dice.pick(GRID)), (None,)))
            case _:
                position = replace(position, since_ms=dice.usually(NOW - dice.pick(AGES_MS), (None,)))
    return position


def _draw_market(dice: Dice, symbol: Symbol, at: int) -> Market:
    """Draw prices and depths: mostly together and sane, sometimes crossed, far apart or unknown."""
    bid, tick = symbol.on_tick(at), symbol.instrument.tick_size
    ask = max(bid + tick * dice.usually(1, (0, -1, 3, 50)), tick)
    depth = symbol.whole * 5
    market = Market(
        bid=bid, ask=ask, bid_qty=depth, ask_qty=depth, mark=bid, last=ask, volatility=dice.usually(D("0.001"), (D(0),))
    )
    changes: dict[str, Any] = {}
    for _ in range(dice.pick((0, 0, 0, 1, 2))):
        match dice.below(4):
            case 0:
                changes[dice.pick(("bid", "ask", "bid_qty", "ask_qty", "mark", "last", "volatility"))] = None
            case 1:
                changes[dice.pick(("mark", "last"))] = symbol.raw(dice.pick(GRID))
            case 2:
                changes[dice.pick(("bid_qty", "ask_qty"))] = dice.pick((ZERO, symbol.quantity(dice)))
            case _:
                changes["volatility"] = dice.pick((D("0.0004"), D("0.0007"), D("0.01"), D("0.05")))
    return replace(market, **changes)


def _draw_trade(dice: Dice, scene: Scene, stand: Stand) -> Trade:
    """Draw the ledger's open trade: usually the position's, as recorded at some time."""
    direction, symbol = scene.draw_direction(dice), scene.symbol
    sign = 1 if direction == "long" else -1
    qty = dice.pick((abs(stand.position.qty) or symbol.whole, symbol.quantity(dice)))
    return Trade(
        decision_id=dice.pick((CURRENT, CURRENT, OLDER)),
        side=direction,
        qty=qty,
        entered=dice.pick((qty, qty * 2)),
        entry_price=dice.usually(symbol.raw(dice.pick(GRID)), (None,)),
        sl=symbol.on_tick(-sign * dice.pick((STOP, 10, 500))),
        tp1=dice.usually(symbol.on_tick(sign * dice.pick((FIRST, 20))), (None,)),
        tp2=dice.usually(symbol.on_tick(sign * dice.pick((SECOND, 160))), (None,)),
        tp1_filled=dice.below(2) == 1,
        opened_at_ms=NOW - dice.pick(AGES_MS),
        volatility=dice.pick((D("0.001"), D("0.01"), D(0), None)),
    )


def _draw_intents(dice: Dice, scene: Scene, orders: dict[OrderKey, Order]) -> tuple[Intent, ...]:
    """Draw intents for most of our entries, and sometimes one whose order is not in the view."""
    sides = {o.client_order_id: o.side for o in orders.values() if _is_entry(scene, o) and not dice.rarely()}
    if dice.rarely():
        lost = order_id(scene.prefix, "entry", dice.pick((CURRENT, OLDER)), dice.pick((1, 4)))
        sides.setdefault(lost, ENTRY_SIDE[scene.draw_direction(dice)])
    found = list[Intent]()
    for client_order_id, side in sides.items():
        owner, sign = parse_order_id(scene.prefix, client_order_id), 1 if side == "BUY" else -1
        if owner is not None:
            found.append(
                Intent(
                    client_order_id=client_order_id,
                    decision_id=owner.decision_id,
                    side=side,
                    quantity=scene.symbol.quantity(dice),
                    sl=scene.symbol.on_tick(-sign * dice.pick((STOP, 50))),
                    tp1=dice.usually(scene.symbol.on_tick(sign * FIRST), (None,)),
                    tp2=dice.usually(scene.symbol.on_tick(sign * SECOND), (None,)),
                )
            )
    return tuple(found)


def _is_entry(scene: Scene, order: Order) -> bool:
    owner = parse_order_id(scene.prefix, order.client_order_id)
    return owner is not None and owner.role == "entry"
