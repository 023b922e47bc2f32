"""Events whose fields are text, missing or unknown: nothing breaks, and what concerns us brings a look."""

import json
from typing import Any, Final

import pytest

from capi.adapters.binance.incoming import Incoming
from capi.adapters.binance.streams.user import UserStream
from capi.ports.streams import Disturbed, OrderTold, StreamEvent

NOW: Final = 1_764_324_360_000
ORDER: Final[dict[str, Any]] = {
    "e": "ORDER_TRADE_UPDATE",
    "E": NOW,
    "T": NOW,
    "o": {
        "s": "BTCUSDT", "c": "capi_entry_d1", "S": "BUY", "o": "LIMIT", "X": "PARTIALLY_FILLED", "q": "0.011",
        "p": "90800", "z": "0.004", "l": "0.004", "L": "90800.0", "t": 7, "n": "0.07", "N": "USDT", "m": True,
        "R": False,
    },
}  # fmt: skip


class Heard:
    """A user stream, and what it told."""

    def __init__(self) -> None:
        self.incoming = Incoming()
        self.keys_expired = 0
        self.stream = UserStream("BTCUSDT", self.incoming, lambda: NOW, lambda: None, lambda: None, 5.0)
        self.stream.key_expired = self._expired

    def _expired(self) -> None:
        self.keys_expired += 1

    def hear(self, message: object) -> list[StreamEvent]:
        """Hear one message and return what comes of it."""
        self.stream.hear(message if isinstance(message, str) else json.dumps(message))
        return self.incoming.drain()


def changed(**fields: Any) -> dict[str, Any]:
    """Return the order's event with other fields in the order; None leaves one out."""
    order = {key: value for key, value in (ORDER["o"] | fields).items() if value is not None}
    return ORDER | {"o": order}


@pytest.mark.parametrize("time", [NOW, str(NOW), None, "soon"])
def test_an_expired_key_is_heard_whatever_its_fields_are(time: object) -> None:
    heard = Heard()
    assert heard.hear({"e": "listenKeyExpired", "E": time, "listenKey": 5}) == []
    assert heard.keys_expired == 1


def test_numbers_may_be_text() -> None:
    as_text = changed(t="7") | {"T": str(NOW), "E": str(NOW)}
    [one], [other] = Heard().hear(ORDER), Heard().hear(as_text)
    assert isinstance(one, OrderTold)
    assert one == other


@pytest.mark.parametrize(
    "message", [changed(q="much"), changed(S="LEFT"), changed(z=None), ORDER | {"T": "soon"}, ORDER | {"o": [1]}]
)
def test_what_concerns_us_and_cannot_be_read_brings_a_look(message: dict[str, Any]) -> None:
    [told] = Heard().hear(message)
    assert isinstance(told, Disturbed)
    assert told.at_ms == NOW
    assert "cannot be read" in told.reason


@pytest.mark.parametrize(
    "message", ["", "{", "[]", "7", '{"e": 7}', '{"id": 1, "result": null}', {"e": "A_NEW_EVENT", "x": {"y": [None]}}]
)
def test_what_is_not_known_is_passed_over(message: object) -> None:
    assert Heard().hear(message) == []


def test_an_unknown_status_is_unknown() -> None:
    [told] = Heard().hear(changed(X="SLEEPING"))
    assert isinstance(told, OrderTold)
    assert told.order.status == "UNKNOWN"
