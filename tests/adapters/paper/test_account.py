"""Wallet, fees, funding, leverage, margin and liquidation."""

from dataclasses import replace

import pytest

from capi.adapters.paper.account import PaperAccount
from tests.adapters.paper.world import INSTANT, START_MS, D, World, leverage, limit, margin_mode, market, stop

FREE = replace(INSTANT, maker_fee=D(0), taker_fee=D(0), funding_rate=D(0))
HOUR_MS = 3_600_000


def isolated_world(*, times: int = 10, equity: str = "100000") -> World:
    """Return a flat world in isolated mode without fees or funding."""
    world = World(FREE, equity=equity)
    assert world.act(margin_mode("isolated")).unwrap().kind == "setting"
    assert world.act(leverage(times)).unwrap().order is None
    world.quote("99999.9", "100000.0")
    return world


def test_entry_price_is_averaged_and_pnl_is_realised_on_what_closes() -> None:
    account = PaperAccount(D(1000), leverage=10, margin_mode="cross")
    account.fill("BUY", D(1), D(100), D(0))
    account.fill("BUY", D(2), D(103), D(0))
    assert (account.entry_price, account.unrealised(D(105))) == (D(102), D(9))
    account.fill("SELL", D("1.5"), D(104), D("0.5"))
    assert (account.qty, account.entry_price, account.realised, account.wallet) == (
        D("1.5"),
        D(102),
        D(3),
        D("1002.5"),
    )
    account.fill("SELL", D(2), D(101), D(0))
    assert (account.qty, account.entry_price, account.realised) == (D("-0.5"), D(101), D("1.5"))
    assert account.unrealised(D(100)) == D("0.5")


def test_a_third_that_cannot_be_written_loses_nothing() -> None:
    account = PaperAccount(D(0), leverage=10, margin_mode="isolated")
    account.fill("BUY", D(1), D(100), D(0))
    account.fill("BUY", D(2), D("100.1"), D(0))
    for _ in range(3):
        account.fill("SELL", D(1), D("100.1"), D(0))
    assert (account.realised, account.cost, account.isolated) == (D("0.1"), D(0), D(0))


def test_maker_and_taker_fees_come_from_the_configuration_and_are_shown_in_the_instrument() -> None:
    world = World(replace(INSTANT, maker_fee=D("0.001"), taker_fee=D("0.002")))
    world.done(market("t", "BUY", "1"))
    world.done(limit("m", "SELL", "1", "101000"))
    world.quote("101001", "101001.1")
    assert [fill.fee_usdt for fill in world.fills] == [D("200.0002"), D("101")]
    instrument = world.look().instrument
    assert (instrument.maker_fee, instrument.taker_fee) == (D("0.001"), D("0.002"))


@pytest.mark.parametrize(("side", "paid"), [("BUY", D(-10)), ("SELL", D(10))])
def test_funding_is_exchanged_at_00_08_16_utc_on_the_position_at_mark(side: str, paid: object) -> None:
    world = World(replace(FREE, funding_rate=D("0.0001")))
    world.done(market("e", "BUY" if side == "BUY" else "SELL", "1"))
    before = world.wallet
    world.exchange.tick_time(world.at_ms + 5 * HOUR_MS)  # from 10 o'clock to 15:00:01
    assert world.look().fundings == ()
    world.quote("109999.9", "110000.1", after_ms=HOUR_MS)  # 16:00:01, and the mark of 16:00 was 100 000
    (funding,) = world.look().fundings
    assert (funding.amount_usdt, funding.at_ms, world.wallet - before) == (paid, START_MS + 6 * HOUR_MS, paid)
    world.quote("100000", "100000.1", after_ms=24 * HOUR_MS)
    assert [f.funding_id for f in world.look(fundings_after=1).fundings] == [2, 3, 4]


def test_no_funding_while_flat() -> None:
    world = World()
    assert world.exchange.due_ms == START_MS + 6 * HOUR_MS
    world.exchange.tick_time(world.at_ms + 24 * HOUR_MS)
    assert world.look().fundings == ()


def test_leverage_persists_and_its_bounds_are_4028() -> None:
    world = World()
    assert world.look().leverage == 20
    assert (world.code(leverage(0)), world.code(leverage(126))) == (-4028, -4028)
    world.act(leverage(1)).unwrap()
    world.act(leverage(125)).unwrap()
    world.done(market("e", "BUY", "1"))
    world.done(market("x", "SELL", "1"))
    assert world.look().leverage == 125


def test_lowering_leverage_with_an_isolated_position_is_refused_4161() -> None:
    world = isolated_world()
    world.done(market("e", "BUY", "1"))
    assert world.code(leverage(9)) == -4161
    world.act(leverage(10)).unwrap()  # the same again
    world.act(leverage(20)).unwrap()
    assert world.exchange.account.isolated == D(5000)  # the rest is free again, and the liquidation nearer


def test_lowering_leverage_beyond_the_margin_is_refused_2028() -> None:
    world = World(FREE, equity="10000")
    world.done(market("e", "BUY", "1"))
    assert world.code(leverage(5)) == -2028
    world.act(leverage(11)).unwrap()


