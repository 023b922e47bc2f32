"""Reduce-only orders: they never open, and they compete for what there is to reduce."""

from tests.adapters.paper.world import D, World, cancel, limit, market, stop


def long_world(quantity: str = "1") -> World:
    """Return a world that is long."""
    world = World()
    world.done(market("entry", "BUY", quantity))
    return world


def test_reduce_only_without_position_or_on_the_wrong_side_is_refused_2022() -> None:
    assert World().code(market("x", "SELL", "0.1", reduce_only=True)) == -2022
    assert World().code(limit("x", "SELL", "0.1", "101000", reduce_only=True)) == -2022
    assert long_world().code(market("x", "BUY", "0.1", reduce_only=True)) == -2022


def test_a_reduce_only_limit_larger_than_the_position_is_cut_silently() -> None:
    order = long_world().done(limit("tp", "SELL", "1.5", "101000", reduce_only=True))
    assert (order.status, order.quantity) == ("NEW", D(1))


def test_open_reduce_only_orders_eat_the_reducible_quantity() -> None:
    world = long_world()
    world.done(limit("tp1", "SELL", "0.6", "101000", reduce_only=True))
    assert world.done(limit("tp2", "SELL", "0.6", "102000", reduce_only=True)).quantity == D("0.4")
    assert world.code(limit("tp3", "SELL", "0.1", "103000", reduce_only=True)) == -2022


def test_a_reduce_only_market_is_refused_2022_while_a_full_size_target_rests() -> None:
    world = long_world()
    world.done(limit("tp", "SELL", "1", "101000", reduce_only=True))
    assert world.code(market("x", "SELL", "1", reduce_only=True)) == -2022
    world.done(cancel("tp"))
    assert world.done(market("x", "SELL", "1", reduce_only=True)).status == "FILLED"
    assert world.qty == 0


def test_a_reduce_only_market_that_would_flip_beside_a_resting_order_is_refused_4118() -> None:
    world = long_world()
    world.done(limit("tp", "SELL", "0.4", "101000", reduce_only=True))
    assert world.code(market("x", "SELL", "1", reduce_only=True)) == -4118
    world.done(market("x", "SELL", "0.6", reduce_only=True))
    assert (world.qty, world.status("tp")) == (D("0.4"), "NEW")


def test_a_same_side_order_that_is_not_reduce_only_counts_for_4118_too() -> None:
    world = long_world()
    world.done(limit("short", "SELL", "0.4", "101000"))
    assert world.code(market("x", "SELL", "1", reduce_only=True)) == -4118


def test_a_reduce_only_market_larger_than_the_position_never_flips_it() -> None:
    world = long_world()
    order = world.done(market("x", "SELL", "3", reduce_only=True))
    assert (order.quantity, order.filled_qty, world.qty) == (D(1), D(1), D(0))


def test_resting_reduce_only_orders_expire_when_the_position_goes_away() -> None:
    world = long_world()
    world.done(limit("tp", "SELL", "0.4", "101000", reduce_only=True))
    world.done(market("manual", "SELL", "1"))
    assert (world.qty, world.status("tp")) == (D(0), "EXPIRED")


def test_a_shrinking_position_pushes_out_the_farthest_reduce_only_orders() -> None:
    world = long_world()
    world.done(limit("far", "SELL", "0.5", "102000", reduce_only=True))
    world.done(limit("near", "SELL", "0.5", "101000", reduce_only=True))
    world.done(stop("sl", "SELL", "99000", "0.3"))
    world.quote("98000", "98000.1")  # the child of a stop is no order of ours: it is not refused
    assert (world.qty, world.status("near"), world.status("far")) == (D("0.7"), "NEW", "EXPIRED")


def test_a_flipped_position_expires_the_reduce_only_orders_of_the_old_side() -> None:
    world = long_world()
    world.done(limit("tp", "SELL", "0.5", "101000", reduce_only=True))
    world.done(market("flip", "SELL", "2"))
    assert (world.qty, world.status("tp")) == (D(-1), "EXPIRED")


def test_a_short_s_buy_side_targets_are_pushed_out_from_below() -> None:
    world = World()
    world.done(market("entry", "SELL", "1"))
    world.done(limit("far", "BUY", "0.5", "98000", reduce_only=True))
    world.done(limit("near", "BUY", "0.5", "99000", reduce_only=True))
    world.done(market("manual", "BUY", "0.2"))
    assert (world.status("near"), world.status("far")) == ("NEW", "EXPIRED")


def test_a_target_that_fills_leaves_the_other() -> None:
    world = long_world()
    world.done(limit("tp1", "SELL", "0.5", "101000", reduce_only=True))
    world.done(limit("tp2", "SELL", "0.5", "102000", reduce_only=True))
    world.quote("101500", "101500.1")
    assert (world.status("tp1"), world.status("tp2"), world.qty) == ("FILLED", "NEW", D("0.5"))
