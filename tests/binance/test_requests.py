"""What goes out: the exact request of every action, signed as the exchange documents it."""

import base64
import hashlib
import hmac
from decimal import Decimal
from typing import Any

import httpx
import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from capi.adapters.binance.client import Call
from capi.adapters.binance.connector import CredentialsError
from capi.core.actions import SetMarginMode
from capi.core.errors import NotAuthorised
from capi.ports.exchange import Request
from tests.binance import replies
from tests.binance.orders import DEAD_MAN, ISOLATED, LEVERAGE, WHY, cancel, entry, leave, stop
from tests.binance.stand import KEY, RECV_WINDOW_MS, SECRET, Stand

D = Decimal
VECTOR_QUERY = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943"
)
VECTOR_SIGNATURE = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


def test_the_exchanges_own_example_is_signed_as_it_says(stand: Stand) -> None:
    stand.now_ms = 1591702613943
    stand.clock.measure(lambda: stand.client().ask(_time_call(), _server_time), 1)
    stand.replies["POST /fapi/v1/order"] = {}
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "9000"}
    params["timeInForce"] = "GTC"
    stand.client(recv_window_ms=5000).call(Call(method="POST", path="/fapi/v1/order", params=params))
    assert stand.sent[-1].query == f"{VECTOR_QUERY}&signature={VECTOR_SIGNATURE}"


def _time_call() -> Call:
    return Call(method="GET", path="/fapi/v1/time", params={}, signed=False)


def _server_time(answer: object) -> int:
    assert isinstance(answer, dict)
    return int(answer["serverTime"])


def test_what_is_signed_is_what_is_sent_byte_for_byte(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/order"] = replies.ORDER
    odd = "c.A:/z_-09"  # every kind of character that an id may have
    stand.client().call(Call(method="POST", path="/fapi/v1/order", params={"newClientOrderId": odd, "price": "1.10"}))
    query, signature = stand.sent[0].query.split("&signature=")
    assert hmac.new(SECRET.encode(), query.encode(), hashlib.sha256).hexdigest() == signature
    assert stand.sent[0].params == {"newClientOrderId": odd, "price": "1.10"}
    assert stand.sent[0].body == b""
    assert stand.sent[0].headers["X-MBX-APIKEY"] == KEY


def test_an_rsa_key_signs_with_pkcs1_and_sha256(stand: Stand, rsa_key: RSA.RsaKey) -> None:
    pem = rsa_key.export_key(pkcs=8).decode()
    stand.replies["DELETE /fapi/v1/order"] = {}
    stand.client(secret=pem).call(Call(method="DELETE", path="/fapi/v1/order", params={"symbol": "BTCUSDT"}))
    query, signature = stand.sent[0].query.split("&signature=")
    signed = base64.b64decode(httpx.QueryParams(f"s={signature}")["s"])
    pkcs1_15.new(rsa_key.public_key()).verify(SHA256.new(query.encode()), signed)


@pytest.mark.parametrize("secret", ["-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----", "-----BEGIN"])
def test_a_private_key_that_cannot_be_read_is_refused_at_once_and_not_shown(stand: Stand, secret: str) -> None:
    with pytest.raises(CredentialsError, match="PKCS#8") as caught:
        stand.client(secret=secret)
    assert "nonsense" not in str(caught.value)


def test_a_key_of_other_characters_is_refused_and_not_shown(stand: Stand) -> None:
    with pytest.raises(CredentialsError, match="copy it again") as caught:
        stand.client(key="kéy")
    assert "kéy" not in str(caught.value)


@pytest.mark.parametrize("missing", [{"key": None, "secret": None}, {"secret": None}, {"secret": ""}])
def test_without_a_key_public_reads_work_and_signed_calls_are_not_sent(stand: Stand, missing: Any) -> None:
    client = stand.client(**missing)
    assert client.ask(_time_call(), _server_time).unwrap() == stand.now_ms
    assert ("X-MBX-APIKEY" in stand.sent[0].headers) is ("key" not in missing)
    refused = client.call(Call(method="GET", path="/fapi/v3/account", params={})).failure()
    assert isinstance(refused, NotAuthorised)
    assert "CAPI_EXCHANGE__API_KEY" in refused.message
    assert len(stand.sent) == 1


def test_each_request_is_signed_with_the_time_of_the_exchange(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/leverage"] = {"leverage": 10, "maxNotionalValue": "1", "symbol": "BTCUSDT"}
    for _ in range(2):
        stand.now_ms += 7
        stand.accepted(LEVERAGE)
    first, second = (httpx.QueryParams(sent.query) for sent in stand.sent)
    assert int(second["timestamp"]) - int(first["timestamp"]) == 7
    assert first["recvWindow"] == str(RECV_WINDOW_MS)
    assert first["signature"] != second["signature"]


ORDER_PATH = "/fapi/v1/order"
ALGO_PATH = "/fapi/v1/algoOrder"
REQUESTS: list[tuple[str, Request, str, dict[str, str]]] = [
    (
        "a limit entry",
        entry(),
        f"POST {ORDER_PATH}",
        {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "newClientOrderId": "capi_entry_x",
            "quantity": "0.010",
            "price": "76000.0",
            "timeInForce": "GTC",
            "newOrderRespType": "RESULT",
        },
    ),
    (
        "tiny numbers without exponent",
        entry(quantity=D("1E-8"), price=D("1.5E-7")),
        f"POST {ORDER_PATH}",
        {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "newClientOrderId": "capi_entry_x",
            "quantity": "0.00000001",
            "price": "0.00000015",
            "timeInForce": "GTC",
            "newOrderRespType": "RESULT",
        },
    ),
    (
        "a market exit",
        leave(),
        f"POST {ORDER_PATH}",
        {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "MARKET",
            "newClientOrderId": "capi_exit_x",
            "quantity": "0.010",
            "reduceOnly": "true",
            "newOrderRespType": "RESULT",
        },
    ),
    (
        "the backstop: closePosition without quantity or reduceOnly",
        stop(),
        f"POST {ALGO_PATH}",
        {
            "algoType": "CONDITIONAL",
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "STOP_MARKET",
            "clientAlgoId": "capi_sl_x",
            "triggerPrice": "75500.0",
            "workingType": "MARK_PRICE",
            "closePosition": "true",
        },
    ),
    (
        "a quantity stop, on the last price",
        stop(close_position=False, quantity=D("0.010"), reduce_only=True, trigger_by="last"),
        f"POST {ALGO_PATH}",
        {
            "algoType": "CONDITIONAL",
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "STOP_MARKET",
            "clientAlgoId": "capi_sl_x",
            "triggerPrice": "75500.0",
            "workingType": "CONTRACT_PRICE",
            "quantity": "0.010",
            "reduceOnly": "true",
        },
    ),
    (
        "a cancel in the plain world",
        cancel(),
        f"DELETE {ORDER_PATH}",
        {"symbol": "BTCUSDT", "origClientOrderId": "capi_entry_x"},
    ),
    (
        "a cancel in the conditional world",
        cancel("capi_sl_x", "algo"),
        f"DELETE {ALGO_PATH}",
        {"symbol": "BTCUSDT", "clientAlgoId": "capi_sl_x"},
    ),
    ("leverage", LEVERAGE, "POST /fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": "10"}),
    ("isolated", ISOLATED, "POST /fapi/v1/marginType", {"symbol": "BTCUSDT", "marginType": "ISOLATED"}),
    (
        "cross",
        SetMarginMode(margin_mode="cross", **WHY),
        "POST /fapi/v1/marginType",
        {"symbol": "BTCUSDT", "marginType": "CROSSED"},
    ),
    ("dead man", DEAD_MAN, "POST /fapi/v1/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": "60000"}),
]


