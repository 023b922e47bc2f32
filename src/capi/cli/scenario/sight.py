"""What a look shows on a bad day: other values, parts that are missing, hidden, or as they were before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

from capi.cli.scenario.model import Fault
from capi.core.ids import parse_order_id
from capi.core.orders import Order
from capi.ports.exchange import Look

T = TypeVar("T")


class Sight:
    """Changes looks by the faults that befall them. Faults are known by their index in the scenario."""

    def __init__(self, faults: Sequence[Fault], id_prefix: str) -> None:
        """Start before the first look."""
        self._faults: Final = faults
        self._prefix: Final = id_prefix
        self._before: dict[int, Look] = {}  # the last look before each fault that freezes

    def pass_by(self, look: Look, active: Sequence[int]) -> None:
        """Remember what a look shows, for the faults that will freeze it."""
        for index, fault in enumerate(self._faults):
            if fault.what == "freezes" and index not in active:
                self._before[index] = look

    def changed(self, look: Look, index: int) -> Look:
        """Return a look as a fault lets it be seen."""
        fault = self._faults[index]
        match fault.what:
            case "shows":
                return self._showing(look, fault)
            case "lacks":
                gap = f"{fault.part}: the answer could not be read"
                reads = look.stops_read and fault.part not in ("algo", "orders")
                return replace(self._without(look, fault, is_said=True), gaps=(*look.gaps, gap), stops_read=reads)
            case "hides":
                return self._without(look, fault, is_said=False)
            case "freezes" if index in self._before:
                return replace(look, position=self._before[index].position)
            case _:
                return look

    def _without(self, look: Look, fault: Fault, *, is_said: bool) -> Look:
        """Return a look without a part; that an order does not exist is claimed only where nothing says otherwise."""
        if fault.part == "fills":
            return replace(look, fills=())
        kept = tuple(order for order in look.orders if not self._is_of(order, fault))
        gone = tuple(order.key for order in look.orders if self._is_of(order, fault))
        return replace(look, orders=kept, not_found=look.not_found if is_said else (*look.not_found, *gone))

    def _is_of(self, order: Order, fault: Fault) -> bool:
        owner = parse_order_id(self._prefix, order.client_order_id)
        if fault.role is not None and (owner is None or owner.role != fault.role):
            return False
        return fault.part in ("orders", order.kind)

    def _showing(self, look: Look, fault: Fault) -> Look:
        if fault.role is None:
            market = {name: value for name, value in fault.shows.items() if name == "volatility"}
            rest = {name: value for name, value in fault.shows.items() if name != "volatility"}
            return replaced(look, {**rest, "market": replaced(look.market, market)})
        orders = tuple(replaced(order, fault.shows) if self._is_of(order, fault) else order for order in look.orders)
        return replace(look, orders=orders)


def replaced(one: T, fields: Mapping[str, Any]) -> T:
    """Return a value with other fields, as the scenario names them."""
    changed: T = replace(cast(Any, one), **fields)
    return changed
