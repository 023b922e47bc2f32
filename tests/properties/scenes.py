"""The healthy scenes that worlds start from: what stands, what the ledger knows of it, and the orders that go with it.

Prices follow one shape: zone around the instrument's price, stop 110 bps behind it, targets 150 and 300 bps ahead.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from capi.core.account import Intent, Position, Trade
from capi.core.actions import Role
from capi.core.decision import ENTRY_SIDE, EXIT_SIDE
from capi.core.ids import order_id
from capi.core.orders import Order, Orders
from capi.core.units import ZERO, floor_to
from tests.properties.orders import CURRENT, Scene
from tests.worlds import NOW

STOP, FIRST, SECOND = 110, 150, 300
SETTLED_MS: Final = 60_000
FLAT: Final = Position(qty=ZERO)


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands in a scene."""

    position: Position = FLAT
    trade: Trade | None = None
    intents: tuple[Intent, ...] = ()
    orders: Orders = ()


def idle(scene: Scene) -> Stand:
    """Flat, nothing ordered."""
    return Stand()


def entry_rests(scene: Scene) -> Stand:
    """Flat, the entry rests."""
    return Stand(intents=(intent(scene),), orders=(entry(scene),))


def entry_waits(scene: Scene) -> Stand:
    """Flat, the entry has rested long enough to follow the price."""
    order = replace(entry(scene), created_at_ms=NOW - 20_000, sent_at_ms=NOW - 20_000, updated_at_ms=NOW - 20_000)
    return Stand(intents=(intent(scene),), orders=(order,))


def entry_taken_down(scene: Scene) -> Stand:
    """Flat, the entry has been taken down so that it can follow the price, or go to market."""
    order = replace(entry(scene), status="CANCELED", created_at_ms=NOW - SETTLED_MS, sent_at_ms=NOW - SETTLED_MS)
    return Stand(intents=(intent(scene),), orders=(order,))


def entry_unknown(scene: Scene) -> Stand:
    """Flat, the entry was sent and nobody knows what became of it."""
    return replace(entry_rests(scene), orders=(replace(entry(scene), status="UNKNOWN"),))


def entry_fills(scene: Scene) -> Stand:
    """A part of the entry has filled, nothing is recorded or guarded yet."""
    part = max(floor_to(scene.symbol.whole / 2, scene.symbol.instrument.step_size), scene.symbol.instrument.step_size)
    order = entry(scene)
    done = part == order.quantity
    filled = replace(order, status="FILLED" if done else "PARTIALLY_FILLED", filled_qty=part, updated_at_ms=NOW - 400)
    return Stand(_position(scene, part, NOW - 300), None, (intent(scene),), (filled,))


def entry_filled_unseen(scene: Scene) -> Stand:
    """The entry has filled, the position does not show it yet."""
    filled = replace(entry(scene), status="FILLED", filled_qty=scene.symbol.whole, updated_at_ms=NOW - 400)
    return Stand(Position(qty=ZERO, since_ms=NOW - SETTLED_MS), None, (intent(scene),), (filled,))


def guarded(scene: Scene) -> Stand:
    """A recorded position with its backstop and both targets."""
    whole = scene.symbol.whole
    first = floor_to(whole / 2, scene.symbol.instrument.step_size)
    targets = [_target(scene, "tp1", first, FIRST), _target(scene, "tp2", whole - first, SECOND)]
    orders = (backstop(scene), *(target for target in targets if target.quantity > 0))
    return Stand(_position(scene, whole, NOW - SETTLED_MS), trade(scene), (), orders)


def ratcheted(scene: Scene) -> Stand:
    """A recorded position with its backstop and a tighter stop by quantity."""
    stand = guarded(scene)
    tighter = replace(
        backstop(scene, generation=2),
        trigger_price=scene.symbol.on_tick(-scene.sign * 50),
        quantity=scene.symbol.whole,
        reduce_only=True,
        close_position=False,
    )
    return replace(stand, orders=(*stand.orders, tighter))


def tightened(scene: Scene) -> Stand:
    """A recorded position whose stop by quantity has been replaced by a tighter one, which rests too."""
    stand = ratcheted(scene)
    tighter = replace(
        stand.orders[-1],
        client_order_id=order_id(scene.prefix, "sl", CURRENT, 3),
        trigger_price=scene.symbol.on_tick(-scene.sign * 20),
    )
    return replace(stand, orders=(*stand.orders, tighter))


