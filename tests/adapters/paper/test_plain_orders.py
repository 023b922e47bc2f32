"""LIMIT and MARKET orders: ids, fills, time in force, self-trade, cancels."""

import pytest

from capi.adapters.paper.orders import NewOrder
from capi.core.errors import Rejected
from capi.ports.market import Quote
from tests.adapters.paper.world import START_MS, D, World, cancel, limit, market, stop


def test_an_id_is_unique_only_among_open_orders_4116() -> None:
    world = World()
    world.done(limit("e", "BUY", "0.1", "99000"))
    assert world.code(limit("e", "BUY", "0.1", "98000")) == -4116


def test_a_filled_id_sent_again_buys_twice() -> None:
    world = World()
    assert world.done(market("e", "BUY", "0.1")).status == "FILLED"
    assert world.done(market("e", "BUY", "0.1")).status == "FILLED"
    assert world.qty == D("0.2")


def test_the_two_worlds_do_not_share_ids() -> None:
    world = World()
    world.done(limit("x", "BUY", "0.1", "99000"))
    world.done(stop("x", "SELL", "95000", "0.1"))
    assert {order.key for order in world.look().orders} == {("plain", "x"), ("algo", "x")}


def test_cancelling_an_algo_id_in_the_plain_world_is_refused_2011() -> None:
    world = World()
    world.done(stop("s", "SELL", "95000", "0.1"))
    assert world.code(cancel("s", "plain")) == -2011
    assert world.status("s", "algo") == "NEW"
    assert world.done(cancel("s", "algo")).status == "CANCELED"


def test_cancelling_what_has_filled_is_refused_2011() -> None:
    world = World()
    world.done(market("e", "BUY", "0.1"))
    assert world.code(cancel("e")) == -2011


def test_a_cancelled_order_keeps_its_partial_fill() -> None:
    world = World()
    world.done(limit("e", "BUY", "3", "99900"))
    world.quote("99899.8", "99900.0", "1")
    canceled = world.done(cancel("e"))
    assert (canceled.status, canceled.filled_qty) == ("CANCELED", D(1))
    world.quote("99000", "99000.1")
    assert world.qty == 1


def test_a_resting_buy_fills_as_maker_at_its_price_when_traded_through() -> None:
    world = World()
    world.done(limit("e", "BUY", "3", "99900"))
    world.quote("99900.0", "99900.1")  # touched from afar: nothing
    assert world.qty == 0
    world.quote("99899.0", "99899.1", "0.5")
    (fill,) = world.fills
    assert (fill.price, fill.qty, fill.maker, fill.fee_usdt) == (D("99900"), D(3), True, D("59.94"))
    assert world.status("e") == "FILLED"


def test_at_the_touch_only_the_touch_quantity_fills_and_only_once() -> None:
    world = World()
    world.done(limit("e", "SELL", "3", "100100"))
    world.quote("100100.0", "100100.1", "1")
    assert world.qty == -1
    world.quote("100100.0", "100100.2", "1")  # the bid is the same one: its quantity is used up
    assert world.qty == -1
    world.quote("100100.0", "100100.1", "1.5")
    assert (world.qty, world.status("e")) == (D("-2.5"), "PARTIALLY_FILLED")


def test_an_unknown_touch_quantity_fills_a_maker_only_through_its_price() -> None:
    world = World()
    world.done(limit("e", "BUY", "1", "99900"))
    world.quote("99899.9", "99900.0", None)
    assert world.qty == 0
    world.quote("99899.8", "99899.9", None)
    assert world.qty == 1


def test_a_crossing_limit_takes_then_rests() -> None:
    world = World(equity="1000000")
    order = world.done(limit("e", "BUY", "12", "100000.3"))
    assert (order.status, order.filled_qty) == ("PARTIALLY_FILLED", D(10))  # 5 at 100000.1, 5 at 100000.3
    assert [fill.maker for fill in world.fills] == [False, False]
    world.quote("100000.1", "100000.2", "1")  # through its price
    assert world.status("e") == "FILLED"
    assert world.fills[-1].maker


def test_ioc_expires_the_rest() -> None:
    world = World(equity="1000000")
    order = world.done(limit("e", "BUY", "8", "100000.1", tif="IOC"))
    assert (order.status, order.filled_qty) == ("EXPIRED", D(5))
    assert world.done(limit("e2", "BUY", "1", "99000", tif="IOC")).status == "EXPIRED"


@pytest.mark.parametrize(("tif", "price", "code"), [("GTX", "100000.1", -5022), ("FOK", "100000.1", -5021)])
def test_gtx_that_would_take_is_refused_5022_and_fok_that_cannot_fill_5021(tif: str, price: str, code: int) -> None:
    world = World(equity="1000000")
    refused = world.exchange.manual_order(
        NewOrder(
            client_order_id="web_1",
            side="BUY",
            type="LIMIT",
            quantity=D(8),
            price=D(price),
            time_in_force="GTX" if tif == "GTX" else "FOK",
        )
    )
    assert isinstance(refused, Rejected)
    assert refused.code == code
    assert world.look().orders == ()


def test_gtx_rests_and_fok_fills_where_they_can() -> None:
    world = World(equity="1000000")
    post_only = NewOrder(
        client_order_id="web_1", side="BUY", type="LIMIT", quantity=D(1), price=D("99990"), time_in_force="GTX"
    )
    whole = NewOrder(
        client_order_id="web_2", side="BUY", type="LIMIT", quantity=D(5), price=D("100000.1"), time_in_force="FOK"
    )
    world.exchange.manual_order(post_only)
    world.exchange.manual_order(whole)
    assert (world.status("web_1"), world.status("web_2")) == ("NEW", "FILLED")


