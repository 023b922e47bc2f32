"""Single orders as the exchange and the ledger could tell of them: ours of any role and status, and foreign ones.

Each is consistent in itself (a market order has no price, a conditional one has a trigger, only a partial fill leaves a
part); most belong to the scene's direction and to its decision.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from capi.core.actions import Role
from capi.core.decision import ENTRY_SIDE, EXIT_SIDE, Direction, Side
from capi.core.errors import MEANINGS
from capi.core.ids import order_id
from capi.core.orders import Order, Orders, OrderStatus, OrderType
from capi.core.units import ZERO, floor_to
from tests.properties.dice import Dice
from tests.properties.draws import AGES_MS, GRID, Symbol
from tests.worlds import NOW

CURRENT: Final = "20251128T100500Z"
OLDER: Final = "20251128T100000Z"
STRANGE: Final = "h0123456789abcde"
CODES: Final = (None, -9999, *sorted(MEANINGS))
STOP_CODES: Final = (-4130, -4130, -4509, -4509, -2021, -1008)
PLAIN_STATUSES: Final[tuple[OrderStatus, ...]] = (
    "NEW", "NEW", "NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED", "UNKNOWN",
)  # fmt: skip
STOP_STATUSES: Final[tuple[OrderStatus, ...]] = (
    "NEW", "NEW", "NEW", "NEW", "CANCELED", "EXPIRED", "REJECTED", "REJECTED", "TRIGGERED", "UNKNOWN", "FILLED",
)  # fmt: skip
FOREIGN_TYPES: Final[tuple[OrderType, ...]] = (
    "STOP_MARKET", "STOP_MARKET", "TAKE_PROFIT_MARKET", "STOP", "TRAILING_STOP_MARKET",
)  # fmt: skip
FOREIGN_IDS: Final = ("web_abc", "x-1", "capi_sl", "capi_sl_20251128T100500Z_1", "autoclose-77", "adl_autoclose")


@dataclass(frozen=True, slots=True)
class Scene:
    """What the orders of one world share."""

    symbol: Symbol
    prefix: str
    direction: Direction

    @property
    def sign(self) -> int:
        """Return 1 for a long, −1 for a short: the side of the price on which profit lies."""
        return 1 if self.direction == "long" else -1

    @property
    def other(self) -> Direction:
        """Return the opposite direction."""
        return "short" if self.direction == "long" else "long"

    def draw_direction(self, dice: Dice) -> Direction:
        """Return the scene's direction, or, seldom, the other."""
        return self.other if dice.rarely() else self.direction


def draw_order(dice: Dice, scene: Scene) -> Orders:
    """Draw one order; a triggered stop perhaps with the plain order that it created."""
    return dice.pick((_stop, _stop, _entry, _entry, _target, _exit, _foreign))(dice, scene)


def _id(dice: Dice, scene: Scene, role: Role) -> str:
    decision_id = dice.pick((CURRENT, CURRENT, CURRENT, OLDER, STRANGE))
    return order_id(scene.prefix, role, decision_id, dice.pick((1, 2, 3, 17)))


def _times(dice: Dice) -> tuple[int | None, int | None, int | None]:
    """Draw created, updated and sent, in a possible order, seldom with one or all unknown."""
    first, second = dice.pick(AGES_MS), dice.pick(AGES_MS)
    born, updated = NOW - max(first, second), NOW - min(first, second)
    known: tuple[tuple[int | None, int | None, int | None], ...] = (
        (None, None, None), (None, updated, None), (None, None, born), (born, None, None),
    )  # fmt: skip
    return dice.usually((born, updated, born), known)


def _filled(dice: Dice, status: OrderStatus, quantity: Decimal, step: Decimal) -> Decimal:
    """Draw what has filled: all of FILLED, a part of PARTIALLY_FILLED, any part of what ended or is unknown."""
    part = floor_to(quantity / 2, step)
    if status == "FILLED":
        return quantity
    if status in ("NEW", "REJECTED"):
        return ZERO
    return part if status == "PARTIALLY_FILLED" else dice.pick((ZERO, ZERO, part))


