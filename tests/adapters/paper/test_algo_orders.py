"""Conditional orders: the traps of the exchange, each by its name."""

from dataclasses import replace

from capi.core.orders import OPEN
from tests.adapters.paper.world import INSTANT, D, World, cancel, limit, market, place, stop


def long_world() -> World:
    """Return a world that is long 1."""
    world = World()
    world.done(market("entry", "BUY", "1"))
    return world


def test_a_stop_that_would_trigger_at_once_is_refused_2021() -> None:
    world = long_world()
    world.quote("99999.9", "100000.1", mark="99000", last="98000")
    assert world.code(stop("s", "SELL", "99000")) == -2021
    assert world.code(stop("s", "SELL", "98000", trigger_by="last")) == -2021
    assert world.code(stop("s", "SELL", "98500", order_type="TAKE_PROFIT_MARKET")) == -2021
    world.done(stop("s", "SELL", "98500"))


def test_closeposition_while_flat_is_refused_4509() -> None:
    assert World().code(stop("s", "SELL", "95000")) == -4509


def test_closeposition_on_the_position_s_own_side_is_refused_4509() -> None:
    assert long_world().code(stop("s", "BUY", "105000")) == -4509


def test_second_closeposition_stop_is_refused_4130() -> None:
    world = long_world()
    world.done(stop("s", "SELL", "95000"))
    assert world.code(stop("s2", "SELL", "96000")) == -4130
    assert world.status("s", "algo") == "NEW"


def test_a_closeposition_stop_and_a_closeposition_target_coexist() -> None:
    world = long_world()
    world.done(stop("s", "SELL", "95000"))
    world.done(stop("t", "SELL", "105000", order_type="TAKE_PROFIT_MARKET"))
    assert world.code(stop("t2", "SELL", "106000", order_type="TAKE_PROFIT_MARKET")) == -4130


def test_quantity_stops_coexist_with_each_other_and_with_a_closeposition_stop() -> None:
    world = long_world()
    for request in (stop("s", "SELL", "95000"), stop("q1", "SELL", "96000", "1"), stop("q2", "SELL", "97000", "1")):
        world.done(request)
    assert len(world.look().orders) == 3


def test_a_reused_algo_id_is_refused_4116_while_open() -> None:
    world = World()
    world.done(stop("s", "SELL", "95000", "1"))
    assert world.code(stop("s", "SELL", "96000", "1")) == -4116
    world.done(cancel("s", "algo"))
    world.done(stop("s", "SELL", "96000", "1"))


def test_more_than_200_conditional_orders_are_refused_4045() -> None:
    world = World()
    for number in range(200):
        world.done(stop(f"s{number}", "SELL", "95000", "1"))
    assert world.code(stop("s", "SELL", "95000", "1")) == -4045


def test_a_reduce_only_quantity_stop_while_flat_is_accepted_unless_switched_off_2022() -> None:
    World().done(stop("s", "SELL", "95000", "1"))
    assert World(replace(INSTANT, flat_reduce_only_stop=False)).code(stop("s", "SELL", "95000", "1")) == -2022


def test_a_triggered_stop_s_child_bears_its_id_and_fills_like_a_market_order() -> None:
    world = long_world()
    world.done(stop("sl", "SELL", "99000", "0.4"))
    world.quote("98900", "98900.2", "0.3")
    algo, child = world.order("sl", "algo"), world.order("sl", "plain")
    assert (algo.status, algo.triggered_at_ms, algo.filled_qty) == ("TRIGGERED", world.at_ms, D("0.4"))
    assert (child.type, child.status, child.quantity, child.reduce_only) == ("MARKET", "FILLED", D("0.4"), True)
    assert [(f.client_order_id, f.price, f.qty) for f in world.fills[1:]] == [
        ("sl", D("98900"), D("0.3")),
        ("sl", D("98899.8"), D("0.1")),
    ]
    assert world.code(cancel("sl", "algo")) == -2011


def test_triggers_compare_with_mark_or_last_as_ordered() -> None:
    world = long_world()
    world.done(stop("by_mark", "SELL", "99000", "0.1"))
    world.done(stop("by_last", "SELL", "99000", "0.1", trigger_by="last"))
    world.done(
        place("by_default", "SELL", "STOP_MARKET", "0.1", kind="algo", trigger="99000", reduce_only=True)
    )  # the exchange's default is the last price
    world.quote("99999.9", "100000.1", mark="98999", last="99001")
    assert [world.status(s, "algo") for s in ("by_mark", "by_last", "by_default")] == ["TRIGGERED", "NEW", "NEW"]
    world.quote("99999.9", "100000.1", mark="99001", last="99000")
    assert [world.status(s, "algo") for s in ("by_last", "by_default")] == ["TRIGGERED", "TRIGGERED"]