@pytest.mark.parametrize(("request_", "name", "params"), [case[1:] for case in REQUESTS], ids=[c[0] for c in REQUESTS])
def test_an_action_is_one_request_to_its_endpoint(
    stand: Stand, request_: Request, name: str, params: dict[str, Any]
) -> None:
    stand.replies[name] = httpx.Response(400, json=replies.error(-1121))
    stand.refused(request_)
    assert [(sent.name, sent.params) for sent in stand.sent] == [(name, params)]


READS = {
    "GET /fapi/v1/openOrders": {"symbol": "BTCUSDT"},
    "GET /fapi/v1/openAlgoOrders": {"symbol": "BTCUSDT"},
    "GET /fapi/v1/order": {"symbol": "BTCUSDT", "origClientOrderId": "capi_entry_x"},
    "GET /fapi/v1/algoOrder": {"symbol": "BTCUSDT", "clientAlgoId": "capi_sl_x"},
    "GET /fapi/v1/allAlgoOrders": {"symbol": "BTCUSDT", "limit": "1000"},
    "GET /fapi/v3/positionRisk": {"symbol": "BTCUSDT"},
    "GET /fapi/v3/account": {},
    "GET /fapi/v1/symbolConfig": {"symbol": "BTCUSDT"},
    "GET /fapi/v1/accountConfig": {},
    "GET /fapi/v1/commissionRate": {"symbol": "BTCUSDT"},
    "GET /fapi/v1/leverageBracket": {"symbol": "BTCUSDT"},
    "GET /fapi/v1/userTrades": {"symbol": "BTCUSDT", "limit": "1000"},
    "GET /fapi/v1/exchangeInfo": {},
    "GET /fapi/v1/time": {},
    "GET /fapi/v1/ticker/bookTicker": {"symbol": "BTCUSDT"},
    "GET /fapi/v1/premiumIndex": {"symbol": "BTCUSDT"},
    "GET /fapi/v2/ticker/price": {"symbol": "BTCUSDT"},
    "GET /fapi/v1/klines": {"symbol": "BTCUSDT", "interval": "1m", "limit": "16"},
}
PUBLIC = {
    "GET /fapi/v1/exchangeInfo",
    "GET /fapi/v1/time",
    "GET /fapi/v1/ticker/bookTicker",
    "GET /fapi/v1/premiumIndex",
    "GET /fapi/v2/ticker/price",
    "GET /fapi/v1/klines",
}


def test_a_first_look_asks_for_everything_and_signs_what_is_ours(stand: Stand) -> None:
    stand.look(("plain", "capi_entry_x"), ("algo", "capi_sl_x"))
    assert {sent.name: sent.params for sent in stand.sent} == READS
    unsigned = {sent.name for sent in stand.sent if "signature=" not in sent.query}
    assert unsigned == PUBLIC
