"""The tables of a scenario file, each read into its value or refused in one sentence with its place."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, cast, get_args

from capi.adapters.fields import InputError, flag, shown, text
from capi.cli.output import iso
from capi.cli.scenario import table as read
from capi.cli.scenario.checks import CHECKS, read_wants
from capi.cli.scenario.model import (
    FOREVER,
    Account,
    Act,
    Book,
    Deed,
    Fault,
    Must,
    Part,
    Point,
    Subject,
    What,
    Written,
)
from capi.cli.scenario.table import Table
from capi.core.account import MarginMode, PositionMode
from capi.core.actions import Role
from capi.core.decision import Side
from capi.core.orders import OrderStatus

BOOK: Final = Book(at_ms=0, bid_qty=Decimal(5), ask_qty=Decimal(5), spread=Decimal("0.1"))
EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTCUSDT",
    "action": "long",
    "entry_zone": [Decimal(90700), Decimal(90900)],
    "sl": Decimal(89800),
    "tp1": Decimal(92200),
    "tp2": Decimal(93500),
    "position_size_usdt": Decimal(1000),
    "leverage": Decimal(3),
    "confidence": Decimal("0.76"),
    "risk_checks": {"daily_dd_ok": True, "weekly_dd_ok": True, "max_trades_per_day_ok": True, "session_ok": True},
}
"""What a decision says where the scenario does not."""
INSTRUMENT_KEYS: Final = ("tick_size", "step_size", "min_qty", "min_notional", "price_band_up", "price_band_down")
_OF_LOOKS_TOO: Final = ("lost", "timeout", "unreachable", "throttled", "clock", "no_permission", "refused")
_WITH_A_CODE: Final = ("refused", "no_permission", "done_but_refused")
_ORDERS: Final = ("plain", "algo", "orders")
_OF_A_PART: Final[dict[What, tuple[str, ...]]] = {
    "lacks": _ORDERS,
    "hides": (*_ORDERS, "fills"),
    "freezes": ("position",),
}
_SHOWN_OF_LOOKS: Final[dict[str, Callable[[object, str], Any]]] = {
    "position_mode": read.choice(get_args(PositionMode)),
    "multi_assets": flag,
    "margin_mode": read.choice(get_args(MarginMode)),
    "leverage": read.whole,
    "equity": lambda value, place: _known_or_none(value, place),
    "available": lambda value, place: _known_or_none(value, place),
    "volatility": lambda value, place: _known_or_none(value, place),
}
_SHOWN_OF_ORDERS: Final[dict[str, Callable[[object, str], Any]]] = {
    "status": read.choice(get_args(OrderStatus)),
    "side": read.choice(get_args(Side)),
    "quantity": read.number,
    "filled_qty": read.number,
    "reduce_only": flag,
    "close_position": flag,
}


def account(value: object, place: str) -> Account:
    """Return the account at the start."""
    given = read.table(value, place)
    account = Account(
        equity=given.get("equity", read.positive, Decimal(10_000)),
        leverage=given.get("leverage", read.whole, 20),
        margin_mode=cast(MarginMode, given.get("margin_mode", read.choice(get_args(MarginMode)), "cross")),
        position_lag=given.get("position_lag", read.whole, 0),
    )
    given.done()
    return account


def instrument(value: object, place: str) -> Mapping[str, Decimal]:
    """Return what is other than the symbol's own filters."""
    given = read.table(value, place)
    changed = {key: given.get(key, _optional_positive, None) for key in INSTRUMENT_KEYS}
    given.done()
    return {key: number for key, number in changed.items() if number is not None}


def point(value: object, place: str) -> Point:
    """Return a point of the path."""
    if not isinstance(value, list) or len(value) != 2:
        raise InputError(f"{place}: {shown(value)} is no point; write [SECONDS, BEST BID]")
    return Point(at_ms=read.moment(value[0], place), bid=read.positive(value[1], place))


def book(value: object, place: str) -> Book:
    """Return what the book looks like from a time on."""
    given = read.table(value, place)
    qty = given.get("qty", read.number, BOOK.bid_qty)
    book = Book(
        at_ms=given.take("at", read.moment),
        bid_qty=given.get("bid_qty", read.number, qty),
        ask_qty=given.get("ask_qty", read.number, qty),
        spread=given.get("spread", read.positive, BOOK.spread),
    )
    given.done()
    return book


