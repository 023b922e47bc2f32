"""Conditional orders, settings and the countdown: the traps that protection is built around, on both exchanges."""

from decimal import Decimal

import pytest

from capi.core.actions import ArmDeadMan, SetLeverage
from capi.core.errors import Rejected
from capi.core.orders import OrderKey
from tests.binance.orders import DEAD_MAN, ISOLATED, LEVERAGE, WHY, cancel, entry, stop
from tests.contract.desks import Desk

D = Decimal
TAKES = entry(client_order_id="capi_entry_m", type="MARKET", price=None, time_in_force=None)
RESTS = entry(price=D("76000.0"))
STOP = stop()
RATCHET = stop(
    client_order_id="capi_sl_x_2",
    close_position=False,
    quantity=D("0.010"),
    reduce_only=True,
    trigger_price=D("76500.0"),
)


def test_a_backstop_rests_until_it_is_cancelled(desk: Desk) -> None:
    desk.yes(TAKES)
    ack = desk.yes(STOP)
    assert ack.order is not None
    assert (ack.order.key, ack.order.status) == (STOP.key, "NEW")
    seen = desk.open_orders()[STOP.key]
    assert (seen.side, seen.type, seen.trigger_price, seen.close_position) == ("SELL", "STOP_MARKET", D(75500), True)
    desk.yes(cancel("capi_sl_x", "algo"))
    look = desk.look([STOP.key])
    assert [(order.key, order.status) for order in look.orders] == [(STOP.key, "CANCELED")]


def test_without_a_position_there_is_nothing_to_close(desk: Desk) -> None:
    assert desk.code(STOP) == -4509


def test_a_second_closing_stop_is_refused_which_proves_that_one_rests(desk: Desk) -> None:
    desk.yes(TAKES)
    desk.yes(STOP)
    assert desk.code(stop(client_order_id="capi_sl_x_2", trigger_price=D("76000.0"))) == -4130
    assert set(desk.open_orders()) == {STOP.key}


def test_a_ratchet_with_the_positions_quantity_rests_beside_it(desk: Desk) -> None:
    desk.yes(TAKES)
    desk.yes(STOP)
    desk.yes(RATCHET)
    seen = desk.open_orders()
    assert set(seen) == {STOP.key, RATCHET.key}
    assert (seen[RATCHET.key].quantity, seen[RATCHET.key].reduce_only) == (D("0.010"), True)


def test_an_open_algo_id_is_not_taken_twice(desk: Desk) -> None:
    desk.yes(TAKES)
    desk.yes(RATCHET)
    assert desk.code(RATCHET) == -4116


@pytest.mark.parametrize("trigger", ["77000.0", "76915.1"])
def test_a_level_that_is_passed_would_fire_at_once(desk: Desk, trigger: str) -> None:
    desk.yes(TAKES)
    assert desk.code(stop(trigger_price=D(trigger))) == -2021
    assert desk.open_orders() == {}


def test_what_fires_leaves_a_child_of_its_own_id_that_closes_everything(desk: Desk) -> None:
    desk.look()
    desk.yes(TAKES)
    desk.yes(STOP)
    desk.venue.by_hand("BUY", "0.020")  # the backstop covers whatever the position becomes
    desk.venue.price("75400.0", "75400.1")
    child: OrderKey = ("plain", "capi_sl_x")
    look = desk.look([STOP.key, child])
    told = {order.key: order for order in look.orders}
    assert told[STOP.key].status == "TRIGGERED"
    assert told[child].status == "FILLED"
    assert told[child].filled_qty == D("0.030")
    assert look.position.qty == 0
    assert [(fill.client_order_id, fill.side) for fill in look.fills][-1] == ("capi_sl_x", "SELL")
    assert sum(fill.qty for fill in look.fills if fill.side == "SELL") == D("0.030")


def test_the_backstop_goes_with_the_position_and_a_ratchet_may_stay(desk: Desk) -> None:
    """What is left of reduce-only stops is swept by us; closing ones the exchange takes back."""
    desk.yes(TAKES)
    desk.yes(STOP)
    desk.yes(RATCHET)
    desk.venue.by_hand("SELL", "0.010")
    assert set(desk.open_orders()) == {RATCHET.key}


def test_settings_are_set_and_read_back(desk: Desk) -> None:
    look = desk.look()
    assert (look.leverage, look.margin_mode) == (20, "cross")
    assert (look.position_mode, look.multi_assets) == ("one_way", False)
    assert desk.yes(LEVERAGE).kind == "setting"
    assert desk.yes(ISOLATED).order is None
    look = desk.look()
    assert (look.leverage, look.margin_mode) == (10, "isolated")


def test_a_setting_that_is_so_already_or_cannot_be(desk: Desk) -> None:
    desk.yes(ISOLATED)
    assert desk.code(ISOLATED) == -4046
    assert desk.code(SetLeverage(leverage=500, **WHY)) == -4028
    desk.yes(LEVERAGE)
    desk.yes(LEVERAGE)


def test_the_margin_mode_is_locked_by_orders_and_by_a_position(desk: Desk) -> None:
    desk.yes(RESTS)
    assert desk.code(ISOLATED) == -4047
    desk.yes(cancel())
    desk.yes(TAKES)
    assert desk.code(ISOLATED) == -4048
    error = desk.no(ISOLATED)
    assert isinstance(error, Rejected)
    assert error.meaning == "settings_locked"


def test_the_countdown_takes_plain_orders_and_leaves_conditional_ones(desk: Desk) -> None:
    desk.yes(TAKES)
    desk.yes(STOP)
    desk.yes(RESTS)
    desk.yes(DEAD_MAN)
    desk.venue.skip(40_000)
    desk.yes(DEAD_MAN)  # renewed
    desk.venue.skip(40_000)
    assert RESTS.key in desk.open_orders()
    desk.venue.skip(25_000)
    assert set(desk.open_orders()) == {STOP.key}


def test_the_countdown_can_be_switched_off(desk: Desk) -> None:
    desk.yes(RESTS)
    desk.yes(DEAD_MAN)
    desk.yes(ArmDeadMan(seconds=0, **WHY))
    desk.venue.skip(90_000)
    assert set(desk.open_orders()) == {RESTS.key}


def test_the_instrument_is_told_with_its_filters_and_fees(desk: Desk) -> None:
    instrument = desk.look().instrument
    assert (instrument.symbol, instrument.tick_size, instrument.step_size) == ("BTCUSDT", D("0.1"), D("0.001"))
    assert (instrument.min_qty, instrument.min_notional) == (D("0.001"), D(50))
    assert (instrument.maker_fee, instrument.taker_fee) == (D("0.0002"), D("0.0005"))
    assert (instrument.market_max_qty, instrument.max_qty) == (D(120), D(1000))


def test_the_market_is_told_as_it_is(desk: Desk) -> None:
    desk.venue.price("76000.0", "76000.2", bid_qty="1.5", mark="76010.0", last="76000.2")
    market = desk.look().market
    assert (market.bid, market.ask, market.bid_qty) == (D(76000), D("76000.2"), D("1.5"))
    assert (market.mark, market.last) == (D(76010), D("76000.2"))
    assert market.volatility is not None
