"""The adapter alone, over real HTTP on loopback, against the served paper exchange."""

from decimal import Decimal
from typing import Final

import pytest
from Crypto.PublicKey import RSA

from capi.adapters.binance.connector import Access
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.paper.config import PaperConfig
from capi.cli.serve.security import Credentials
from capi.core.actions import SetLeverage
from capi.core.errors import NotAuthorised, OutcomeUnknown, Rejected, Throttled, Unavailable
from capi.core.orders import OrderKey
from capi.ports.exchange import Look
from tests.binance.live import access_to, adapter
from tests.binance.orders import DEAD_MAN, ISOLATED, WHY, cancel, entry, leave, stop
from tests.serve.served import served

D = Decimal
ENTRY: Final[OrderKey] = ("plain", "capi_entry_x")
STOP: Final[OrderKey] = ("algo", "capi_sl_x")
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def look(exchange: BinanceExchange, *asked: OrderKey, fills_after: int = 0) -> Look:
    """Look, which has to succeed and be complete."""
    seen = exchange.look(asked=asked, fills_after=fills_after, fundings_after=0).unwrap()
    assert seen.gaps == ()
    return seen


def test_settings_orders_and_cancels_of_both_worlds() -> None:
    with served(price="76915.0") as venue, adapter(venue) as exchange:
        first = look(exchange)
        assert (first.position.qty, first.equity, first.position_mode) == (D(0), D(10000), "one_way")
        exchange.act(ISOLATED).unwrap()
        exchange.act(SetLeverage(leverage=7, **WHY)).unwrap()
        again = look(exchange)
        assert (again.margin_mode, again.leverage) == ("isolated", 7)
        refused = exchange.act(ISOLATED).failure()
        assert isinstance(refused, Rejected)
        assert refused.meaning == "already_so"
        taken = exchange.act(entry()).unwrap().order
        assert taken is not None
        assert taken.status == "NEW"
        assert [order.key for order in look(exchange).orders] == [ENTRY]
        exchange.act(DEAD_MAN).unwrap()
        cancelled = exchange.act(cancel()).unwrap().order
        assert cancelled is not None
        assert cancelled.status == "CANCELED"
        assert [(o.key, o.status) for o in look(exchange, ENTRY).orders] == [(ENTRY, "CANCELED")]


def test_a_position_with_its_stop_and_its_exit() -> None:
    with served(price="76915.0") as venue, adapter(venue) as exchange:
        look(exchange)
        no_position = exchange.act(stop()).failure()
        assert isinstance(no_position, Rejected)
        assert no_position.meaning == "no_position"
        filled = exchange.act(entry(type="MARKET", price=None, time_in_force=None)).unwrap().order
        assert filled is not None
        assert (filled.status, filled.filled_qty) == ("FILLED", D("0.01"))
        held = look(exchange)
        assert (held.position.qty, [fill.client_order_id for fill in held.fills]) == (D("0.01"), ["capi_entry_x"])
        exchange.act(stop()).unwrap()
        second = exchange.act(stop(client_order_id="capi_sl_x_2")).failure()
        assert isinstance(second, Rejected)
        assert second.meaning == "already_guarded"
        (resting,) = look(exchange, STOP).orders
        assert (resting.key, resting.close_position, resting.trigger_price) == (STOP, True, D(75500))
        exchange.act(leave()).unwrap()
        flat = look(exchange, STOP, ENTRY)
        assert flat.position.qty == 0
        assert {order.key: order.status for order in flat.orders} == {STOP: "EXPIRED", ENTRY: "FILLED"}


def test_a_stop_that_fires_is_followed_to_its_child() -> None:
    with served(price="76915.0", config=PaperConfig(delay_ms=0)) as venue, adapter(venue) as exchange:
        look(exchange)
        exchange.act(entry(type="MARKET", price=None, time_in_force=None)).unwrap()
        exchange.act(stop()).unwrap()
        bought = look(exchange).fills[-1].trade_id
        venue.price("75400.0", "75400.1")
        child: OrderKey = ("plain", STOP[1])
        fired = look(exchange, STOP, child, fills_after=bought)
        statuses = {order.key: order.status for order in fired.orders}
        assert statuses == {STOP: "TRIGGERED", child: "FILLED"}
        assert [(fill.client_order_id, fill.side) for fill in fired.fills] == [("capi_sl_x", "SELL")]
        assert fired.position.qty == 0


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("lost", OutcomeUnknown),
        ("dropped", OutcomeUnknown),
        ("timeout", OutcomeUnknown),
        ("unknown_503", OutcomeUnknown),
        ("internal_503", OutcomeUnknown),
        ("bad_gateway", OutcomeUnknown),
        ("backend_timeout", OutcomeUnknown),
        ("no_json", OutcomeUnknown),
        ("half_json", OutcomeUnknown),
        ("unavailable_503", Unavailable),
        ("overload_503", Throttled),
        ("waf", Throttled),
        ("throttle", Throttled),
        ("ban", Throttled),
    ],
)
def test_every_way_to_fail_on_the_wire(kind: str, error: type[object]) -> None:
    with (
        served(price="76915.0") as venue,
        adapter(venue, timeout_seconds=1.0 if kind == "timeout" else 2.0) as exchange,
    ):
        look(exchange)
        venue.fault("POST /fapi/v1/order", kind, seconds=1)
        assert isinstance(exchange.act(entry()).failure(), error)


def test_a_wrong_secret_and_an_unknown_key_are_said_so() -> None:
    with served(price="76915.0") as venue:
        for key, secret, code in ((venue.key, "another", -1022), ("another", venue.secret, -2015)):
            access = Access(base_url=venue.rest_url, key=key, secret=secret, recv_window_ms=2000, timeout_seconds=2.0)
            exchange = BinanceExchange(access, "BTCUSDT")
            error = exchange.look(asked=(), fills_after=0, fundings_after=0).failure()
            exchange.close()
            assert isinstance(error, NotAuthorised)
            assert error.code == code


def test_an_rsa_key_is_taken(rsa_key: RSA.RsaKey) -> None:
    public = rsa_key.public_key().export_key().decode()
    with served(price="76915.0", credentials=Credentials(rsa_public_pem=public)) as venue:
        secret = rsa_key.export_key(pkcs=8).decode()
        access = Access(base_url=venue.rest_url, key=venue.key, secret=secret, recv_window_ms=2000, timeout_seconds=2.0)
        exchange = BinanceExchange(access, "BTCUSDT")
        try:
            assert look(exchange).position.qty == 0
            exchange.act(entry()).unwrap()
        finally:
            exchange.close()


def test_nobody_at_home_is_said_so() -> None:
    with served(price="76915.0") as venue:
        access = access_to(venue)
    exchange = BinanceExchange(access, "BTCUSDT")  # the port is free again
    error = exchange.look(asked=(), fills_after=0, fundings_after=0).failure()
    exchange.close()
    assert isinstance(error, Unavailable)
    assert "no connection" in error.message


def test_a_clock_that_is_wrong_by_hours_corrects_itself() -> None:
    with served(price="76915.0") as venue, adapter(venue) as exchange:
        look(exchange)
        venue.control("POST", "advance", seconds="7200")
        assert look(exchange).now_ms >= exchange.clock.now_ms() - 5000
