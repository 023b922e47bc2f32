"""Key, signature and time window: facts, section 1.4."""

import base64
import hashlib
import hmac
import time
from urllib.parse import quote

import httpx
import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from capi.cli.serve.errors import WireError
from capi.cli.serve.params import Params
from capi.cli.serve.security import Credentials, authorise, check_time
from tests.serve.client import SYMBOL, Client, trading

VECTOR_SECRET = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
VECTOR = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943"
)
VECTOR_SIGNATURE = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"
KEY = {"X-MBX-APIKEY": "paper"}


def check(query: str, body: str, credentials: Credentials) -> None:
    authorise("signed", {"X-MBX-APIKEY": credentials.key}, query, body, Params.parse(query, body), credentials)


def test_the_documented_vector_is_accepted_in_every_place() -> None:
    known = Credentials("key", VECTOR_SECRET)
    check(f"{VECTOR}&signature={VECTOR_SIGNATURE}", "", known)
    check("", f"{VECTOR}&signature={VECTOR_SIGNATURE.upper()}", known)
    split = VECTOR.index("&quantity")
    joined = hmac.new(VECTOR_SECRET.encode(), (VECTOR[:split] + VECTOR[split + 1 :]).encode(), hashlib.sha256)
    check(VECTOR[:split], f"{VECTOR[split + 1 :]}&signature={joined.hexdigest()}", known)


@pytest.mark.parametrize(
    "query",
    [
        f"{VECTOR}&signature={'0' * 64}",
        f"{VECTOR}&signature=nonsense",
        f"{VECTOR.replace('quantity=1', 'quantity=2')}&signature={VECTOR_SIGNATURE}",
        f"signature={VECTOR_SIGNATURE}&{VECTOR}",
    ],
)
def test_another_signature_is_refused(query: str) -> None:
    with pytest.raises(WireError, match="-1022"):
        check(query, "", Credentials("key", VECTOR_SECRET))


def test_an_rsa_signature_is_checked_against_the_public_key() -> None:
    private = RSA.generate(2048)
    known = Credentials("key", "", private.public_key().export_key().decode())
    signature = base64.b64encode(pkcs1_15.new(private).sign(SHA256.new(VECTOR.encode()))).decode()
    check(f"{VECTOR}&signature={quote(signature, safe='')}", "", known)
    for wrong in (VECTOR_SIGNATURE, "not base64!"):
        with pytest.raises(WireError, match="-1022"):
            check(f"{VECTOR}&signature={quote(wrong, safe='')}", "", known)


@pytest.mark.parametrize(("ahead_ms", "window", "allowed"), [
    (0, None, True), (999, None, True), (1000, None, False), (-5000, None, True), (-5001, None, False),
    (-200, "100", False), (-100, "100", True), (-59_000, "60000", True),
])  # fmt: skip
def test_the_window_is_the_exchange_s(ahead_ms: int, window: str | None, allowed: bool) -> None:
    now_ms = 1_790_770_800_000
    params = Params({"timestamp": str(now_ms + ahead_ms)} | ({} if window is None else {"recvWindow": window}))
    if allowed:
        check_time(params, now_ms)
        return
    with pytest.raises(WireError, match="-1021"):
        check_time(params, now_ms)


def test_a_window_of_more_than_a_minute_is_refused() -> None:
    with pytest.raises(WireError, match="-1131"):
        check_time(Params({"timestamp": "1", "recvWindow": "60001"}), 1)


def test_a_request_without_key_or_with_another_one_is_unauthorised(client: Client) -> None:
    base = client.exchange.rest_url
    for headers, code in (({}, -2014), ({"X-MBX-APIKEY": "other"}, -2015)):
        for path in ("/fapi/v3/balance", "/fapi/v1/listenKey"):
            method = "POST" if path.endswith("listenKey") else "GET"
            answer = httpx.request(method, base + path, headers=headers, verify=False)  # noqa: S501 -- http
            assert (answer.status_code, answer.json()["code"]) == (401, code)


@pytest.mark.parametrize("key", [b"\xff", "schlüssel".encode(), b"paper\xff"])
def test_a_key_of_any_bytes_is_another_key(client: Client, key: bytes) -> None:
    told = httpx.get(f"{client.exchange.rest_url}/fapi/v3/account", headers={b"X-MBX-APIKEY": key}, timeout=10)
    assert (told.status_code, told.json()["code"]) == (401, -2015)


def test_a_signed_request_needs_timestamp_and_signature(client: Client) -> None:
    for query in ("", f"timestamp={int(time.time() * 1000)}", "signature=00"):
        answer = client.http.get(f"/fapi/v3/balance?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, -1102)
    assert client.code("GET", "v3/balance", signature="00") == -1022
    assert client.code("GET", "v3/balance", timestamp=int(time.time() * 1000) - 60_000) == -1021
    assert client.code("GET", "v3/balance", timestamp="soon") == -1100


def test_the_query_counts_before_the_body(client: Client) -> None:
    query, body = f"symbol={SYMBOL}&side=BUY&quantity=0.010", "quantity=0.020&type=MARKET"
    body += f"&timestamp={int(time.time() * 1000)}"
    signature = hmac.new(b"paper", (query + body).encode(), hashlib.sha256).hexdigest()
    answer = client.http.post(
        f"/fapi/v1/order?{query}",
        content=f"{body}&signature={signature}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.json()["origQty"] == "0.010"


def test_other_credentials_can_be_served() -> None:
    with trading(credentials=Credentials("another", "pair")) as client:
        assert client.ok("GET", "v3/balance")[0]["asset"] == "USDT"
        assert client.http.get("/fapi/v3/balance", headers=KEY).json()["code"] == -2015
