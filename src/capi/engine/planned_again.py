"""The view of a plan of the past, from the ledger as it was then and from what was written of the look.

The other half of `planned`: the same `assemble` puts both together, so that a plan is made again on what a pass had.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from capi.core.account import Account, Instrument, Market, Position
from capi.core.orders import Order, OrderKey, Orders
from capi.engine.fields import decimal, optional_decimal
from capi.engine.ledger import Ledger
from capi.engine.order_merge import read_order
from capi.engine.planned import ALL_NAMES
from capi.engine.value_fields import read_value
from capi.engine.view import assemble
from capi.ports.exchange import Look

_MARKET: Final = tuple(one.name for one in fields(Market))


@dataclass(slots=True)
class ViewsAgain:
    """Puts together again what `Views` told by its differences, in the order in which it was written."""

    _seen: dict[str, Any] = field(default_factory=dict)

    def forget(self) -> None:
        """Begin anew, as each run does: its first view tells everything."""
        self._seen = {}

    def take(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return all that one view says; what was never told is missing in it."""
        self._seen = self._seen | told["seen"]
        return self._seen


def view_again(at_ms: int, seen: Mapping[str, Any], ledger: Ledger) -> tuple[Account, Orders]:
    """Return account and orders as a plan saw them; `ledger`: as it was then. Raises ValueError.

    That is when not all is told (the journal begins too late), or not as this version reads it.
    """
    missing = [name for name in ALL_NAMES if name not in seen]
    if missing:
        raise ValueError(f"{', '.join(missing)} not told")
    account, orders = assemble(_look(at_ms, seen, ledger), ledger)
    return replace(account, naked_since_ms=seen["naked_since_ms"], ends=seen["ends"]), orders


def _look(at_ms: int, seen: Mapping[str, Any], ledger: Ledger) -> Look:
    unknown = {order.key: order for order in map(read_order, seen["unknown"])}
    return Look(
        now_ms=at_ms,
        equity=optional_decimal(seen["equity"]),
        wallet=optional_decimal(seen["wallet"]),
        available=optional_decimal(seen["available"]),
        position_mode=seen["position_mode"],
        multi_assets=seen["multi_assets"],
        margin_mode=seen["margin_mode"],
        leverage=seen["leverage"],
        position=Position(
            qty=decimal(seen["qty"]),
            entry_price=optional_decimal(seen["entry_price"]),
            liquidation_price=optional_decimal(seen["liquidation_price"]),
        ),
        market=Market(**{name: optional_decimal(seen[name]) for name in _MARKET}),
        instrument=read_value(Instrument, seen["instrument"]),
        orders=tuple(_order((kind, name), unknown, ledger) for kind, name in seen["orders"]),
        gaps=tuple(seen["gaps"]),
        stops_read=seen["stops_read"],
    )


def _order(key: OrderKey, unknown: Mapping[OrderKey, Order], ledger: Ledger) -> Order:
    if key in unknown:
        return unknown[key]
    record = ledger.orders.by_key.get(key)
    if record is None:
        raise ValueError(f"the order {key[1]} was seen, and neither its event nor the pass tells what it was")
    return record.order