def written(value: object, place: str, start_ms: int) -> Written:
    """Return what is in the decision file from a time on."""
    fields = dict(read.mapping(value, place))
    if "at" not in fields:
        raise InputError(f"{place}.at: is missing; write it")
    at_ms = read.moment(fields.pop("at"), f"{place}.at")
    if fields.pop("gone", False):
        return Written(at_ms=at_ms, document=None, told="the decision file is gone")
    if "text" in fields:
        raw = text(fields.pop("text"), f"{place}.text")
        return Written(at_ms=at_ms, document=raw.encode(), told=f"the decision file holds {shown(raw)}")
    made = fields.pop("timestamp", None) or iso(start_ms + at_ms)
    decision = {**EXAMPLE, "timestamp_iso": made, **fields}
    torn = fields.pop("cut", None)
    decision.pop("cut", None)
    document = _json(decision).encode()
    told = f"decision: {decision['action']}, made at {made}"
    if torn is not None:
        return Written(at_ms=at_ms, document=document[: read.whole(torn, f"{place}.cut")], told=f"{told}, cut short")
    return Written(at_ms=at_ms, document=document, told=told)


def _json(value: object) -> str:
    """Return a value as decision.json would say it: numbers with their own digits."""
    match value:
        case Decimal():
            return f"{value:f}"
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {_json(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_json(item) for item in value) + "]"
        case str() | bool() | int() | None:
            return json.dumps(value)
        case _:
            raise InputError(f"{shown(str(value))} is nothing that JSON knows; write it as text, in quotes")


def fault(value: object, place: str) -> Fault:
    """Return what goes wrong."""
    given = read.table(value, place)
    what = cast(What, given.take("what", read.choice(get_args(What))))
    on = cast(Subject, given.take("on", read.choice(get_args(Subject))))
    if (what in ("shows", "lacks", "hides", "freezes")) != (on == "look") and what not in _OF_LOOKS_TOO:
        raise InputError(f"{place}: {what} cannot befall {on}")
    fault = Fault(
        on=on,
        what=what,
        nth=given.get("nth", read.whole, 1),
        times=given.get("times", read.whole, 1),
        from_ms=given.get("at", _optional_moment, None),
        until_ms=given.get("until", read.moment, FOREVER),
        role=cast(Role | None, given.get("role", _optional(read.choice(get_args(Role))), None)),
        code=given.take("code", read.code) if what in _WITH_A_CODE else 0,
        message=given.get("message", text, ""),
        for_ms=given.take("seconds", read.moment) if what in ("late", "throttled") else 0,
        part=cast(Part, given.take("part", read.choice(_OF_A_PART[what]))) if what in _OF_A_PART else "orders",
    )
    if what in ("shows", "echo"):
        of_orders = what == "echo" or fault.role is not None
        fault = replace(fault, shows=_shown(given.take("shows", read.table), of_orders=of_orders))
    given.done()
    return fault


def _shown(given: Table, *, of_orders: bool) -> Mapping[str, Any]:
    """Return the values that are shown instead of the truth."""
    readers = _SHOWN_OF_ORDERS if of_orders else _SHOWN_OF_LOOKS
    shows = {key: given.take(key, readers[key]) for key in readers if key in given}
    if not shows:
        raise InputError(f"{given.place}: shows nothing that is known; known are {', '.join(readers)}")
    for key in readers:
        given.get(key, lambda value, place: None, None)
    given.done()
    return shows


def _known_or_none(value: object, place: str) -> Decimal | None:
    return None if value == "none" else read.number(value, place)


def _optional_moment(value: object, place: str) -> int | None:
    return read.moment(value, place)


def _optional(reader: Callable[[object, str], str]) -> Callable[[object, str], str | None]:
    return lambda value, place: reader(value, place)


def _optional_positive(value: object, place: str) -> Decimal | None:
    return read.positive(value, place)


def act(value: object, place: str) -> Act:
    """Return what somebody does."""
    given = read.table(value, place)
    act = Act(
        at_ms=given.take("at", read.moment),
        do=cast(Deed, given.take("do", read.choice(get_args(Deed)))),
        id=given.get("id", text, ""),
        role=cast(Role | None, given.get("role", _optional(read.choice(get_args(Role))), None)),
        side=cast(Side, given.get("side", read.choice(get_args(Side)), "BUY")),
        type=given.get("type", read.choice(("LIMIT", "MARKET", "STOP_MARKET", "TAKE_PROFIT_MARKET")), "LIMIT"),
        qty=given.get("qty", _optional_positive, None),
        price=given.get("price", _optional_positive, None),
        trigger=given.get("trigger", _optional_positive, None),
        reduce_only=given.get("reduce_only", flag, default=False),
        close_position=given.get("close_position", flag, default=False),
    )
    given.done()
    return act


def must(value: object, place: str) -> Must:
    """Return what must hold."""
    fields = dict(read.mapping(value, place))
    at_ms = read.moment(fields.pop("at"), f"{place}.at") if "at" in fields else None
    if len(fields) != 1:
        raise InputError(f"{place}: asks for {len(fields)} things; write one [[must]] for each, with `at` or without")
    [(check, wants)] = fields.items()
    read.choice(tuple(CHECKS))(check, place)
    return Must(at_ms=at_ms, check=check, wants=read_wants(check, wants, f"{place}.{check}"), told=_json(wants))
