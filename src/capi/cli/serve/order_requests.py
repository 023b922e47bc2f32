"""A request to place an order, read from its parameters: into what the matching engine takes, or a refusal.

Source: facts, sections 2.2 and 3.1. Only what belongs to the wire is judged here (names, words, forms, the account's
modes); filters, margin and position are the exchange's (adapters/paper/admission.py).
"""

import secrets
from decimal import Decimal
from typing import Final

from capi.adapters.paper.orders import NewOrder, PaperTimeInForce
from capi.cli.serve.errors import WireError, invalid, missing
from capi.cli.serve.numbers import digits_of, price_digits, quantity_digits
from capi.cli.serve.params import Params
from capi.cli.serve.records import Extras
from capi.cli.serve.texts import TEXTS
from capi.cli.serve.venue import Venue
from capi.cli.serve.wording import TRIGGER_BY
from capi.core.decision import Side
from capi.core.orders import OrderType

SIDES: Final[tuple[Side, ...]] = ("BUY", "SELL")
CONDITIONAL: Final[tuple[OrderType, ...]] = (
    "STOP_MARKET", "TAKE_PROFIT_MARKET", "STOP", "TAKE_PROFIT", "TRAILING_STOP_MARKET"
)  # fmt: skip
TYPES: Final[tuple[OrderType, ...]] = ("LIMIT", "MARKET", *CONDITIONAL)
RESPONSES: Final = ("ACK", "RESULT")
SELF_TRADE: Final = ("EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "NONE")
ORDER_NAMES: Final = frozenset(
    {"symbol", "side", "type", "quantity", "price", "timeInForce", "newClientOrderId", "reduceOnly", "positionSide",
     "newOrderRespType", "selfTradePreventionMode", "priceMatch", "goodTillDate", "workingType", "priceProtect",
     "closePosition", "stopPrice", "callbackRate", "activationPrice"}
)  # fmt: skip
ALGO_NAMES: Final = frozenset(
    {"algoType", "symbol", "side", "type", "quantity", "price", "triggerPrice", "clientAlgoId", "reduceOnly",
     "closePosition", "positionSide", "workingType", "priceProtect", "timeInForce", "callbackRate", "activatePrice",
     "priceMatch", "selfTradePreventionMode", "newOrderRespType", "goodTillDate"}
)  # fmt: skip
_TIMES: Final[tuple[PaperTimeInForce, ...]] = ("GTC", "IOC", "FOK", "GTX")
_TIMES_NOT_MODELLED: Final = ("GTD", "RPI", "GTE_GTC")


def new_order(venue: Venue, params: Params) -> tuple[NewOrder, Extras]:
    """Return a plain order as it was sent. Raises WireError."""
    params.only(ORDER_NAMES)
    traded_symbol(venue, params)
    order_type = params.needed_choice("type", TYPES, -1116)
    if order_type in CONDITIONAL:
        raise WireError(-4120, TEXTS[-4120])
    side = params.needed_choice("side", SIDES, -1117)
    _position_side(venue, params)
    time_in_force = _time_in_force(params)
    if time_in_force is None and order_type == "LIMIT":
        raise missing("timeInForce")
    if params.maybe("priceMatch") not in (None, "NONE"):
        raise WireError(-5037, "Invalid price match: the paper exchange does not model priceMatch.")
    new = NewOrder(
        client_order_id=_client_id(params, "newClientOrderId"),
        side=side,
        type=order_type,
        quantity=precise(params, "quantity", quantity_digits(venue.instrument)),
        price=precise(params, "price", price_digits(venue.instrument)),
        reduce_only=params.boolean("reduceOnly"),
        time_in_force=time_in_force if order_type == "LIMIT" else None,
    )
    return new, _extras(params)


def new_algo_order(venue: Venue, params: Params) -> tuple[NewOrder, Extras]:
    """Return a conditional order as it was sent. Raises WireError."""
    for name in ("algoType", "symbol", "side", "type", "triggerPrice"):
        params.text(name)
    params.only(ALGO_NAMES)
    params.choice("algoType", ("CONDITIONAL",))
    traded_symbol(venue, params)
    order_type = params.needed_choice("type", TYPES, -1116)
    if order_type not in CONDITIONAL:
        raise invalid("type")
    _position_side(venue, params)
    _time_in_force(params)
    working_type = params.choice("workingType", tuple(TRIGGER_BY)) or "CONTRACT_PRICE"
    new = NewOrder(
        client_order_id=_client_id(params, "clientAlgoId"),
        kind="algo",
        side=params.needed_choice("side", SIDES, -1117),
        type=order_type,
        quantity=precise(params, "quantity", quantity_digits(venue.instrument)),
        price=precise(params, "price", price_digits(venue.instrument)),
        trigger_price=precise(params, "triggerPrice", price_digits(venue.instrument)),
        trigger_by=TRIGGER_BY[working_type],
        reduce_only=params.boolean("reduceOnly"),
        close_position=params.boolean("closePosition"),
    )
    return new, _extras(params)


def wants_result(params: Params) -> bool:
    """Return whether the answer waits for the final state."""
    return params.choice("newOrderRespType", RESPONSES) == "RESULT"


def known_symbol(venue: Venue, params: Params) -> str:
    """Return the mandatory symbol. Raises WireError -1102, -1121."""
    symbol = params.text("symbol")
    if symbol not in venue.instruments:
        raise WireError(-1121, "Invalid symbol.")
    return symbol


def traded_symbol(venue: Venue, params: Params) -> None:
    """Refuse another symbol than the served one. Raises WireError -1102, -1121, -4141."""
    if known_symbol(venue, params) != venue.instrument.symbol:
        raise WireError(-4141, f"Symbol is closed: the paper exchange trades {venue.instrument.symbol} only.")


def _client_id(params: Params, name: str) -> str:
    """Return the id that was sent, or make one as the exchange does."""
    return params.maybe(name) or secrets.token_urlsafe(16)


def _position_side(venue: Venue, params: Params) -> None:
    side = params.choice("positionSide", ("BOTH", "LONG", "SHORT"))
    if venue.modes.hedge:
        text = "Order's position side does not match user's setting (hedge mode is not modelled: switch it off)."
        raise WireError(-4061, text)
    if side not in (None, "BOTH"):
        raise WireError(-4061, "Order's position side does not match user's setting.")


def _time_in_force(params: Params) -> PaperTimeInForce | None:
    value = params.choice("timeInForce", (*_TIMES, *_TIMES_NOT_MODELLED), -1115)
    if value in _TIMES_NOT_MODELLED:
        raise WireError(-1115, f"Invalid timeInForce: the paper exchange does not model {value}.")
    return params.choice("timeInForce", _TIMES, -1115)


def _extras(params: Params) -> Extras:
    mode = params.choice("selfTradePreventionMode", SELF_TRADE) or "EXPIRE_MAKER"
    if mode != "EXPIRE_MAKER":
        raise WireError(-5038, "Invalid self trade prevention mode: the paper exchange models EXPIRE_MAKER only.")
    return Extras(price_protect=params.boolean("priceProtect"), self_trade_prevention=mode)


def precise(params: Params, name: str, digits: int) -> Decimal | None:
    """Return an optional number with at most `digits` digits. Raises WireError -1111."""
    value = params.decimal(name)
    if value is not None and digits_of(value.normalize()) > digits:
        raise WireError(-1111, TEXTS[-1111])
    return value
