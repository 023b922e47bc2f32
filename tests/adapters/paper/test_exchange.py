"""The port: looks, delay, the countdown, faults, and memory that stays flat."""

from dataclasses import replace

from capi.adapters.paper.account import PaperAccount
from capi.adapters.paper.book import ENDED_KEPT
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.faults import Fault, ScriptedFaults
from capi.adapters.paper.orders import NewOrder
from capi.adapters.paper.simulator import Simulator
from capi.adapters.paper.state import FILLS_KEPT, FUNDINGS_KEPT, State
from capi.core.errors import ClockSkewed, OutcomeUnknown, Rejected, Unavailable
from capi.core.orders import Order, OrderKey
from capi.ports.clock import Clock
from capi.ports.exchange import Exchange
from capi.ports.market import Quote
from tests.adapters.paper.world import (
    INSTANT,
    INSTRUMENT,
    START_MS,
    D,
    World,
    cancel,
    dead_man,
    leverage,
    limit,
    market,
    no,
    stop,
    yes,
)

LATE = replace(INSTANT, delay_ms=20)


def test_it_keeps_the_ports() -> None:
    exchange: Exchange = World().exchange
    clock: Clock = World().exchange
    assert yes(exchange.look(asked=(), fills_after=0, fundings_after=0)).complete
    assert clock.now_ms() == START_MS + 1000


def test_before_the_first_quote_the_market_is_unknown_and_nothing_can_be_placed() -> None:
    world = World(quoted=False)
    look = world.look()
    assert (look.market.bid, look.market.mark, look.market.volatility, look.equity) == (None, None, None, D(100000))
    assert isinstance(no(world.act(market("e", "BUY", "1"))), Unavailable)
    world.act(leverage(5)).unwrap()


def test_mark_and_last_are_the_mid_unless_given() -> None:
    world = World()
    assert (world.look().market.mark, world.look().market.last) == (D(100000), D(100000))
    world.quote("99999.9", "100000.1", mark="99990", last="99980")
    assert (world.look().market.mark, world.look().market.last) == (D(99990), D(99980))


def test_a_look_tells_of_open_orders_asked_ones_and_what_is_unknown() -> None:
    world = World()
    world.done(market("filled", "BUY", "1"))
    world.done(limit("open", "SELL", "1", "101000"))
    world.exchange.manual_order(
        NewOrder(client_order_id="web_1", side="BUY", type="LIMIT", quantity=D(1), price=D(90000), time_in_force="GTC")
    )
    assert {order.client_order_id for order in world.look().orders} == {"open", "web_1"}
    look = world.look(("plain", "filled"), ("plain", "open"), ("algo", "filled"))
    assert sorted(order.client_order_id for order in look.orders) == ["filled", "open", "web_1"]
    assert look.not_found == (("algo", "filled"),)


def test_fills_are_told_from_the_cursor_on() -> None:
    world = World()
    for number in range(3):
        world.done(market(f"e{number}", "BUY", "0.1"))
    assert [fill.trade_id for fill in world.look(fills_after=1).fills] == [2, 3]


def test_an_order_meets_the_market_only_after_the_delay() -> None:
    world = World(LATE)
    ack = yes(world.act(market("e", "BUY", "1")))
    assert ack.order is not None
    assert (ack.at_ms, ack.order.status, ack.order.created_at_ms) == (world.at_ms + 20, "NEW", world.at_ms + 20)
    assert world.exchange.due_ms == world.at_ms + 20
    world.exchange.tick_time(world.at_ms + 19)
    assert (world.qty, world.status("e")) == (D(0), "NEW")
    world.exchange.tick_time(world.at_ms + 20)
    assert (world.qty, world.fills[0].at_ms) == (D(1), world.at_ms + 20)


def test_a_late_order_meets_the_quote_in_force_when_it_arrives() -> None:
    world = World(LATE)
    world.done(market("e", "BUY", "1"))
    world.quote("100100", "100100.1", after_ms=10)
    world.quote("100200", "100200.1", after_ms=11)  # it arrived a millisecond before this one
    assert world.fills[0].price == D("100100.1")
    world.done(market("e2", "BUY", "1"))
    world.quote("100300", "100300.1", after_ms=20)  # and with this one
    assert world.fills[1].price == D("100300.1")


def test_an_order_on_its_way_can_be_cancelled() -> None:
    world = World(LATE)
    world.done(market("e", "BUY", "1"))
    world.done(cancel("e"))
    world.quote("100000", "100000.1")
    assert (world.qty, world.status("e")) == (D(0), "CANCELED")


