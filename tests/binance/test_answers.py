"""What comes back to an action: the clear yes in every shape, and everything that is none."""

from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from capi.adapters.binance.client import Call
from capi.adapters.binance.rows import Row
from capi.core.actions import ArmDeadMan, SetLeverage
from capi.core.errors import OutcomeUnknown, Unavailable
from capi.core.orders import Order
from capi.ports.exchange import Request
from tests.binance import replies
from tests.binance.orders import DEAD_MAN, ISOLATED, LEVERAGE, WHY, cancel, entry, leave, stop
from tests.binance.stand import KEY, SECRET, Stand

D = Decimal
NOW: Final = replies.NOW_MS


def test_an_entry_is_taken(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/order"] = replies.ORDER
    ack = stand.accepted(entry())
    assert (ack.kind, ack.at_ms) == ("order", stand.now_ms)
    assert ack.order == Order(
        client_order_id="capi_entry_x",
        kind="plain",
        side="BUY",
        type="LIMIT",
        status="NEW",
        price=D(76000),
        quantity=D("0.01"),
        updated_at_ms=NOW + 123,
    )


def test_a_market_exit_says_what_it_filled(stand: Stand) -> None:
    filled = {"status": "EXPIRED", "type": "MARKET", "side": "SELL", "reduceOnly": True, "executedQty": "0.004"}
    stand.replies["POST /fapi/v1/order"] = replies.ORDER | filled | {"clientOrderId": "capi_exit_x", "price": "0"}
    order = stand.accepted(leave()).order
    assert order is not None
    assert (order.status, order.filled_qty, order.price, order.reduce_only) == ("EXPIRED", D("0.004"), None, True)


def test_a_stop_is_taken(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/algoOrder"] = replies.ALGO
    assert stand.accepted(stop()).order == Order(
        client_order_id="capi_sl_x",
        kind="algo",
        side="SELL",
        type="STOP_MARKET",
        status="NEW",
        trigger_price=D(75500),
        reduce_only=True,
        close_position=True,
        created_at_ms=NOW + 2000,
        updated_at_ms=NOW + 2000,
    )


@pytest.mark.parametrize("missing", [("reduceOnly",), ("closePosition",), ("reduceOnly", "closePosition")])
def test_a_backstop_is_known_whatever_flags_its_echo_leaves_out(stand: Stand, missing: tuple[str, ...]) -> None:
    stand.replies["POST /fapi/v1/algoOrder"] = {k: v for k, v in replies.ALGO.items() if k not in missing}
    order = stand.accepted(stop()).order
    assert order is not None
    assert (order.close_position, order.reduce_only, order.quantity) == (True, True, D(0))


@pytest.mark.parametrize("missing", [("closePosition", "quantity"), ("quantity",)])
def test_a_stop_that_says_neither_how_much_nor_all_of_it_guards_nothing(stand: Stand, missing: tuple[str, ...]) -> None:
    echo = replies.ALGO | {"quantity": "0.010", "closePosition": False}
    stand.replies["POST /fapi/v1/algoOrder"] = {k: v for k, v in echo.items() if k not in missing}
    request = stop(close_position=False, quantity=D("0.010"), reduce_only=True)
    assert isinstance(stand.refused(request), OutcomeUnknown)


def test_a_quantity_stop_has_to_say_whether_it_reduces(stand: Stand) -> None:
    echo = replies.ALGO | {"quantity": "0.010", "closePosition": False}
    request = stop(close_position=False, quantity=D("0.010"), reduce_only=True)
    stand.replies["POST /fapi/v1/algoOrder"] = echo
    order = stand.accepted(request).order
    assert order is not None
    assert (order.close_position, order.reduce_only, order.quantity) == (False, True, D("0.01"))
    stand.replies["POST /fapi/v1/algoOrder"] = without(echo, "reduceOnly")
    assert isinstance(stand.refused(request), OutcomeUnknown)


def test_a_cancel_brings_the_last_word_on_what_filled(stand: Stand) -> None:
    stand.replies["DELETE /fapi/v1/order"] = replies.ORDER | {"status": "CANCELED", "executedQty": "0.003"}
    ack = stand.accepted(cancel())
    assert ack.kind == "cancel"
    assert ack.order is not None
    assert (ack.order.status, ack.order.filled_qty) == ("CANCELED", D("0.003"))


def test_a_conditional_cancel_is_acknowledged_with_a_code_that_is_text(stand: Stand) -> None:
    stand.replies["DELETE /fapi/v1/algoOrder"] = replies.ALGO_CANCELED
    ack = stand.accepted(cancel("capi_sl_x", "algo"))
    assert (ack.kind, ack.order) == ("cancel", None)


SETTINGS: Final[list[tuple[Request, str, Any]]] = [
    (LEVERAGE, "POST /fapi/v1/leverage", {"leverage": 10, "maxNotionalValue": "40000000", "symbol": "BTCUSDT"}),
    (ISOLATED, "POST /fapi/v1/marginType", {"code": 200, "msg": "success"}),
    (DEAD_MAN, "POST /fapi/v1/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": "60000"}),
    (ArmDeadMan(seconds=0, **WHY), "POST /fapi/v1/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": "0"}),
]


