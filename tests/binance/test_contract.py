"""One contract for every exchange behind the port: the paper exchange in process, and the adapter over real HTTP."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pytest

from capi.core.actions import ArmDeadMan, SetLeverage, SetMarginMode
from capi.core.orders import OrderKey
from tests.binance.grounds import GROUNDS, User, statuses
from tests.binance.orders import WHY, cancel, entry, leave, stop

D = Decimal
ENTRY: Final[OrderKey] = ("plain", "capi_entry_x")
EXIT: Final[OrderKey] = ("plain", "capi_exit_x")
STOP: Final[OrderKey] = ("algo", "capi_sl_x")
CHILD: Final[OrderKey] = ("plain", "capi_sl_x")
TARGET: Final[OrderKey] = ("plain", "capi_tp1_x")
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(params=GROUNDS)
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    """Yield a user of each exchange."""
    with GROUNDS[request.param]() as ground:
        yield User(ground)


def buy(**changes: Any) -> Any:
    """Return a MARKET entry."""
    return entry(**({"type": "MARKET", "price": None, "time_in_force": None} | changes))


def target(quantity: str, price: int) -> Any:
    """Return a reduce-only limit."""
    return leave(
        client_order_id="capi_tp1_x",
        role="tp1",
        type="LIMIT",
        price=D(price),
        time_in_force="GTC",
        quantity=D(quantity),
    )


def held(user: User) -> None:
    """Buy 0.010."""
    user.does(buy())
    user.until(lambda seen: seen.position.qty == D("0.010"))


def test_a_fresh_account_is_flat(user: User) -> None:
    seen = user.look()
    assert (seen.position.qty, seen.orders, seen.fills, seen.fundings) == (D(0), (), (), ())
    assert (seen.equity, seen.wallet, seen.available) == (D(10000), D(10000), D(10000))
    assert (seen.position_mode, seen.multi_assets, seen.margin_mode, seen.leverage) == ("one_way", False, "cross", 20)
    market = seen.market
    assert (market.bid, market.ask, market.bid_qty, market.ask_qty) == (D("76914.9"), D(76915), D(5), D(5))
    assert None not in (market.mark, market.last, market.volatility)
    filters = seen.instrument
    assert (filters.tick_size, filters.step_size, filters.min_qty, filters.min_notional) == (
        D("0.1"),
        D("0.001"),
        D("0.001"),
        D(50),
    )
    assert (filters.maker_fee, filters.taker_fee) == (D("0.0002"), D("0.0005"))


def test_an_entry_rests_until_it_is_cancelled(user: User) -> None:
    user.does(entry())
    (order,) = user.look().orders
    assert (order.key, order.status, order.price, order.quantity) == (ENTRY, "NEW", D(76000), D("0.01"))
    assert (order.side, order.type, order.reduce_only, order.filled_qty) == ("BUY", "LIMIT", False, D(0))
    user.does(cancel())
    assert statuses(user.look(ENTRY)) == {ENTRY: "CANCELED"}
    assert user.look().orders == ()
    assert user.is_told(cancel()) == "not_open"


def test_what_was_never_sent_is_not_found(user: User) -> None:
    seen = user.look(ENTRY, STOP)
    assert (seen.orders, set(seen.not_found)) == ((), {ENTRY, STOP})
    assert user.is_told(cancel("capi_sl_x", "algo")) in ("not_open", "not_found")


def test_an_id_is_refused_while_its_order_is_open(user: User) -> None:
    user.does(entry())
    assert user.is_told(entry()) == "duplicate_id"
    assert len(user.look().orders) == 1


def test_a_market_order_fills_once_and_says_what_it_cost(user: User) -> None:
    held(user)
    (fill,) = user.fills
    assert (fill.client_order_id, fill.side, fill.price, fill.qty) == ("capi_entry_x", "BUY", D(76915), D("0.01"))
    assert (fill.fee_usdt, fill.maker, fill.liquidation) == (D("0.384575"), False, False)
    seen = user.look(ENTRY)
    assert (seen.position.entry_price, statuses(seen)) == (D(76915), {ENTRY: "FILLED"})
    assert seen.wallet == D(10000) - D("0.384575")
    assert seen.position.since_ms is None


def test_a_resting_order_fills_as_maker_when_the_market_comes(user: User) -> None:
    user.does(entry(price=D(76900)))
    user.look()
    user.ground.price(76890)
    user.until(lambda seen: seen.position.qty == D("0.010"), ENTRY)
    assert [(fill.price, fill.maker) for fill in user.fills] == [(D(76900), True)]


def test_a_backstop_needs_a_position_and_there_is_one_of_it(user: User) -> None:
    assert user.is_told(stop()) == "no_position"
    held(user)
    user.does(stop())
    assert user.is_told(stop(client_order_id="capi_sl_x_2")) == "already_guarded"
    (order,) = user.look().orders
    assert (order.key, order.status, order.close_position, order.trigger_price) == (STOP, "NEW", True, D(75500))
    user.does(stop(client_order_id="capi_sl_x_2", close_position=False, quantity=D("0.010"), reduce_only=True))
    assert len(user.look().orders) == 2
    user.does(cancel("capi_sl_x_2", "algo"))
    assert statuses(user.look(("algo", "capi_sl_x_2"))) == {STOP: "NEW", ("algo", "capi_sl_x_2"): "CANCELED"}


def test_a_stop_beyond_the_price_is_refused(user: User) -> None:
    held(user)
    assert user.is_told(stop(trigger_price=D(77000))) == "would_trigger"


def test_a_stop_that_fires_closes_the_position_under_its_own_id(user: User) -> None:
    held(user)
    user.does(stop())
    user.look()
    user.ground.price(75400)
    seen = user.until(lambda seen: seen.position.qty == 0, STOP, CHILD)
    seen = user.look(STOP, CHILD)
    assert statuses(seen) == {STOP: "TRIGGERED", CHILD: "FILLED"}
    assert [(fill.client_order_id, fill.side) for fill in user.fills[1:]] == [("capi_sl_x", "SELL")]
    assert next(order for order in seen.orders if order.key == STOP).triggered_at_ms is not None


def test_a_target_takes_its_part_and_the_backstop_goes_with_the_rest(user: User) -> None:
    held(user)
    user.does(stop())
    user.does(target("0.004", 77500))
    user.look()
    user.ground.price(77510)
    seen = user.until(lambda seen: seen.position.qty == D("0.006"), TARGET)
    assert statuses(seen)[TARGET] == "FILLED"
    user.does(leave(quantity=D("0.006")))
    user.until(lambda seen: seen.position.qty == 0)
    assert statuses(user.look(STOP, EXIT)) == {STOP: "EXPIRED", EXIT: "FILLED"}


def test_an_exit_never_opens_a_position(user: User) -> None:
    assert user.is_told(leave()) == "reduce_only"
    held(user)
    user.does(leave(quantity=D("0.010")))
    user.until(lambda seen: seen.position.qty == 0)
    assert user.is_told(leave(client_order_id="capi_exit_x_2")) == "reduce_only"
    assert user.look().position.qty == 0


@pytest.mark.parametrize(
    ("changes", "meaning"),
    [
        ({"price": D("76000.05")}, "filter"),
        ({"quantity": D("0.0105")}, "filter"),
        ({"quantity": D(1001)}, "filter"),
        ({"price": D(90000)}, "filter"),
        ({"quantity": D("10")}, "margin"),
    ],
)
def test_what_breaks_a_filter_is_refused_by_its_meaning(user: User, changes: Any, meaning: str) -> None:
    assert user.is_told(entry(**changes)) == meaning
    assert user.look().orders == ()


def test_settings_are_read_back_and_locked_by_a_position(user: User) -> None:
    isolated, cross = (SetMarginMode(margin_mode=mode, **WHY) for mode in ("isolated", "cross"))
    user.does(isolated)
    user.does(SetLeverage(leverage=7, **WHY))
    seen = user.look()
    assert (seen.margin_mode, seen.leverage) == ("isolated", 7)
    assert user.is_told(isolated) == "already_so"
    held(user)
    assert user.is_told(cross) == "settings_locked"
    assert user.is_told(SetLeverage(leverage=3, **WHY)) == "settings_locked"
    assert user.look().leverage == 7


def test_a_dead_man_switch_takes_plain_orders_only(user: User) -> None:
    held(user)
    user.does(stop())
    user.does(entry(client_order_id="capi_entry_y"))
    user.does(ArmDeadMan(seconds=2, **WHY))
    user.look()
    user.ground.skip(3000)
    seen = user.until(lambda seen: len(seen.orders) == 1)
    assert statuses(seen) == {STOP: "NEW"}
    user.does(ArmDeadMan(seconds=0, **WHY))


def test_what_a_person_does_is_seen(user: User) -> None:
    user.ground.by_hand("SELL", "0.003")
    seen = user.until(lambda seen: seen.position.qty == D("-0.003"))
    assert seen.complete
    assert [(fill.side, fill.qty) for fill in user.fills] == [("SELL", D("0.003"))]
    assert not user.fills[0].client_order_id.startswith("capi_")