def test_market_takes_the_touch_and_slips_by_what_is_beyond() -> None:
    world = World(equity="1000000")
    world.done(market("e", "BUY", "6"))
    assert [(fill.price, fill.qty) for fill in world.fills] == [(D("100000.1"), D(5)), (D("100000.3"), D(1))]
    assert world.fills[0].fee_usdt == D("250.00025")
    world.done(market("e2", "BUY", "1"))  # the touch is used up until the quote changes
    assert world.fills[-1].price == D("100000.3")
    world.quote("99999.9", "100000.1", "7")
    world.done(market("e3", "BUY", "1"))
    assert world.fills[-1].price == D("100000.1")


def test_market_outside_the_mark_band_is_refused_4131() -> None:
    world = World()
    world.quote("99999.9", "100000.1", mark="95000")
    assert world.code(market("e", "BUY", "0.1")) == -4131
    world.done(market("e2", "SELL", "0.1"))
    world.quote("99999.9", "100000.1", mark="106000")
    assert world.code(market("e3", "SELL", "0.1")) == -4131


def test_market_at_the_band_s_very_bound_is_taken() -> None:
    world = World()
    world.quote("104999.9", "105000", mark="100000")
    assert world.done(market("e", "BUY", "0.1")).status == "FILLED"
    world.quote("95000", "95000.1", mark="100000")
    assert world.done(market("x", "SELL", "0.1")).status == "FILLED"


def test_a_buyer_takes_from_the_ask_s_quantity_and_a_seller_from_the_bid_s() -> None:
    world = World()
    world.exchange.advance(Quote(START_MS + 5000, D("99999.9"), D("100000.1"), D(1), D(2)))
    world.done(market("e", "BUY", "2"))
    world.done(market("x", "SELL", "2"))
    assert [fill.qty for fill in world.fills] == [D(2), D(1), D(1)]


def test_market_beyond_the_band_fills_in_part_and_expires() -> None:
    world = World(equity="1000000")
    world.quote("99999.9", "100000.1", "1", mark="95238.3")  # the band ends at 100000.215
    order = world.done(market("e", "BUY", "3"))
    assert (order.status, order.filled_qty) == ("EXPIRED", D(1))


def test_own_resting_order_is_expired_in_match_when_hit() -> None:
    world = World()
    world.done(limit("mine", "SELL", "0.1", "100000.1"))
    world.done(limit("far", "SELL", "0.1", "100000.5"))
    world.done(market("e", "BUY", "0.2"))
    assert world.status("mine") == "EXPIRED_IN_MATCH"
    assert world.status("far") == "NEW"
    assert world.qty == D("0.2")


def test_an_own_order_that_is_left_at_the_touch_is_expired_in_match_when_hit() -> None:
    world = World()
    world.done(limit("mine", "BUY", "3", "99900"))
    world.quote("99899.8", "99900.0", "1")  # fills 1 of it
    world.done(market("x", "SELL", "0.5"))
    assert (world.status("mine"), world.qty) == ("EXPIRED_IN_MATCH", D("0.5"))


def test_a_limit_that_crosses_an_own_order_inside_the_spread_expires_it() -> None:
    world = World()
    world.done(limit("bid", "BUY", "0.1", "100000.0"))
    world.done(limit("ask", "SELL", "0.1", "100000.0"))
    assert (world.status("bid"), world.status("ask"), world.qty) == ("EXPIRED_IN_MATCH", "NEW", D(0))


def test_a_sell_larger_than_the_long_flips_the_position() -> None:
    world = World()
    world.done(market("e", "BUY", "0.1"))
    world.done(market("x", "SELL", "0.3"))
    assert world.qty == D("-0.2")
    assert world.look().position.entry_price == D("99999.9")


def test_margin_is_insufficient_2019() -> None:
    world = World(equity="1000")  # 20 times: 20 000 USDT
    assert world.code(limit("e", "BUY", "0.21", "99000")) == -2019
    assert world.code(market("e", "SELL", "0.21")) == -2019
    world.done(limit("e", "BUY", "0.19", "99000"))


def test_open_orders_bind_margin_and_the_smaller_side_is_free_2019() -> None:
    world = World(equity="1000")
    world.done(limit("b", "BUY", "0.15", "99000"))  # 742.50
    assert world.look().available == D("257.5")
    world.done(limit("s", "SELL", "0.14", "101000"))  # 707, covered by the other side
    assert world.look().available == D("257.5")
    assert world.code(limit("b2", "BUY", "0.06", "99000")) == -2019


def test_an_opening_loss_counts_for_margin_2019() -> None:
    world = World(equity="1000")
    assert world.code(limit("e", "BUY", "0.19", "104000")) == -2019  # 988 of margin and 760 of loss at once
    world.done(limit("e", "BUY", "0.19", "100000"))  # 950 of margin and 9.50 of fee


def test_too_many_open_orders_2025() -> None:
    world = World(equity="10000000")
    for number in range(200):
        world.done(limit(f"e{number}", "BUY", "0.001", "99000"))
    assert world.code(limit("e", "BUY", "0.001", "99000")) == -2025


def test_within_one_quote_the_nearer_order_fills_first() -> None:
    world = World()
    world.done(limit("far", "BUY", "0.1", "99000"))
    world.done(limit("near", "BUY", "0.1", "99500"))
    world.quote("98000", "98000.1")
    assert [fill.client_order_id for fill in world.fills] == ["near", "far"]