def test_the_same_margin_mode_is_refused_4046() -> None:
    assert World().code(margin_mode("cross")) == -4046


def test_margin_mode_is_locked_by_open_orders_4047_and_by_a_position_4048() -> None:
    world = World()
    world.done(limit("e", "BUY", "1", "99000"))
    assert world.code(margin_mode("isolated")) == -4047
    world = World()
    world.done(stop("s", "SELL", "95000", "1"))
    assert world.code(margin_mode("isolated")) == -4047
    world = World()
    world.done(market("e", "BUY", "1"))
    assert world.code(margin_mode("isolated")) == -4048


def test_an_order_may_use_all_that_is_available_and_one_that_adds_no_risk_needs_nothing_2019() -> None:
    world = World(FREE, equity="1000")
    world.done(limit("b", "BUY", "0.2", "100000"))  # 20 000 / 20
    assert world.look().available == 0
    world.done(limit("s", "SELL", "0.19", "101000"))  # covered by the larger side
    assert world.code(limit("s2", "SELL", "0.1", "101000")) == -2019


def test_equity_is_wallet_and_unrealised_at_mark() -> None:
    world = isolated_world()
    world.done(market("e", "BUY", "1"))
    world.quote("101000", "101000.2", mark="101500")
    look = world.look()
    assert (look.equity, look.wallet, look.available) == (D(101500), D(100000), D(90000))


def test_cross_counts_unrealised_into_what_is_available() -> None:
    world = World(FREE)
    world.done(market("e", "SELL", "1"))  # at 99999.9
    world.quote("100999", "101001", mark="101000")
    look = world.look()
    assert (look.equity, look.available) == (D("98999.9"), D("93949.9"))  # less 101 000 / 20


def test_an_isolated_long_is_liquidated_at_its_price() -> None:
    world = isolated_world()
    world.done(market("e", "BUY", "1"))  # at 100 000 with 10 000 of margin
    world.done(limit("tp", "SELL", "1", "120000"))
    world.done(stop("orphan", "SELL", "80000", "1"))
    liquidation = world.look().position.liquidation_price
    assert liquidation == D("90361.44578314")  # 90 000 / 0.996
    world.quote("90400", "90400.2", mark="90361.5")
    assert world.qty == 1
    world.quote("90400", "90400.2", mark="90361.4")
    fill = world.fills[-1]
    assert (world.qty, fill.liquidation, fill.price) == (D(0), True, D(90400))
    assert fill.client_order_id == f"autoclose-{world.at_ms}"
    assert world.status(fill.client_order_id) == "FILLED"
    assert (world.status("tp"), world.status("orphan", "algo")) == ("EXPIRED", "NEW")


def test_an_isolated_loss_never_exceeds_the_margin() -> None:
    world = isolated_world()
    world.done(market("e", "BUY", "1"))
    world.quote("80000", "80000.1")  # far below bankruptcy: the insurance fund bears it
    assert (world.qty, world.fills[-1].price, world.wallet) == (D(0), D(90000), D(90000))


def test_an_isolated_short_is_liquidated_when_mark_rises() -> None:
    world = isolated_world()
    world.quote("100000.0", "100000.1")
    world.done(market("e", "SELL", "1"))
    assert world.look().position.liquidation_price == D("109561.75298804")  # 110 000 / 1.004
    world.quote("109600", "109600.1")
    assert (world.qty, world.fills[-1].price, world.fills[-1].liquidation) == (D(0), D("109600.1"), True)


def test_a_cross_position_is_liquidated_when_the_wallet_no_longer_covers_it() -> None:
    world = World(FREE, equity="10000")
    world.quote("99999.9", "100000.0")
    world.done(market("e", "BUY", "1"))
    assert world.look().position.liquidation_price == D("90361.44578314")
    world.quote("90000", "90000.1")
    assert (world.qty, world.wallet) == (D(0), D(0))


def test_a_well_covered_position_has_no_liquidation_price() -> None:
    world = World(FREE)
    world.done(market("e", "BUY", "0.5"))
    assert world.look().position.liquidation_price is None


def test_a_stop_inside_the_liquidation_price_comes_first_and_one_beyond_it_never() -> None:
    for trigger, by_stop in (("91000", True), ("90000", False)):
        world = isolated_world()
        world.done(market("e", "BUY", "1"))
        world.done(stop("sl", "SELL", trigger))
        world.quote("89990", "89990.1")
        assert (world.fills[-1].client_order_id == "sl", world.fills[-1].liquidation) == (by_stop, not by_stop)
        assert world.qty == 0


def test_funding_moves_the_isolated_margin_and_with_it_the_liquidation_price() -> None:
    world = World(replace(FREE, funding_rate=D("0.01")))
    world.act(margin_mode("isolated")).unwrap()
    world.done(market("e", "BUY", "1"))
    before = world.look().position.liquidation_price
    world.exchange.tick_time(world.at_ms + 6 * HOUR_MS)
    after = world.look().position.liquidation_price
    assert before is not None
    assert after is not None
    assert world.exchange.account.funding == D(-1000)
    assert after > before
