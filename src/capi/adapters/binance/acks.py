"""The exchange's yes to a request, read so that another answer is not taken for it."""

from collections.abc import Callable
from typing import assert_never

from capi.adapters.binance.rows import Row
from capi.adapters.binance.wire_orders import Seen, read_algo, read_plain
from capi.adapters.fields import InputError, shown
from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, SetLeverage, SetMarginMode
from capi.core.orders import Order
from capi.ports.exchange import Ack, Request

SUCCESS: int = 200


def read_ack(answer: object, request: Request, at_ms: int, learn: Callable[[Seen], None]) -> Ack:
    """Return what a clear yes says; `at_ms` is when it came. Raises InputError for anything else.

    `learn` is told of an order that was taken: its fills will bear the number that it has on the exchange.
    """
    row = Row(answer, "answer")
    match request:
        case PlaceOrder():
            seen = read_plain(row) if request.kind == "plain" else read_algo(row)
            order = _same(seen.order, request.client_order_id)
            learn(seen)
            return Ack(at_ms=at_ms, kind="order", order=order)
        case CancelOrder():
            if request.kind == "algo":
                _check_success(row)
                if row.has("clientAlgoId"):
                    _check_id(row.text("clientAlgoId"), request.client_order_id)
                return Ack(at_ms=at_ms, kind="cancel")
            return Ack(at_ms=at_ms, kind="cancel", order=_same(read_plain(row).order, request.client_order_id))
        case SetLeverage():
            if row.whole("leverage") != request.leverage:
                raise InputError(f"answer: the leverage is {row.whole('leverage')}, not {request.leverage}")
        case SetMarginMode():
            _check_success(row)
        case ArmDeadMan():
            if row.whole("countdownTime") != request.seconds * 1000:
                raise InputError(f"answer: the countdown is {row.whole('countdownTime')} ms, not {request.seconds} s")
        case _:
            assert_never(request)
    return Ack(at_ms=at_ms, kind="setting")


def _same(order: Order, client_order_id: str) -> Order:
    _check_id(order.client_order_id, client_order_id)
    return order


def _check_id(told: str, client_order_id: str) -> None:
    if told != client_order_id:
        raise InputError(f"answer: it is about order {shown(told)}, not {client_order_id}")


def _check_success(row: Row) -> None:
    code = row.whole("code")  # a number or text, by endpoint
    if code != SUCCESS:
        raise InputError(f"answer: code {code} is not {SUCCESS}")