def test_a_stop_that_is_passed_when_it_arrives_fires_then() -> None:
    world = World(LATE)
    world.done(market("e", "BUY", "1"))
    world.quote("99999.9", "100000.1")
    world.done(stop("sl", "SELL", "99990"))
    world.quote("99980", "99980.1", after_ms=10)
    assert world.status("sl", "algo") == "NEW"
    world.exchange.tick_time(world.at_ms + 10)
    assert (world.qty, world.status("sl", "algo")) == (D(0), "TRIGGERED")


def test_a_late_exit_whose_position_is_gone_expires() -> None:
    world = World(LATE)
    world.done(market("e", "BUY", "1"))
    world.quote("99999.9", "100000.1")
    world.done(market("x", "SELL", "1", reduce_only=True))
    world.exchange.manual_order(NewOrder(client_order_id="web_1", side="SELL", type="MARKET", quantity=D(1)))
    world.quote("99999.9", "100000.1")
    assert (world.qty, world.status("x"), world.order("x").code) == (D(0), "EXPIRED", -2022)


def test_a_late_exit_is_cut_to_the_position_that_is_left_and_pushes_out_what_rests() -> None:
    world = World(LATE)
    world.done(market("e", "SELL", "1"))
    world.quote("99999.9", "100000.1")
    world.done(limit("tp", "BUY", "0.2", "99000", reduce_only=True))
    world.done(market("x", "BUY", "0.8", reduce_only=True))
    world.exchange.manual_order(NewOrder(client_order_id="web_1", side="BUY", type="MARKET", quantity=D("0.5")))
    world.quote("99999.9", "100000.1")
    assert (world.qty, world.status("tp")) == (D(0), "EXPIRED")
    assert (world.status("x"), world.order("x").quantity) == ("FILLED", D("0.5"))


def test_a_resting_order_fills_at_a_later_quote_never_at_the_one_it_came_to_rest_at() -> None:
    world = World(replace(LATE, delay_ms=1000), equity="1000000")
    world.done(limit("e", "BUY", "8", "100000.1"))
    world.quote("99999.9", "100000.1")  # arrives with this quote: takes 5
    assert world.order("e").filled_qty == 5
    world.quote("99999.8", "100000.0")
    assert world.status("e") == "FILLED"


def test_post_only_and_fill_or_kill_that_cannot_hold_when_they_arrive_expire() -> None:
    account = PaperAccount(D(1_000_000), leverage=20, margin_mode="cross")
    simulator = Simulator(State(INSTRUMENT, LATE, account, START_MS))
    simulator.advance(Quote(START_MS, D("99999.9"), D("100000.1"), D(5), D(5)))
    post_only = NewOrder(
        client_order_id="gtx", side="BUY", type="LIMIT", quantity=D(1), price=D("100000.0"), time_in_force="GTX"
    )
    whole = replace(post_only, client_order_id="fok", quantity=D(5), price=D("100000.1"), time_in_force="FOK")
    for new in (post_only, whole):
        assert isinstance(simulator.submit(new, 20), Order)
    simulator.advance(Quote(START_MS + 10, D("99999.8"), D("99999.9"), D(1), D(1)))
    simulator.tick_time(START_MS + 20)
    ended = [simulator.state.book.find(("plain", name)) for name in ("gtx", "fok")]
    assert [order and (order.status, order.filled_qty) for order in ended] == [("EXPIRED", D(0)), ("EXPIRED", D(0))]


def test_a_quote_older_than_now_moves_the_market_but_not_the_time() -> None:
    world = World()
    world.quote("100100", "100100.1", after_ms=-5000)
    assert world.exchange.now_ms() == START_MS + 1000
    assert world.look().market.bid == D(100100)


def test_the_countdown_cancels_plain_orders_and_leaves_conditional_ones() -> None:
    world = World(LATE)
    world.done(limit("e", "BUY", "1", "99000"))
    world.done(stop("s", "SELL", "95000", "1"))
    world.act(dead_man(60)).unwrap()
    world.exchange.tick_time(world.at_ms + 60_019)
    assert world.status("e") == "NEW"
    world.exchange.tick_time(world.at_ms + 60_020)
    assert (world.status("e"), world.status("s", "algo")) == ("CANCELED", "NEW")