def test_a_short_s_stop_fires_when_the_price_rises() -> None:
    world = World()
    world.done(market("entry", "SELL", "1"))
    world.done(stop("sl", "BUY", "101000"))
    world.done(stop("tp", "BUY", "99000", order_type="TAKE_PROFIT_MARKET"))
    world.quote("101000", "101000.2")
    assert (world.qty, world.status("sl", "algo"), world.status("tp", "algo")) == (D(0), "TRIGGERED", "EXPIRED")


def test_closeposition_grows_with_the_position() -> None:
    world = long_world()
    world.done(stop("sl", "SELL", "99000"))
    world.done(market("more", "BUY", "2"))
    world.quote("98000", "98000.1")
    assert (world.qty, world.order("sl").filled_qty) == (D(0), D(3))


def test_closeposition_is_expired_with_the_position() -> None:
    world = long_world()
    world.done(stop("sl", "SELL", "95000"))
    world.done(market("x", "SELL", "1", reduce_only=True))
    assert world.status("sl", "algo") == "EXPIRED"


def test_closeposition_is_expired_when_the_position_turns() -> None:
    world = long_world()
    world.done(stop("sl", "SELL", "95000"))
    world.done(market("flip", "SELL", "2"))
    assert world.status("sl", "algo") == "EXPIRED"


def test_reduce_only_quantity_stops_stay_as_orphans_and_hit_the_next_trade() -> None:
    world = long_world()
    world.done(stop("sl", "SELL", "99000", "1"))
    world.done(market("x", "SELL", "1", reduce_only=True))
    assert world.status("sl", "algo") == "NEW"
    world.done(market("next", "BUY", "0.5"))
    world.quote("98000", "98000.1")
    assert (world.qty, world.order("sl").quantity) == (D(0), D("0.5"))


def test_a_triggered_reduce_only_stop_without_position_ends_without_effect() -> None:
    world = World()
    world.done(stop("sl", "SELL", "99000", "1"))
    world.quote("98000", "98000.1")
    child = world.order("sl")
    assert (world.status("sl", "algo"), child.status, child.code, world.qty) == ("TRIGGERED", "REJECTED", -2022, D(0))


def test_a_stop_that_is_not_reduce_only_opens_the_other_side() -> None:
    world = World()
    world.done(stop("sl", "SELL", "99000", "1", reduce_only=False))
    world.quote("98000", "98000.1")
    assert world.qty == -1


def test_margin_of_a_stop_is_judged_at_its_trigger_2019() -> None:
    world = World(equity="100")
    world.done(stop("sl", "SELL", "99000", "1", reduce_only=False))
    world.quote("98000", "98000.1")
    assert (world.order("sl").status, world.order("sl").code, world.qty) == ("REJECTED", -2019, D(0))


def test_a_child_whose_id_is_open_in_the_plain_world_is_refused_4116() -> None:
    world = long_world()
    world.done(limit("sl", "BUY", "0.1", "90000"))
    world.done(stop("sl", "SELL", "99000"))
    world.quote("98000", "98000.1")
    assert (world.qty, world.status("sl", "algo"), world.status("sl", "plain")) == (D(1), "TRIGGERED", "NEW")


def test_a_child_outside_the_mark_band_triggers_without_effect_4131() -> None:
    world = long_world()
    world.done(stop("sl", "SELL", "99000"))
    world.quote("90000", "90000.1", mark="98000")
    child = world.order("sl")
    assert (world.status("sl", "algo"), child.status, child.code, world.qty) == ("TRIGGERED", "EXPIRED", -4131, D(1))


def test_a_child_larger_than_the_band_s_depth_leaves_a_part() -> None:
    world = long_world()
    world.done(stop("sl", "SELL", "99000"))
    world.quote("94000", "94100", "0.4", mark="98900")  # the band ends at 93955: one level
    child = world.order("sl")
    assert (child.status, child.filled_qty, world.qty) == ("EXPIRED", D("0.4"), D("0.6"))


def test_the_nearer_stop_fires_first_and_a_stop_before_a_limit_at_one_price() -> None:
    world = long_world()
    world.done(stop("far", "SELL", "98000", "1"))
    world.done(stop("near", "SELL", "99000", "1"))
    world.done(limit("add", "BUY", "0.5", "99000"))
    world.quote("97000", "97000.1")
    assert [fill.client_order_id for fill in world.fills] == ["entry", "near", "add", "far"]
    assert world.qty == 0


def test_an_entry_on_the_way_down_is_closed_by_the_stop_below_it() -> None:
    world = World()
    world.done(limit("entry", "BUY", "1", "99500"))
    world.done(stop("sl", "SELL", "99000", "1"))
    world.quote("98000", "98000.1")
    assert [fill.client_order_id for fill in world.fills] == ["entry", "sl"]
    assert world.qty == 0


def test_an_algo_order_is_not_in_the_plain_list_and_binds_no_margin() -> None:
    world = long_world()
    before = world.look().available
    world.done(stop("sl", "SELL", "95000", "1", reduce_only=False))
    look = world.look()
    assert look.available == before
    assert [order.kind for order in look.orders if order.status in OPEN] == ["algo"]
