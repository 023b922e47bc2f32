"""Plain orders: acknowledged, shown, filled, cancelled, refused. The same on both exchanges."""

from decimal import Decimal

import pytest

from capi.core.actions import PlaceOrder
from capi.core.errors import OutcomeUnknown, Unavailable
from tests.binance.orders import cancel, entry, leave, stop
from tests.contract.desks import Desk

D = Decimal
RESTS = entry(price=D("76000.0"))
TAKES = entry(client_order_id="capi_entry_m", type="MARKET", price=None, time_in_force=None)


def test_an_order_that_rests_is_acknowledged_shown_and_cancelled(desk: Desk) -> None:
    before = desk.clock.now_ms()
    ack = desk.yes(RESTS)
    assert ack.kind == "order"
    assert ack.order is not None
    assert (ack.order.key, ack.order.status, ack.order.filled_qty) == (RESTS.key, "NEW", D(0))
    assert before <= ack.at_ms
    seen = desk.open_orders()[RESTS.key]
    assert (seen.side, seen.type, seen.price, seen.quantity) == ("BUY", "LIMIT", D(76000), D("0.010"))
    assert not seen.reduce_only
    gone = desk.yes(cancel())
    assert gone.kind == "cancel"
    assert gone.order is not None
    assert gone.order.status == "CANCELED"
    assert desk.open_orders() == {}


def test_an_order_that_takes_is_filled_and_the_position_shows_it(desk: Desk) -> None:
    ack = desk.yes(TAKES)
    assert ack.order is not None
    assert (ack.order.status, ack.order.filled_qty) == ("FILLED", D("0.010"))
    look = desk.look()
    assert look.complete
    assert (look.position.qty, look.position.entry_price) == (D("0.010"), D("76915.1"))


def test_a_short_is_below_zero_and_a_flat_position_is_zero(desk: Desk) -> None:
    assert desk.qty == 0
    desk.yes(entry(side="SELL", type="MARKET", price=None, time_in_force=None))
    assert desk.qty == D("-0.010")
    desk.yes(leave(side="BUY"))
    assert desk.qty == 0


def test_an_id_is_unique_only_among_open_orders(desk: Desk) -> None:
    desk.yes(RESTS)
    assert desk.code(RESTS) == -4116
    desk.yes(cancel())
    desk.yes(RESTS)  # free again
    desk.venue.price("75990.0", "75990.1")
    assert desk.qty == D("0.010")
    desk.yes(RESTS)  # filled: sent again it buys twice, which is why nobody may
    desk.venue.price("75980.0", "75980.1")
    assert desk.qty == D("0.020")


def test_the_two_worlds_share_no_ids_and_cannot_cancel_each_others(desk: Desk) -> None:
    desk.yes(TAKES)
    plain = entry(client_order_id="capi_x", price=D("76000.0"))
    algo = stop(client_order_id="capi_x")
    desk.yes(plain)
    assert desk.code(cancel("capi_x", "algo")) in (-2011, -2013)
    desk.yes(algo)
    assert set(desk.open_orders()) == {plain.key, algo.key}
    desk.yes(cancel("capi_x", "plain"))
    assert set(desk.open_orders()) == {algo.key}
    desk.yes(cancel("capi_x", "algo"))
    assert desk.open_orders() == {}


def test_a_cancel_of_what_has_filled_or_never_was_is_refused(desk: Desk) -> None:
    desk.yes(TAKES)
    assert desk.code(cancel("capi_entry_m")) == -2011
    assert desk.code(cancel("capi_entry_never")) == -2011
    assert desk.order(TAKES).status == "FILLED"


def test_who_asks_is_told_of_ended_orders_and_of_those_that_never_were(desk: Desk) -> None:
    desk.yes(RESTS)
    desk.yes(cancel())
    never = entry(client_order_id="capi_entry_never")
    look = desk.look([RESTS.key, never.key, ("algo", "capi_sl_never")])
    assert [(order.key, order.status) for order in look.orders] == [(RESTS.key, "CANCELED")]
    assert set(look.not_found) == {never.key, ("algo", "capi_sl_never")}
    assert look.complete


def test_a_partial_fill_is_shown_and_survives_the_cancel(desk: Desk) -> None:
    desk.yes(RESTS)
    desk.venue.price("75999.9", "76000.0", ask_qty="0.004")
    desk.venue.price("76100.0", "76100.1")
    seen = desk.open_orders()[RESTS.key]
    assert (seen.status, seen.filled_qty, seen.remaining_qty) == ("PARTIALLY_FILLED", D("0.004"), D("0.006"))
    assert desk.qty == D("0.004")
    gone = desk.yes(cancel()).order
    assert gone is not None
    assert (gone.status, gone.filled_qty) == ("CANCELED", D("0.004"))
    assert desk.order(RESTS).filled_qty == D("0.004")