@pytest.mark.parametrize(("request_", "name", "reply"), SETTINGS)
def test_a_setting_is_taken(stand: Stand, request_: Request, name: str, reply: Any) -> None:
    stand.replies[name] = reply
    ack = stand.accepted(request_)
    assert (ack.kind, ack.order) == ("setting", None)


def without(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a body that lacks a field."""
    return {name: value for name, value in body.items() if name != key}


ODD: Final[list[tuple[str, Any]]] = [
    ("nothing", httpx.Response(200, content=b"")),
    ("a page", httpx.Response(200, html="<html>maintenance</html>")),
    ("a list", [1]),
    ("null", httpx.Response(200, content=b"null")),
    ("a number", httpx.Response(200, content=b"1")),
    ("text", httpx.Response(200, content=b'"ok"')),
    ("an empty object", {}),
    ("half a document", httpx.Response(200, content=b'{"orderId":22542179,"symbol":"BTC')),
    ("bytes that are no text", httpx.Response(200, content=b"\xff\xfe{")),
    ("twice the same key", httpx.Response(200, content=b'{"orderId":1,"orderId":2}')),
    ("deep nesting", httpx.Response(200, content=b"[" * 50_000)),
    ("broken compression", httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no"))),
    ("an error with status 200", replies.error(-2022)),
    ("a redirect", httpx.Response(302, headers={"location": "https://elsewhere.invalid/"})),
    ("another order", replies.ORDER | {"clientOrderId": "capi_entry_y"}),
    ("a quantity that is no number", replies.ORDER | {"origQty": "NaN"}),
    ("a quantity beyond all bounds", replies.ORDER | {"origQty": "1e400"}),
    ("a side that is none", replies.ORDER | {"side": "HOLD"}),
    ("a flag that is none", replies.ORDER | {"reduceOnly": "maybe"}),
    ("no answer", httpx.ReadTimeout("slow")),
    ("a reset", httpx.ReadError("reset")),
    ("a write that broke", httpx.WriteError("broken")),
    ("a server that hung up", httpx.RemoteProtocolError("Server disconnected without sending a response.")),
    *(
        (f"no {key}", without(replies.ORDER, key))
        for key in ("clientOrderId", "side", "type", "status", "origQty", "executedQty", "reduceOnly", "orderId")
    ),
]


@pytest.mark.parametrize("reply", [reply for _, reply in ODD], ids=[name for name, _ in ODD])
def test_what_is_no_clear_answer_leaves_an_order_in_doubt(stand: Stand, reply: Any) -> None:
    stand.replies["POST /fapi/v1/order"] = reply
    stand.replies["DELETE /fapi/v1/order"] = reply
    assert isinstance(stand.refused(entry()), OutcomeUnknown)
    assert isinstance(stand.refused(cancel()), OutcomeUnknown)
    assert len(stand.sent) == 2  # and nothing is sent twice


NEVER_SENT: Final = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("full"),
    httpx.ProxyError("no tunnel"),
]


@pytest.mark.parametrize("error", NEVER_SENT)
def test_what_was_never_sent_was_surely_not_executed(stand: Stand, error: Exception) -> None:
    stand.replies["POST /fapi/v1/order"] = error
    assert isinstance(stand.refused(entry()), Unavailable)


UNREADABLE_SETTINGS: Final[list[tuple[Request, str, Any]]] = [
    (SetLeverage(leverage=5, **WHY), "POST /fapi/v1/leverage", {"leverage": 10}),  # not what was asked for
    (LEVERAGE, "POST /fapi/v1/leverage", {"symbol": "BTCUSDT"}),
    (ISOLATED, "POST /fapi/v1/marginType", {"code": 500, "msg": "?"}),
    (ISOLATED, "POST /fapi/v1/marginType", {"msg": "success"}),
    (DEAD_MAN, "POST /fapi/v1/countdownCancelAll", {"symbol": "BTCUSDT"}),
    (DEAD_MAN, "POST /fapi/v1/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": "0"}),
    (
        cancel("capi_sl_x", "algo"),
        "DELETE /fapi/v1/algoOrder",
        replies.ALGO_CANCELED | {"clientAlgoId": "capi_sl_x_2"},
    ),
    (cancel("capi_sl_x", "algo"), "DELETE /fapi/v1/algoOrder", replies.ALGO_CANCELED | {"code": "500"}),
    (stop(), "POST /fapi/v1/algoOrder", without(replies.ALGO, "algoStatus")),
    (stop(), "POST /fapi/v1/algoOrder", without(replies.ALGO, "orderType")),
    (stop(), "POST /fapi/v1/algoOrder", replies.ORDER),  # the other world's fields
]


@pytest.mark.parametrize(("request_", "name", "reply"), UNREADABLE_SETTINGS)
def test_a_yes_that_does_not_say_what_was_done_is_none(stand: Stand, request_: Request, name: str, reply: Any) -> None:
    stand.replies[name] = reply
    assert isinstance(stand.refused(request_), OutcomeUnknown)


def test_fields_that_are_not_known_are_passed_over(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/order"] = replies.ORDER | {"avgPrice": None, "rpi": {"deep": [1]}}
    assert stand.accepted(entry()).order is not None


def test_a_status_that_is_not_known_is_unknown(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/order"] = replies.ORDER | {"status": "PENDING_NEW"}
    order = stand.accepted(entry()).order
    assert order is not None
    assert order.status == "UNKNOWN"


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("before", ["", "no such key here: ", "refused, for this is not known here: "])
def test_a_message_that_quotes_the_beginning_of_an_echo_shows_nothing_of_it(
    stand: Stand, status: int, before: str
) -> None:
    """What is cut off in the middle of a key is too short to look like one."""
    key = "anApiKeyAsLongAsTheExchangesOwnThatOnlyThisTestKnows0123456789ab"

    client = stand.client(key=key)
    for quoted in (lambda query: key, lambda query: query["signature"]):
        stand.replies["POST /fapi/v1/order"] = lambda query, quoted=quoted: httpx.Response(
            status, json=f"{before}{quoted(query)}"
        )
        call = Call(method="POST", path="/fapi/v1/order", params={})
        message = client.ask(call, lambda answer: Row(answer, "answer").whole("orderId")).failure().message
        assert key[:8] not in message
        sent = dict(pair.split("=") for pair in stand.sent[-1].query.split("&"))
        assert sent["signature"][:8] not in message


def test_no_message_holds_key_secret_or_signature(stand: Stand) -> None:
    def echo(query: dict[str, str]) -> httpx.Response:
        url = f"https://exchange.invalid/fapi/v1/order?a=1&signature={query['signature']}"
        return httpx.Response(400, html=f"<html>blocked: {url} for {KEY}</html>")

    stand.replies["POST /fapi/v1/order"] = echo
    message = stand.refused(entry()).message
    signature = stand.sent[-1].query.partition("signature=")[2]
    assert "blocked" in message
    for secret in (SECRET, signature, KEY):
        assert secret not in message
