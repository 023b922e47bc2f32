"""What we may do: a closed sum. Every action carries the rule that wanted it and a sentence with its numbers."""

from decimal import Decimal
from typing import Literal

from capi.core.account import MarginMode
from capi.core.config import TriggerBy
from capi.core.decision import Direction, Side
from capi.core.orders import Kind, OrderKey, OrderType
from capi.core.value import value

Role = Literal["entry", "sl", "tp1", "tp2", "exit"]
TimeInForce = Literal["GTC", "IOC"]
Level = Literal["INFO", "WARNING", "ERROR", "CRITICAL"]
ExitReason = Literal["sl", "tp1", "tp2", "exit", "flatten", "liquidation", "manual"]


@value
class PlaceOrder:
    """One order to send. An entry carries its intent: stop, targets and `intended_qty`, the decision's whole."""

    client_order_id: str
    role: Role
    kind: Kind
    side: Side
    type: OrderType
    quantity: Decimal | None  # None with close_position
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy | None = None
    reduce_only: bool = False
    close_position: bool = False
    time_in_force: TimeInForce | None = None
    decision_id: str
    sl: Decimal | None = None
    tp1: Decimal | None = None
    tp2: Decimal | None = None
    intended_qty: Decimal | None = None
    rule: str
    reason: str

    @property
    def key(self) -> OrderKey:
        """Return the identity that the order will have."""
        return self.kind, self.client_order_id


@value
class CancelOrder:
    """Take one order down, in the world (plain or algo) that it lives in."""

    client_order_id: str
    kind: Kind
    rule: str
    reason: str

    @property
    def key(self) -> OrderKey:
        """Return the identity of the order to cancel."""
        return self.kind, self.client_order_id


@value
class SetLeverage:
    """Set the symbol's leverage; the entry comes when it has been read back."""

    leverage: int
    rule: str
    reason: str


@value
class SetMarginMode:
    """Set the symbol's margin mode; the entry comes when it has been read back."""

    margin_mode: MarginMode
    rule: str
    reason: str


@value
class ArmDeadMan:
    """Have the exchange cancel the plain orders unless renewed within `seconds`; 0 switches it off."""

    seconds: int
    rule: str
    reason: str


@value
class OpenTrade:
    """Record a trade that an own intent explains, at the intent's levels."""

    decision_id: str
    side: Direction
    qty: Decimal
    entry_price: Decimal | None
    sl: Decimal
    tp1: Decimal | None
    tp2: Decimal | None
    volatility: Decimal | None
    rule: str
    reason: str


@value
class AdoptPosition:
    """Record a trade for a position that nothing in the ledger explains."""

    decision_id: str
    side: Direction
    qty: Decimal
    entry_price: Decimal | None
    sl: Decimal
    tp1: Decimal | None
    tp2: Decimal | None
    rule: str
    reason: str


@value
class UpdateTrade:
    """Record what changed of the open trade. All fields are the new values."""

    decision_id: str
    qty: Decimal
    entered: Decimal
    entry_price: Decimal | None
    sl: Decimal
    tp1_filled: bool
    rule: str
    reason: str


@value
class CloseTrade:
    """Settle the trade: the position is confirmed flat. The ledger computes the summary from the fills."""

    decision_id: str
    side: Direction
    exit_reason: ExitReason
    rule: str
    reason: str


@value
class EnterSafeMode:
    """No entries until `capi resume`; guarding goes on."""

    rule: str
    reason: str


@value
class Alert:
    """Tell the operator. `code` is stable; the same event within a short time is folded by the sender."""

    level: Level
    code: str
    rule: str
    reason: str


@value
class Refuse:
    """Say what was not done, and why: `rule` is the gate's name. Never sent, always journalled."""

    rule: str
    reason: str


Action = (
    PlaceOrder
    | CancelOrder
    | SetLeverage
    | SetMarginMode
    | ArmDeadMan
    | OpenTrade
    | AdoptPosition
    | UpdateTrade
    | CloseTrade
    | EnterSafeMode
    | Alert
    | Refuse
)
