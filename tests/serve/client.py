"""A client that signs as the facts say (section 1.4), with nothing between the test and the wire."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import httpx

from capi.adapters.paper.config import PaperConfig
from tests.serve.served import Served, served

SYMBOL = "BTCUSDT"
INSTANT = PaperConfig(delay_ms=0)


class Client:
    """Signed requests to one served exchange. Parameters that are None are left out."""

    def __init__(self, exchange: Served) -> None:
        self.exchange = exchange
        self.http = httpx.Client(
            base_url=exchange.rest_url,
            headers={"X-MBX-APIKEY": exchange.key},
            timeout=5,
            verify=False,  # noqa: S501 -- http
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def query(self, **params: object) -> str:
        """Return a signed query string; timestamp and signature can be given."""
        sent = {"timestamp": int(time.time() * 1000)} | {
            name: value for name, value in params.items() if value is not None
        }
        signature = sent.pop("signature", None)
        text = urlencode(sent)
        if signature is None:
            signature = hmac.new(self.exchange.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return f"{text}&signature={signature}"

    def send(self, method: str, path: str, **params: object) -> httpx.Response:
        """Send a signed request."""
        return self.http.request(method, f"/fapi/{path}?{self.query(**params)}")

    def ok(self, method: str, path: str, **params: object) -> Any:
        """Send a signed request; it succeeds."""
        answer = self.send(method, path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def code(self, method: str, path: str, **params: object) -> int:
        """Send a signed request; it is refused with 400 and this code."""
        answer = self.send(method, path, **params)
        assert answer.status_code == 400, answer.text
        refused = answer.json()
        assert set(refused) == {"code", "msg"}
        return int(refused["code"])

    def place(self, side: str, kind: str, quantity: str, **more: object) -> Any:
        """Place a plain order."""
        return self.ok("POST", "v1/order", symbol=SYMBOL, side=side, type=kind, quantity=quantity, **more)

    def limit(self, side: str, quantity: str, price: str, **more: object) -> Any:
        """Place a LIMIT GTC order."""
        return self.place(side, "LIMIT", quantity, price=price, **{"timeInForce": "GTC"} | more)

    def stop(self, side: str, trigger: str, **more: object) -> Any:
        """Place a STOP_MARKET order; closePosition unless a quantity is given."""
        closing = {} if "quantity" in more else {"closePosition": "true"}
        return self.ok("POST", "v1/algoOrder", **algo(side, trigger, **closing | more))

    def position(self) -> Any:
        """Return the position, None while there is none."""
        found = self.ok("GET", "v3/positionRisk", symbol=SYMBOL)
        return found[0] if found else None


def algo(side: str, trigger: str, **more: object) -> dict[str, object]:
    """Return the parameters of a STOP_MARKET order."""
    said = {"algoType": "CONDITIONAL", "symbol": SYMBOL, "side": side, "type": "STOP_MARKET", "triggerPrice": trigger}
    return said | more


@contextmanager
def trading(**options: Any) -> Iterator[Client]:
    """Serve an exchange without delay (unless told otherwise), and a client of it."""
    with served(**{"config": INSTANT} | options) as exchange, Client(exchange) as client:
        yield client


def eventually(ask: Callable[[], bool], seconds: float = 5.0) -> None:
    """Ask until it is so."""
    until = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < until, "it never came to be"
