"""The exchange's answers to reads, each through its own reader: a value that says no more than the answer, or a no."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from capi.adapters.binance.rows import Row, rows
from capi.adapters.binance.wire_account import (
    read_account_config,
    read_balance,
    read_brackets,
    read_executions,
    read_fees,
    read_incomes,
    read_position,
    read_symbol_config,
)
from capi.adapters.binance.wire_market import read_book, read_candles, read_last, read_mark, read_server_time
from capi.adapters.binance.wire_orders import SIDES, read_algo, read_plain
from capi.adapters.exact_json import JsonError, exact_json
from capi.adapters.fields import InputError
from capi.core.account import Position
from tests.binance import replies
from tests.fuzz.target import Target, check_sentence

Reader = Callable[[object], object]
Holds = Callable[[Any, Any], None]
"""Called with what was read and with the answer as other code reads it; raises when they do not say the same."""
SYMBOL: Final = "BTCUSDT"


def answer_of(document: bytes) -> object:
    """Return an answer as the client has it: its JSON with exact numbers, or the text when it is none."""
    told = document.decode(errors="replace")
    try:
        return exact_json(told)
    except JsonError:
        return told


def loosely(document: bytes) -> Any:
    """Return an answer as other code reads it: numbers as their text."""
    return json.loads(document.decode(errors="replace"), parse_float=str, parse_int=str)


def target_of(name: str, reader: Reader, *good: object, holds: Holds | None = None) -> Target:
    """Return the target of one reader. Beyond `holds`, every number that it returns is finite."""

    def check(document: bytes) -> str:
        try:
            seen = reader(answer_of(document))
        except InputError as error:
            check_sentence_of_answer(str(error))
            return "unreadable"
        check_finite(seen)
        if holds is not None:
            holds(seen, loosely(document))
        return "read"

    documents = tuple(json.dumps(one).encode() for one in good)
    return Target(name=name, good=documents, check=check, outcomes=frozenset({"unreadable", "read"}))


def check_sentence_of_answer(said: str) -> None:
    """What cannot be read is named; there is no cure for what the exchange answers."""
    check_sentence(f"{said}; correct it")


def check_finite(seen: object) -> None:
    """Whatever is made of an answer holds numbers that can be computed with, and whole numbers of bounded size."""
    if isinstance(seen, Decimal):
        assert seen.is_finite(), seen
        assert abs(seen) < Decimal(10) ** 21, seen
    elif isinstance(seen, int):
        assert abs(seen) < 10**21, seen
    elif isinstance(seen, list | tuple):
        for one in seen:
            check_finite(one)
    elif hasattr(seen, "__slots__"):
        for name in type(seen).__slots__:
            check_finite(getattr(seen, name))


def _number(value: str) -> Decimal:
    return Decimal(value)


def _position_holds(seen: Position, answer: Any) -> None:
    """Flat is only what the answer says is flat: no row of the symbol holds anything."""
    of_symbol = [row for row in answer if row["symbol"] == SYMBOL]
    told = {_number(row["positionAmt"]) for row in of_symbol} - {Decimal(0)}
    assert told == ({seen.qty} if seen.qty else set()), f"{seen.qty} is not what is told: {told}"
    for price in (seen.entry_price, seen.liquidation_price):
        assert price is None or price > 0, f"no price: {price}"


def _order_holds(id_key: str, type_key: str, filled_key: str | None) -> Holds:
    def holds(seen: Any, answer: Any) -> None:
        order = seen.order
        assert order.client_order_id == answer[id_key]
        assert order.side == answer["side"]
        assert order.type == answer[type_key]
        assert order.quantity >= 0
        assert order.filled_qty >= 0
        for price in (order.price, order.trigger_price):
            assert price is None or price > 0, f"no price: {price}"
        if filled_key is not None:
            assert order.filled_qty == _number(answer[filled_key])

    return holds


def _executions_hold(seen: Any, answer: Any) -> None:
    assert len(seen) == len(answer)
    for side in SIDES:
        told = sum(_number(row["qty"]) for row in answer if row["side"] == side)
        assert sum(one.qty for one in seen if one.side == side) == told


def _candles_hold(seen: Any, answer: Any) -> None:
    for candle in seen:
        opening, high, low, close = candle.prices
        assert 0 < low <= min(opening, close), f"{candle}"
        assert high >= max(opening, close), f"{candle}"


def _book_holds(seen: Any, answer: Any) -> None:
    assert 0 < seen.bid == _number(answer["bidPrice"])
    assert seen.bid < seen.ask == _number(answer["askPrice"])


_RESTING: Final = {**replies.ORDER, "time": replies.NOW_MS, "avgPrice": "0.00"}
_FILLED: Final = {**_RESTING, "status": "FILLED", "executedQty": "0.010", "type": "MARKET", "price": "0"}
_SHORT: Final = {**replies.POSITION, "positionAmt": "-0.010"}
_OTHER: Final = {**replies.POSITION, "symbol": "ETHUSDT", "positionAmt": "3"}
_HEDGE: Final = [{**replies.POSITION, "positionSide": side, "positionAmt": "0.000"} for side in ("LONG", "SHORT")]

TARGETS: Final = (
    target_of("answer of positionRisk", lambda it: read_position(it, SYMBOL), [_SHORT], [], [_OTHER, _SHORT], _HEDGE,
              holds=_position_holds),
    target_of("answer of order", lambda it: read_plain(Row(it, "order")), _RESTING, _FILLED, replies.ORDER,
              holds=_order_holds("clientOrderId", "type", "executedQty")),
    target_of("answer of algoOrder", lambda it: read_algo(Row(it, "order")), replies.ALGO,
              {**replies.ALGO, "closePosition": False, "quantity": "0.010", "actualOrderId": "5"},
              holds=_order_holds("clientAlgoId", "orderType", None)),
    target_of("answer of openOrders", lambda it: [read_plain(row) for row in rows(it, "openOrders")],
              [_RESTING, _FILLED], []),
    target_of("answer of userTrades", read_executions, [replies.TRADE, {**replies.TRADE, "id": 3, "side": "SELL"}], [],
              holds=_executions_hold),
    target_of("answer of income", read_incomes, [replies.FUNDING, replies.FUNDING]),
    target_of("answer of account", read_balance, replies.ACCOUNT),
    target_of("answer of symbolConfig", lambda it: read_symbol_config(it, SYMBOL), replies.SYMBOL_CONFIG),
    target_of("answer of accountConfig", read_account_config, replies.ACCOUNT_CONFIG),
    target_of("answer of commissionRate", read_fees, replies.FEES),
    target_of("answer of leverageBracket", lambda it: read_brackets(it, SYMBOL), replies.BRACKETS, replies.BRACKETS[0]),
    target_of("answer of bookTicker", read_book, replies.BOOK, holds=_book_holds),
    target_of("answer of premiumIndex", read_mark, replies.MARK),
    target_of("answer of ticker/price", read_last, replies.LAST),
    target_of("answer of time", read_server_time, replies.TIME),
    target_of("answer of klines", lambda it: read_candles(it, replies.NOW_MS), replies.candles(replies.NOW_MS, 2),
              holds=_candles_hold),
)  # fmt: skip
