"""The exchange's answers to writes: a yes is taken for one only when it is about this very request.

And its refusals: what may have been executed is never taken for a clear no.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any, Final

from capi.adapters.binance.acks import read_ack
from capi.adapters.binance.errors import Refusal, error_of
from capi.adapters.fields import InputError
from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, SetLeverage, SetMarginMode
from capi.core.errors import (
    MEANINGS,
    ClockSkewed,
    ExchangeError,
    NotAuthorised,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from capi.ports.exchange import Ack, Request
from tests.binance import replies
from tests.fuzz.answers import answer_of, check_finite, check_sentence_of_answer, loosely
from tests.fuzz.mutate import document_of
from tests.fuzz.target import Target

NOW_MS: Final = replies.NOW_MS
BAN_MS_MAX: Final = 3 * 24 * 3600 * 1000
ENTRY: Final = PlaceOrder(
    client_order_id="capi_entry_x", role="entry", kind="plain", side="BUY", type="LIMIT", quantity=Decimal("0.010"),
    price=Decimal(76000), time_in_force="GTC", decision_id="x", rule="enter_position", reason="a test",
)  # fmt: skip
STOP: Final = PlaceOrder(
    client_order_id="capi_sl_x", role="sl", kind="algo", side="SELL", type="STOP_MARKET", quantity=None,
    trigger_price=Decimal(75500), trigger_by="mark", close_position=True, decision_id="x", rule="protect_position",
    reason="a test",
)  # fmt: skip
_SUCCESS: Final = {"code": 200, "msg": "success"}
_DONE: Final = {**_SUCCESS, "code": "200"}
_WHY: Final = {"rule": "a_rule", "reason": "a test"}


def _target(name: str, request: Request, *good: object, holds: Callable[[Ack, Any], bool]) -> Target:
    def check(document: bytes) -> str:
        learnt: list[object] = []
        try:
            ack = read_ack(answer_of(document), request, NOW_MS, learnt.append)
        except InputError as error:
            check_sentence_of_answer(str(error))
            assert not learnt, "an order was learnt from an answer that is no yes"
            return "no yes"
        check_finite(ack)
        answer = loosely(document)
        assert holds(ack, answer), f"not about this request: {answer}"
        return "yes"

    documents = tuple(json.dumps(one).encode() for one in good)
    return Target(name=name, good=documents, check=check, outcomes=frozenset({"yes", "no yes"}), every=2)


def _is(value: object, wanted: int) -> bool:
    """Whether a number, or text that holds one, is what it has to be."""
    return isinstance(value, str) and Decimal(value) == wanted


# refusals


def _refused(good: tuple[bytes, ...], dice: Random) -> bytes:
    """Return status, Retry-After and a body, a line each: changed, or a code on a status that it need not fit."""
    if dice.random() < 0.5:
        return document_of(good, dice)
    status = dice.choice((*range(400, 600), 100, 204, 302, 403, 418, 429, 500, 502, 503, 504))
    code = dice.choice((*MEANINGS, *range(-1200, -990), 0, 1, 200, -99999))
    words = dice.choice(("said so", "Service Unavailable", "Unknown error, please check", "until 1790770900000"))
    body = json.dumps({"code": dice.choice((code, str(code))), "msg": words})
    after = dice.choice(("", "", "5", "-1", "1e3", "99999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "٣"))
    return f"{status}\n{after}\n{body}".encode()


_REFUSALS: Final = tuple(
    f"{status}\n{after}\n{body}".encode()
    for status, after, body in (
        (400, "", '{"code": -2010, "msg": "said so"}'),
        (400, "", '{"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}'),
        (400, "", '{"code": "-2022", "msg": "ReduceOnly Order is rejected."}'),
        (401, "", '{"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}'),
        (403, "", "<html><body>Forbidden</body></html>"),
        (408, "", '{"code": -1007, "msg": "Timeout waiting for response from backend server."}'),
        (418, "120", '{"code": -1003, "msg": "Way too many requests; IP banned until 1790770900000."}'),
        (429, "7", '{"code": -1015, "msg": "Too many new orders."}'),
        (500, "", ""),
        (502, "", "<html>bad gateway</html>"),
        (503, "", '{"code": -1008, "msg": "Server is currently overloaded with other requests."}'),
        (503, "", "Unknown error, please check your request or try again later."),
        (503, "", '{"code": 0, "msg": "Service Unavailable."}'),
        (504, "", '{"code": -1000, "msg": "Internal error; unable to process your request."}'),
        (302, "", "Found"),
    )
)


def _check_refusal(document: bytes) -> str:
    status_text, after, body = [*document.decode(errors="replace").split("\n", 2), "", ""][:3]
    status = int(status_text) if status_text.isascii() and status_text.isdigit() and len(status_text) < 5 else 500
    refusal = Refusal(status, body, after or None)
    read, write = (error_of(refusal, NOW_MS, writes=writes) for writes in (False, True))
    for error in (read, write):
        _check_error(error)
    assert not isinstance(read, OutcomeUnknown), "a read changes nothing: it has no outcome"
    if not isinstance(write, OutcomeUnknown):
        _check_surely_not_executed(write, status, body)
    return type(write).__name__


def _check_error(error: ExchangeError) -> None:
    assert error.message, error
    assert len(error.message) <= 300, error
    assert "\n" not in error.message, error
    if isinstance(error, Throttled):
        assert NOW_MS <= error.until_ms <= NOW_MS + BAN_MS_MAX, error


def _check_surely_not_executed(error: ExchangeError, status: int, body: str) -> None:
    """A clear no needs an answer that says so: a listed place, never a broken gateway or a body that tells nothing."""
    code = _code_in(body)
    match error:
        case Rejected():
            assert 400 <= status < 500
            assert code == error.code < 0
            assert MEANINGS.get(error.code) != "unknown_outcome", error
        case ClockSkewed() | NotAuthorised():
            assert 400 <= status < 500
        case Unavailable():
            assert status == 503
            assert "service unavailable" in " ".join(body.lower().split())
        case Throttled():
            assert status in (403, 418, 429) or (code is not None and MEANINGS.get(code) == "throttled")


def _code_in(body: str) -> int | None:
    try:
        code = json.loads(body)["code"]
        return int(Decimal(str(code)))
    except (ValueError, ArithmeticError, KeyError, TypeError, RecursionError):
        return None


TARGETS: Final = (
    _target("yes to an entry", ENTRY, replies.ORDER, {**replies.ORDER, "status": "EXPIRED", "executedQty": "0.004"},
            holds=lambda ack, it: it["clientOrderId"] == ENTRY.client_order_id),
    _target("yes to a stop", STOP, replies.ALGO, holds=lambda ack, it: it["clientAlgoId"] == STOP.client_order_id),
    _target("yes to a cancel", CancelOrder(client_order_id="capi_entry_x", kind="plain", **_WHY),
            {**replies.ORDER, "status": "CANCELED"}, holds=lambda ack, it: it["clientOrderId"] == "capi_entry_x"),
    _target("yes to a stop's cancel", CancelOrder(client_order_id="capi_sl_x", kind="algo", **_WHY),
            replies.ALGO_CANCELED, holds=lambda ack, it: _is(it["code"], 200)),
    _target("yes to a leverage", SetLeverage(leverage=3, **_WHY),
            {"leverage": 3, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"},
            holds=lambda ack, it: _is(it["leverage"], 3)),
    _target("yes to a margin mode", SetMarginMode(margin_mode="isolated", **_WHY), _SUCCESS, _DONE,
            holds=lambda ack, it: _is(it["code"], 200)),
    _target("yes to a countdown", ArmDeadMan(seconds=60, **_WHY), {"symbol": "BTCUSDT", "countdownTime": "60000"},
            holds=lambda ack, it: _is(it["countdownTime"], 60_000)),
    Target(name="refusal", good=_REFUSALS, check=_check_refusal, make=_refused,
           outcomes=frozenset({"Rejected", "Throttled", "Unavailable", "OutcomeUnknown", "ClockSkewed",
                               "NotAuthorised"})),
)  # fmt: skip
