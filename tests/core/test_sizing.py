"""How much: the wish, every cut with its sentence, fixed once for a decision; and its division between the targets."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from capi.core.bounds import Bounds
from capi.core.config import Config
from capi.core.entry_levels import EntryLevels
from capi.core.sizing import Size, intended_size
from capi.core.splitting import split_targets
from capi.core.view import View
from tests.worlds import CONFIG, FLAT, ID, INSTRUMENT, LONG, NOW, account, config, decision, intent, order, view

D = Decimal
LEVERAGE_ALONE = config("risk", leverage_max=1, risk_per_trade_max=D(1), daily_drawdown_max=D(1))


def sized(wish: str = "1000", by: Config = CONFIG, **changes: Any) -> Size:
    """Return the size of the example's entry with a wish in USDT, a configuration and changes of the account."""
    seen = view(decision(position_size_usdt=D(wish)), account(**changes), by=by)
    return intended_size(seen, levels_of(seen))


def levels_of(seen: View) -> EntryLevels:
    """Return the levels of a view's decision."""
    assert seen.levels is not None
    return seen.levels


def test_the_wish_is_rounded_down_to_the_step() -> None:
    assert sized("1089.59") == Size(quantity=D("0.011"))  # 0.01199989
    assert sized("1089.6") == Size(quantity=D("0.012"))
    assert sized("90.79").quantity == 0


@pytest.mark.parametrize(
    ("by", "changes", "quantity", "why"),
    [
        (config("risk", risk_per_trade_max=D("0.001")), {}, "0.010", "0.1%"),
        (config("risk", risk_per_trade_max=D("0.0011")), {}, "0.011", None),
        (LEVERAGE_ALONE, {"equity": D(500), "day_start_equity": D(500)}, "0.005", "1 times"),
        (CONFIG, {"equity": D(9808)}, "0.008", "8.00 USDT away"),
        (CONFIG, {"equity": D(9811)}, "0.011", None),
        (CONFIG, {"equity": D(9799)}, "0.000", "-1.00 USDT away"),
    ],
)
def test_each_cut_is_said(by: Config, changes: dict[str, Any], quantity: str, why: str | None) -> None:
    got = sized(by=by, **changes)
    assert got.quantity == D(quantity)
    assert [why in cut for cut in got.cuts] == [True] if why else got.cuts == ()


def test_cuts_follow_each_other() -> None:
    got = sized("100000", equity=D(9900))
    assert got.quantity == D("0.100")
    assert [cut.split(":")[0] for cut in got.cuts] == ["1.101 cut to 0.198", "0.198 cut to 0.100"]


def test_unknown_figures_cut_nothing_their_gates_are_closed() -> None:
    assert sized(equity=None) == Size(quantity=D("0.011"))
    assert sized(equity=D(9808), day_start_equity=None).quantity == D("0.011")


def test_a_stop_at_the_entry_price_bounds_no_size() -> None:
    seen = view(decision(sl=D(90800)), account(equity=D(9808)))
    assert intended_size(seen, levels_of(seen)) == Size(quantity=D("0.011"))


def test_a_stop_at_the_entry_price_bounds_no_size_though_no_loss_is_allowed_any_more() -> None:
    at_entry, none_allowed = decision(sl=D(90800)), config("risk", risk_per_trade_max=D(0))
    seen = view(at_entry, account(equity=D(9799)), by=none_allowed)
    assert intended_size(seen, levels_of(seen)) == Size(quantity=D("0.011"))


def test_a_second_limit_at_the_same_step_is_no_second_cut() -> None:
    got = sized(by=config("risk", risk_per_trade_max=D("0.000856")), equity=D("9808.5"))
    assert got.quantity == D("0.008")
    assert len(got.cuts) == 1


def test_the_exchanges_maximum() -> None:
    small, unbounded = replace(INSTRUMENT, max_qty=D("0.006")), replace(INSTRUMENT, max_qty=None)
    assert sized(instrument=small).quantity == D("0.006")
    assert sized(instrument=unbounded).cuts == ()


def test_a_limit_that_just_holds_the_wish_is_no_cut() -> None:
    exact = sized("999.90", by=config("risk", risk_per_trade_max=D("0.0011")), equity=D(10000))
    assert exact == Size(quantity=D("0.011"))
    assert sized("1089.6", by=LEVERAGE_ALONE, equity=D("1089.6"), day_start_equity=D(1)).cuts == ()