def _plain(dice: Dice, scene: Scene, client_order_id: str, side: Side, kind: OrderType, reduce_only: bool) -> Order:
    quantity, step = scene.symbol.quantity(dice), scene.symbol.instrument.step_size
    status = dice.pick(PLAIN_STATUSES)
    if status == "PARTIALLY_FILLED" and quantity < 2 * step:
        status = "NEW"
    created, updated, sent = _times(dice)
    return Order(
        client_order_id=client_order_id,
        kind="plain",
        side=side,
        type=kind,
        status=status,
        price=scene.symbol.on_tick(dice.pick(GRID)) if kind == "LIMIT" else None,
        quantity=quantity,
        filled_qty=_filled(dice, status, quantity, step),
        reduce_only=reduce_only,
        created_at_ms=created,
        updated_at_ms=updated,
        sent_at_ms=sent,
        code=dice.pick(CODES) if status == "REJECTED" else None,
    )


def _entry(dice: Dice, scene: Scene) -> Orders:
    side, kind = ENTRY_SIDE[scene.draw_direction(dice)], dice.usually("LIMIT", ("MARKET",))
    return (_plain(dice, scene, _id(dice, scene, "entry"), side, _type(kind), reduce_only=False),)


def _target(dice: Dice, scene: Scene) -> Orders:
    role: Role = "tp1" if dice.below(2) == 0 else "tp2"
    side = EXIT_SIDE[scene.draw_direction(dice)]
    return (_plain(dice, scene, _id(dice, scene, role), side, "LIMIT", reduce_only=True),)


def _exit(dice: Dice, scene: Scene) -> Orders:
    side, kind = EXIT_SIDE[scene.draw_direction(dice)], dice.pick(("MARKET", "MARKET", "LIMIT"))
    return (_plain(dice, scene, _id(dice, scene, "exit"), side, _type(kind), reduce_only=True),)


def _type(name: str) -> OrderType:
    return "LIMIT" if name == "LIMIT" else "MARKET"


def _stop(dice: Dice, scene: Scene) -> Orders:
    side, client_order_id = EXIT_SIDE[scene.draw_direction(dice)], _id(dice, scene, "sl")
    status, backstop = dice.pick(STOP_STATUSES), dice.below(3) < 2
    quantity = ZERO if backstop else scene.symbol.quantity(dice)
    triggered = status in ("TRIGGERED", "FILLED")
    created, updated, sent = _times(dice)
    stop = Order(
        client_order_id=client_order_id,
        kind="algo",
        side=side,
        type="STOP_MARKET",
        status=status,
        trigger_price=scene.symbol.on_tick(dice.pick(GRID)),
        quantity=quantity,
        filled_qty=quantity if status == "FILLED" else ZERO,
        reduce_only=not backstop,
        close_position=backstop,
        not_found_since_ms=NOW - dice.pick(AGES_MS) if status == "UNKNOWN" else None,
        created_at_ms=created,
        updated_at_ms=updated,
        sent_at_ms=sent,
        triggered_at_ms=dice.usually(NOW - dice.pick(AGES_MS), (None,)) if triggered else None,
        code=dice.pick(dice.pick((STOP_CODES, STOP_CODES, CODES))) if status == "REJECTED" else None,
    )
    if triggered and dice.below(2):
        return stop, _plain(dice, scene, client_order_id, side, "MARKET", reduce_only=True)
    return (stop,)


def _foreign(dice: Dice, scene: Scene) -> Orders:
    """An order of somebody else: a plain one, a conditional one, or a closePosition one."""
    client_order_id = dice.pick(FOREIGN_IDS)
    side: Side = "BUY" if dice.below(2) == 0 else "SELL"
    if dice.below(2) == 0:
        return (_plain(dice, scene, client_order_id, side, "LIMIT", reduce_only=dice.below(2) == 0),)
    closing = dice.below(3) < 2
    created, updated, sent = _times(dice)
    return (
        Order(
            client_order_id=client_order_id,
            kind="algo",
            side=side,
            type=dice.pick(FOREIGN_TYPES),
            status="NEW" if not dice.rarely() else "CANCELED",
            trigger_price=scene.symbol.on_tick(dice.pick(GRID)),
            quantity=ZERO if closing else scene.symbol.quantity(dice),
            close_position=closing,
            created_at_ms=created,
            updated_at_ms=updated,
            sent_at_ms=sent,
        ),
    )