def test_fills_come_once_from_the_cursor_on_oldest_first(desk: Desk) -> None:
    desk.look()  # a first look begins after what was before it
    desk.yes(TAKES)
    desk.yes(RESTS)
    desk.venue.price("75990.0", "75990.1")
    fills = desk.look().fills
    assert [(fill.client_order_id, fill.side, fill.qty, fill.maker) for fill in fills] == [
        ("capi_entry_m", "BUY", D("0.010"), False),
        ("capi_entry_x", "BUY", D("0.010"), True),
    ]
    assert [fill.price for fill in fills] == [D("76915.1"), D("76000")]
    assert [fill.fee_usdt for fill in fills] == [D("0.38457550"), D("0.15200000")]
    first, second = (fill.trade_id for fill in fills)
    assert first < second
    assert [fill.trade_id for fill in desk.look(fills_after=first).fills] == [second]
    assert desk.look(fills_after=second).fills == ()


def test_money_follows_fees_and_price(desk: Desk) -> None:
    desk.look()
    desk.yes(TAKES)
    desk.venue.price("77915.0", "77915.2")
    look = desk.look()
    assert look.wallet == D("10000") - D("0.3845755")
    assert look.equity is not None
    assert look.equity == look.wallet + D("0.010") * (D("77915.1") - D("76915.1"))
    assert look.available is not None
    assert look.available < look.equity


# what is refused

REFUSED: dict[str, tuple[PlaceOrder, int]] = {
    "notional below the minimum": (entry(price=D("40000.0"), quantity=D("0.001")), -4164),
    "price off the tick": (entry(price=D("76000.05")), -4014),
    "quantity with too many digits": (entry(quantity=D("0.0105")), -1111),
    "quantity above the maximum": (entry(quantity=D("1001.000")), -4005),
    "quantity below the minimum": (entry(quantity=D("0.000")), -4003),
    "more than the balance": (entry(quantity=D("10.000")), -2019),
    "bid far above the mark": (entry(price=D("90000.0")), -4016),
    "reduce-only while flat": (leave(), -2022),
    "conditional type in the plain world": (entry(type="STOP_MARKET", price=None, time_in_force=None), -4120),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_has_the_same_code_and_leaves_nothing(desk: Desk, name: str) -> None:
    request, code = REFUSED[name]
    assert desk.code(request) == code
    assert desk.open_orders() == {}


def test_a_market_order_outside_the_band_is_refused(desk: Desk) -> None:
    desk.venue.price("76915.0", "76915.1", mark="70000.0")
    assert desk.code(TAKES) == -4131


def test_reduce_only_is_cut_to_the_position_and_never_turns_it(desk: Desk) -> None:
    desk.yes(TAKES)
    target = entry(
        client_order_id="capi_tp1_x", role="tp1", side="SELL", price=D("78000.0"), quantity=D("0.050"), reduce_only=True
    )
    ack = desk.yes(target)
    assert ack.order is not None
    assert ack.order.quantity == D("0.010")
    assert desk.code(leave()) == -2022  # the target holds all that could be reduced
    desk.yes(cancel("capi_tp1_x"))
    desk.yes(leave(quantity=D("0.050")))
    assert desk.qty == 0


def test_reduce_only_targets_go_with_the_position(desk: Desk) -> None:
    desk.yes(TAKES)
    for name, quantity in (("tp1", "0.004"), ("tp2", "0.006")):
        desk.yes(
            entry(
                client_order_id=f"capi_{name}_x",
                side="SELL",
                price=D("78000.0"),
                quantity=D(quantity),
                reduce_only=True,
            )
        )
    desk.venue.by_hand("SELL", "0.010")
    assert desk.qty == 0
    assert desk.open_orders() == {}


# what is not answered


def test_a_lost_answer_of_an_executed_order_is_unknown_and_found_by_asking(desk: Desk) -> None:
    desk.venue.lose_an_order(executed=True)
    assert isinstance(desk.no(RESTS), OutcomeUnknown)
    assert desk.order(RESTS).status == "NEW"


def test_a_lost_answer_of_an_order_that_never_arrived_is_as_unknown_and_not_found(desk: Desk) -> None:
    desk.venue.lose_an_order(executed=False)
    assert isinstance(desk.no(RESTS), OutcomeUnknown)
    look = desk.look([RESTS.key])
    assert (look.orders, look.not_found) == ((), (RESTS.key,))


def test_a_lost_answer_of_a_market_order_shows_in_position_and_fills(desk: Desk) -> None:
    desk.look()
    desk.venue.lose_an_order(executed=True)
    assert isinstance(desk.no(TAKES), OutcomeUnknown)
    look = desk.look([TAKES.key])
    assert look.position.qty == D("0.010")
    assert [fill.client_order_id for fill in look.fills] == ["capi_entry_m"]


def test_what_surely_did_not_arrive_is_not_unknown(desk: Desk) -> None:
    desk.venue.refuse_connection()
    assert isinstance(desk.no(RESTS), Unavailable)
    desk.yes(RESTS)


# what others do


def test_trades_of_a_person_are_seen(desk: Desk) -> None:
    desk.look()
    desk.venue.by_hand("BUY", "0.020")
    look = desk.look()
    assert look.position.qty == D("0.020")
    (fill,) = look.fills
    assert fill.client_order_id.startswith("web_")