def test_below_one_tick_there_is_no_price_to_enter_at() -> None:
    tiny = decision(zone_min=D("0.01"), zone_max=D("0.02"), sl=D("0.005"), tp1=D("0.3"), tp2=D("0.4"))
    seen = view(tiny)
    assert levels_of(seen).price == 0
    assert intended_size(seen, levels_of(seen)) == Size(quantity=D(0))


def test_a_share_of_nothing_allows_nothing() -> None:
    assert sized(by=config("risk", risk_per_trade_max=D(0))).quantity == 0


def test_a_stop_half_a_dollar_away_bounds_the_size_all_the_same() -> None:
    near = decision(sl=D("90799.5"), position_size_usdt=D(10_000_000))
    by = config("risk", leverage_max=125, risk_per_trade_max=D("0.0001"), daily_drawdown_max=D(1))
    of_day = config("risk", leverage_max=125, risk_per_trade_max=D(1), daily_drawdown_max=D("0.0001"))
    for limit in (by, of_day):
        seen = view(near, account(), by=limit)
        assert intended_size(seen, levels_of(seen)).quantity == D("2.000")


def limits_of_equity(wish: str, by: Config = CONFIG, **changes: Any) -> tuple[Decimal | None, Decimal | None]:
    """Return between which equities the size stays as it is."""
    bounds = Bounds(NOW)
    seen = View(decision(position_size_usdt=D(wish)), account(**changes), (), by, bounds)
    intended_size(seen, levels_of(seen))
    return bounds.low.get("equity"), bounds.high.get("equity")


def test_a_wish_that_fits_is_bounded_by_the_least_equity_that_bears_it() -> None:
    assert limits_of_equity("1000") == (D(9811), None)  # the day's limit, 9800, and 11 USDT of loss at the stop
    far = config("risk", risk_per_trade_max=D(1), daily_drawdown_max=D(1))
    assert limits_of_equity("1000", far) == (D("199.76"), None)  # 998.80 USDT at five times the equity
    assert limits_of_equity("1000", config("risk", daily_drawdown_max=D(1))) == (D(550), None)  # 11 are 2 %


def test_a_size_that_equity_cuts_moves_with_every_cent_of_it() -> None:
    assert limits_of_equity("1000", equity=D(9808)) == (D(9808), D(9808))


def test_an_intent_fixes_the_quantity_for_its_decision() -> None:
    assert sized("5000", equity=D(9801), intents=(intent(quantity=D("0.0119")),)) == Size(
        quantity=D("0.011"), fixed=True
    )
    assert sized("1000", intents=(intent(decision_id="other", quantity=D("0.5")),)).quantity == D("0.011")


def test_an_entry_order_fixes_it_as_well_and_the_largest_counts() -> None:
    orders = (
        order(f"capi_entry_{ID}", status="CANCELED"),
        order(f"capi_entry_{ID}_2", quantity=D("0.007")),
        order("capi_entry_other", quantity=D(1)),
    )
    seen = view(decision(position_size_usdt=D(9000)), orders=orders)
    assert intended_size(seen, levels_of(seen)) == Size(quantity=D("0.011"), fixed=True)


def test_without_a_proposal_there_is_nothing_to_enter() -> None:
    assert intended_size(view(FLAT), levels_of(view(LONG))) == Size(quantity=D(0))


@pytest.mark.parametrize(
    ("entered", "tp1", "tp2", "parts"),
    [
        ("0.011", "92200", "93500", ("0.005", "0.006")),
        ("0.003", "92200", "93500", ("0.001", "0.002")),
        ("0.002", "92200", "93500", ("0.001", "0.001")),
        ("0.001", "92200", "93500", ("0.001", "0")),
        ("0.002", "49999", "49999", ("0.002", "0")),  # half of it is below the minimum notional at TP1
        ("0.002", "50000", "49999", ("0.002", "0")),  # and here at TP2
        ("0.002", "50000", "50000", ("0.001", "0.001")),
    ],
)
def test_division_between_the_targets(entered: str, tp1: str, tp2: str, parts: tuple[str, str]) -> None:
    assert split_targets(view(), D(entered), D(tp1), D(tp2)) == (D(parts[0]), D(parts[1]))


def test_all_at_the_first_target() -> None:
    whole = config("targets", tp1_fraction=D(1))
    assert split_targets(view(by=whole), D("0.011"), D(92200), D(93500)) == (D("0.011"), D(0))