def test_the_countdown_is_renewed_and_switched_off() -> None:
    world = World()
    world.done(limit("e", "BUY", "1", "99000"))
    world.act(dead_man(60)).unwrap()
    world.exchange.tick_time(world.at_ms + 50_000)
    world.act(dead_man(60)).unwrap()
    world.exchange.tick_time(world.at_ms + 100_000)
    assert world.status("e") == "NEW"
    world.act(dead_man(0)).unwrap()
    world.exchange.tick_time(world.at_ms + 1_000_000)
    assert world.status("e") == "NEW"


def test_a_lost_answer_was_carried_out() -> None:
    faults = ScriptedFaults()
    world = World(faults=faults)
    faults.lose_next_answer()
    assert isinstance(no(world.act(market("e", "BUY", "1"))), OutcomeUnknown)
    assert (world.qty, world.status("e")) == (D(1), "FILLED")


def test_refused_dropped_and_scripted_requests_are_not_carried_out() -> None:
    faults = ScriptedFaults()
    world = World(faults=faults)
    faults.refuse_next(-1008)
    faults.drop_next()
    faults.script(lambda request: Fault(ClockSkewed(type(request).__name__)))
    faults.script(lambda _: None)
    request = market("e", "BUY", "1")
    refused = no(world.act(request))
    assert isinstance(refused, Rejected)
    assert refused.code == -1008
    assert isinstance(no(world.act(request)), Unavailable)
    assert no(world.act(request)) == ClockSkewed("PlaceOrder")
    assert world.qty == 0
    world.done(request)
    world.done(request)
    assert world.qty == 2


def test_a_lagging_position_is_seen_late_and_refuses_closeposition_4509() -> None:
    world = World(faults=ScriptedFaults(position_lag=2))
    world.done(market("e", "BUY", "1"))
    assert world.code(stop("s", "SELL", "95000")) == -4509
    first, second, third = world.look(), world.look(), world.look()
    assert (first.position.qty, second.position.qty, third.position.qty) == (D(0), D(0), D(1))
    assert len(first.fills) == 1  # fills are told at once
    world.done(stop("s", "SELL", "95000"))


def test_a_person_can_cancel_our_stop() -> None:
    world = World()
    world.done(stop("s", "SELL", "95000", "1"))
    world.exchange.manual_cancel(("algo", "s"))
    assert world.status("s", "algo") == "CANCELED"


def test_ended_orders_and_fills_are_forgotten_in_time_and_a_cursor_before_them_is_a_gap() -> None:
    world = World()
    for number in range(FILLS_KEPT + 1):
        world.done(market(f"e{number}", "BUY" if number % 2 else "SELL", "0.001"))
        world.quote("99999.9", "100000.1", after_ms=1)
    look = world.look(("plain", "e0"), ("plain", f"e{FILLS_KEPT}"), fills_after=0)
    assert look.not_found == (("plain", "e0"),)
    assert (len(look.fills), len(look.gaps), look.complete) == (FILLS_KEPT, 1, False)
    assert world.look(fills_after=1).complete
    asked: list[OrderKey] = [("plain", f"e{number}") for number in range(FILLS_KEPT + 1)]
    kept = world.look(*asked, fills_after=1).orders
    assert len(kept) == ENDED_KEPT


def test_a_cursor_before_the_fundings_that_are_kept_is_a_gap() -> None:
    world = World()
    world.done(market("e", "BUY", "0.001"))
    world.exchange.tick_time(world.at_ms + (FUNDINGS_KEPT + 1) * 8 * 3_600_000)
    assert [world.look(fundings_after=after).complete for after in (0, 1)] == [False, True]


def test_outside_its_band_alone_a_quote_changes_something() -> None:
    world = World()
    world.done(market("e", "BUY", "1"))
    world.done(stop("sl", "SELL", "99000"))
    world.done(limit("tp", "SELL", "1", "101000", reduce_only=True))
    world.done(limit("more", "BUY", "0.1", "98000"))
    band = world.exchange.band
    assert (band.mark_low, band.bid_high, band.ask_low) == (D(99000), D(101000), D(98000))
    assert band.last_high == D("Infinity")


def test_the_same_quotes_and_requests_give_the_same_looks() -> None:
    def run() -> list[object]:
        world = World(PaperConfig())
        seen: list[object] = []
        for step in range(50):
            world.act(market(f"e{step}", "BUY" if step % 3 else "SELL", "0.5"))
            world.quote(f"{100000 + step * 7}", f"{100000 + step * 7}.5", "0.3", after_ms=3 * 3_600_000)
            seen.append(world.look())
        return seen

    assert run() == run()