def naked(scene: Scene) -> Stand:
    """A recorded position that nothing guards."""
    return replace(guarded(scene), orders=())


def orphan(scene: Scene) -> Stand:
    """A position that nothing explains."""
    return Stand(position=_position(scene, scene.symbol.whole, NOW - SETTLED_MS))


def lost_ledger(scene: Scene) -> Stand:
    """A position that only its protective orders explain."""
    return replace(guarded(scene), trade=None)


def phantom(scene: Scene) -> Stand:
    """A trade is recorded and its orders rest, but the exchange is flat."""
    return replace(guarded(scene), position=Position(qty=ZERO, since_ms=NOW - 2000))


def turned(scene: Scene) -> Stand:
    """The position has turned to the other side; trade and orders are those of before."""
    stand = guarded(scene)
    return replace(stand, position=replace(stand.position, qty=-stand.position.qty))


def leaving(scene: Scene) -> Stand:
    """An exit order is on its way."""
    stand = guarded(scene)
    order = replace(
        _target(scene, "exit", scene.symbol.whole, 0), type="MARKET", price=None, created_at_ms=NOW - 1000,
        updated_at_ms=NOW - 1000, sent_at_ms=NOW - 1000,
    )  # fmt: skip
    return replace(stand, orders=(*stand.orders, order))


SCENES: Final[tuple[Callable[[Scene], Stand], ...]] = (
    idle, idle, entry_rests, entry_waits, entry_taken_down, entry_unknown, entry_fills, entry_filled_unseen, guarded,
    guarded, ratcheted, tightened, naked, orphan, lost_ledger, phantom, turned, leaving,
)  # fmt: skip

EAGER_SCENES: Final = (idle, idle, entry_taken_down, entry_waits, entry_fills, entry_unknown)


def _position(scene: Scene, size: Decimal, since_ms: int) -> Position:
    return Position(
        qty=size * scene.sign, entry_price=scene.symbol.on_tick(0), liquidation_price=None, since_ms=since_ms
    )


def intent(scene: Scene) -> Intent:
    """Return the current decision's intent."""
    symbol, sign = scene.symbol, scene.sign
    return Intent(
        client_order_id=order_id(scene.prefix, "entry", CURRENT),
        decision_id=CURRENT,
        side=ENTRY_SIDE[scene.direction],
        quantity=symbol.whole,
        sl=symbol.on_tick(-sign * STOP),
        tp1=symbol.on_tick(sign * FIRST),
        tp2=symbol.on_tick(sign * SECOND),
    )


def trade(scene: Scene) -> Trade:
    """Return the current decision's open trade."""
    symbol, sign = scene.symbol, scene.sign
    return Trade(
        decision_id=CURRENT,
        side=scene.direction,
        qty=symbol.whole,
        entered=symbol.whole,
        entry_price=symbol.on_tick(0),
        sl=symbol.on_tick(-sign * STOP),
        tp1=symbol.on_tick(sign * FIRST),
        tp2=symbol.on_tick(sign * SECOND),
        tp1_filled=False,
        opened_at_ms=NOW - SETTLED_MS,
        volatility=Decimal("0.001"),
    )


def entry(scene: Scene) -> Order:
    """Return the current decision's resting entry."""
    return replace(_target(scene, "entry", scene.symbol.whole, 0), side=ENTRY_SIDE[scene.direction], reduce_only=False)


def backstop(scene: Scene, generation: int = 1) -> Order:
    """Return the trade's resting closePosition stop."""
    return Order(
        client_order_id=order_id(scene.prefix, "sl", CURRENT, generation),
        kind="algo",
        side=EXIT_SIDE[scene.direction],
        type="STOP_MARKET",
        status="NEW",
        trigger_price=scene.symbol.on_tick(-scene.sign * STOP),
        close_position=True,
        created_at_ms=NOW - 5000,
        updated_at_ms=NOW - 5000,
        sent_at_ms=NOW - 5000,
    )


def _target(scene: Scene, role: Role, quantity: Decimal, bps: int) -> Order:
    return Order(
        client_order_id=order_id(scene.prefix, role, CURRENT),
        kind="plain",
        side=EXIT_SIDE[scene.direction],
        type="LIMIT",
        status="NEW",
        price=scene.symbol.on_tick(scene.sign * bps),
        quantity=quantity,
        reduce_only=True,
        created_at_ms=NOW - 5000,
        updated_at_ms=NOW - 5000,
        sent_at_ms=NOW - 5000,
    )
