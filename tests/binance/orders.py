"""Requests as the engine makes them."""

from decimal import Decimal
from typing import Any, Final

from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, SetLeverage, SetMarginMode
from capi.core.orders import Kind

D = Decimal
WHY: Final = {"rule": "a_rule", "reason": "a reason"}


def entry(**changes: Any) -> PlaceOrder:
    """Return a LIMIT entry."""
    base: dict[str, Any] = {
        "client_order_id": "capi_entry_x",
        "role": "entry",
        "kind": "plain",
        "side": "BUY",
        "type": "LIMIT",
        "quantity": D("0.010"),
        "price": D("76000.0"),
        "time_in_force": "GTC",
        "decision_id": "x",
        "sl": D("75500.0"),
        "intended_qty": D("0.010"),
    }
    return PlaceOrder(**(base | WHY | changes))


def stop(**changes: Any) -> PlaceOrder:
    """Return the backstop of a long position."""
    base: dict[str, Any] = {
        "client_order_id": "capi_sl_x",
        "role": "sl",
        "kind": "algo",
        "side": "SELL",
        "type": "STOP_MARKET",
        "quantity": None,
        "trigger_price": D("75500.0"),
        "trigger_by": "mark",
        "close_position": True,
        "decision_id": "x",
    }
    return PlaceOrder(**(base | WHY | changes))


def leave(**changes: Any) -> PlaceOrder:
    """Return a MARKET exit."""
    base: dict[str, Any] = {
        "client_order_id": "capi_exit_x",
        "role": "exit",
        "kind": "plain",
        "side": "SELL",
        "type": "MARKET",
        "quantity": D("0.010"),
        "reduce_only": True,
        "decision_id": "x",
    }
    return PlaceOrder(**(base | WHY | changes))


def cancel(client_order_id: str = "capi_entry_x", kind: Kind = "plain") -> CancelOrder:
    """Return a cancel."""
    return CancelOrder(client_order_id=client_order_id, kind=kind, **WHY)


LEVERAGE: Final = SetLeverage(leverage=10, **WHY)
ISOLATED: Final = SetMarginMode(margin_mode="isolated", **WHY)
DEAD_MAN: Final = ArmDeadMan(seconds=60, **WHY)
