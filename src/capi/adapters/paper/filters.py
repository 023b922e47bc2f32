"""What the exchange refuses by looking at the order, the symbol's filters and the mark price alone; with its codes.

Source: binance-usdm facts, sections 3.1, 4, 5 and 7. Checked in this order: combination of parameters, client id,
prices, quantity, mark-price band, notional.
"""

import re
from decimal import Decimal
from typing import Final

from capi.adapters.paper.orders import NewOrder
from capi.core.account import Instrument
from capi.core.errors import Rejected
from capi.core.units import plain

_CLIENT_ID: Final = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
_CONDITIONAL: Final = frozenset({"STOP_MARKET", "TAKE_PROFIT_MARKET", "STOP", "TAKE_PROFIT", "TRAILING_STOP_MARKET"})
_MODELLED: Final = frozenset({"STOP_MARKET", "TAKE_PROFIT_MARKET"})


def check_filters(new: NewOrder, instrument: Instrument, mark: Decimal) -> Rejected | None:
    """Return why an order is refused, or None."""
    return (
        (_algo_shape(new) if new.kind == "algo" else _plain_shape(new))
        or _client_id(new)
        or _prices(new, instrument)
        or _quantity(new, instrument)
        or _price_band(new, instrument, mark)
        or _notional(new, instrument, mark)
    )


def _plain_shape(new: NewOrder) -> Rejected | None:
    if new.type in _CONDITIONAL:
        return Rejected(-4120, f"{new.type} belongs to the algo orders: send it with kind algo.")
    for name, value in (("quantity", new.quantity), ("price", new.price), ("timeInForce", new.time_in_force)):
        wanted = name == "quantity" or new.type == "LIMIT"
        if wanted and value is None:
            return Rejected(-1102, f"Mandatory parameter '{name}' was not sent for a {new.type} order.")
        if not wanted and value is not None:
            return Rejected(-1106, f"Parameter '{name}' sent when not required by a {new.type} order.")
    if new.trigger_price is not None or new.close_position:
        return Rejected(-1106, f"A plain {new.type} order takes neither triggerPrice nor closePosition.")
    return None


def _algo_shape(new: NewOrder) -> Rejected | None:
    if new.type not in _CONDITIONAL:
        return Rejected(-1130, f"{new.type} is no algo order: send it with kind plain.")
    if new.type not in _MODELLED:
        return Rejected(-1116, f"The paper exchange does not model {new.type}: use STOP_MARKET or TAKE_PROFIT_MARKET.")
    if new.trigger_price is None:
        return Rejected(-1102, "Mandatory parameter 'triggerPrice' was not sent.")
    if new.price is not None:
        return Rejected(-1106, f"Parameter 'price' sent when not required by {new.type}.")
    if new.close_position and new.quantity is not None:
        return Rejected(-4137, "Quantity must not be sent with closePosition.")
    if new.close_position and new.reduce_only:
        return Rejected(-1106, "Parameter 'reduceOnly' sent when not required: closePosition reduces already.")
    if not new.close_position and new.quantity is None:
        return Rejected(-1102, "Mandatory parameter 'quantity' was not sent without closePosition.")
    return None


def _client_id(new: NewOrder) -> Rejected | None:
    if _CLIENT_ID.fullmatch(new.client_order_id):
        return None
    return Rejected(-4015, f"Client order id {new.client_order_id!r} is not 1 to 36 characters of [.A-Z:/a-z0-9_-].")


def _prices(new: NewOrder, instrument: Instrument) -> Rejected | None:
    for name, price in (("price", new.price), ("triggerPrice", new.trigger_price)):
        if price is None:
            continue
        if price <= 0:
            return Rejected(-4001, f"{name} {price} is not above zero.")
        if price % instrument.tick_size:
            return Rejected(-4014, f"{name} {price} is not on the tick {instrument.tick_size}.")
    return None


def _quantity(new: NewOrder, instrument: Instrument) -> Rejected | None:
    quantity = new.quantity
    if quantity is None:
        return None
    if quantity <= 0:
        return Rejected(-4003, f"Quantity {quantity} is not above zero.")
    written_alike = quantity.same_quantum(instrument.step_size)
    if not written_alike and _digits(quantity) > _digits(instrument.step_size):
        return Rejected(-1111, f"Quantity {quantity} has more digits than the step {instrument.step_size}.")
    if quantity < instrument.min_qty:
        return Rejected(-4004, f"Quantity {quantity} is below the minimum {instrument.min_qty}.")
    most = _largest(new, instrument)
    if most is not None and quantity > most:
        return Rejected(-4005, f"Quantity {quantity} is above the maximum {most} of a {new.type} order: split it.")
    if quantity % instrument.step_size:
        return Rejected(-4023, f"Quantity {quantity} is not on the step {instrument.step_size}.")
    return None


def _largest(new: NewOrder, instrument: Instrument) -> Decimal | None:
    """Return the largest quantity: a market order, a triggered one too, obeys both bounds."""
    bounds = [instrument.max_qty] if new.type == "LIMIT" else [instrument.max_qty, instrument.market_max_qty]
    return min((bound for bound in bounds if bound is not None), default=None)


def _digits(value: Decimal) -> int:
    exponent = plain(value).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _price_band(new: NewOrder, instrument: Instrument, mark: Decimal) -> Rejected | None:
    if new.price is None:
        return None
    highest, lowest = mark * (1 + instrument.price_band_up), mark * (1 - instrument.price_band_down)
    if new.side == "BUY" and new.price > highest:
        return Rejected(-4016, f"Limit price {new.price} is above {highest}, the mark price's upper bound.")
    if new.side == "SELL" and new.price < lowest:
        return Rejected(-4024, f"Limit price {new.price} is below {lowest}, the mark price's lower bound.")
    return None


def _notional(new: NewOrder, instrument: Instrument, mark: Decimal) -> Rejected | None:
    if new.reduce_only or new.quantity is None:
        return None
    notional = new.quantity * (new.price or new.trigger_price or mark)
    if notional >= instrument.min_notional:
        return None
    return Rejected(-4164, f"Notional {notional} is below {instrument.min_notional}, and the order is not reduce-only.")
