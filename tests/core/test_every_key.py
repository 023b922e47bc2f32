"""Every key of the configuration that planning reads is wired: flip it, and the same world gets another plan."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pytest

from capi.core.account import Account, Position
from capi.core.actions import Action
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.orders import Order, Orders
from capi.core.plan import plan
from tests.worlds import (
    CONFIG,
    FLAT,
    ID,
    LONG,
    MARKET,
    NOW,
    SHORT,
    account,
    decision,
    held,
    intent,
    market,
    order,
    trade,
)

D = Decimal
ENTRY, SL = f"capi_entry_{ID}", f"capi_sl_{ID}"
WEAK = decision(confidence=D("0.5"))
LATER = decision(decision_id="later", sl=D(90300))


class World(NamedTuple):
    """What is planned on."""

    decision: Decision | Unusable
    account: Account
    orders: Orders


class Case(NamedTuple):
    """A key, a world in which it decides, and two values of it."""

    key: str
    world: World
    one: Any
    other: Any


def flat(base: Decision | Unusable = LONG, *orders: Order, **changes: Any) -> World:
    """The example world without a position."""
    return World(base, account(**changes), orders)


def resting(base: Decision, *, age_ms: int, price: str = "90800.0", **changes: Any) -> World:
    """Our entry rests for some time at the example's price, and the market stands at `price`."""
    known = {"intents": (intent(),), "dead_man_until_ms": NOW + 50_000, "market": market(price=price)}
    return World(base, account(**(known | changes)), (order(ENTRY, created_at_ms=NOW - age_ms),))


def gone(age_ms: int, **changes: Any) -> World:
    """Our entry was cancelled; it is time for the next one."""
    ended = order(ENTRY, status="CANCELED", created_at_ms=NOW - age_ms)
    return World(LONG, account(**({"intents": (intent(),)} | changes)), (ended,))


def guarded(base: Decision | Unusable = FLAT, *orders: Order, **changes: Any) -> World:
    """The example's long with its stop and its targets."""
    return World(base, *held(*orders, **changes))


def lost_stop(status: str, sent_ago_ms: int, naked_ms: int) -> World:
    """The long has been naked for some time; the last attempt at its stop did not come to rest."""
    at = {"created_at_ms": NOW - sent_ago_ms, "updated_at_ms": NOW - sent_ago_ms}
    attempt = order(SL, status=status, code=-4045 if status == "REJECTED" else None, **at)
    return guarded(FLAT, attempt, naked_since_ms=NOW - naked_ms)


def without_targets(world: World) -> World:
    """The same world without TP1 and TP2."""
    return world._replace(orders=tuple(one for one in world.orders if "_tp" not in one.client_order_id))


TP1_DONE: Final = order(f"capi_tp1_{ID}", status="FILLED", filled_qty=D("0.005"))
ORPHAN: Final = {"position": Position(qty=D("0.05"), entry_price=D(90700), since_ms=NOW - 5_000)}
THIN: Final = replace(MARKET, bid=D(90790), ask_qty=D("0.0012"))
FOREIGN: Final = order("web_1", side="BUY", price=D(90000))
NO_TARGETS: Final = decision(tp1=None, tp2=None)
CALM: Final[dict[str, Any]] = {"trade": trade(volatility=D("0.002")), "market": market(volatility=D("0.001"))}
NEAR: Final = Position(qty=D("0.011"), entry_price=D(90800), liquidation_price=D(89600), since_ms=NOW - 60_000)

CASES: Final = (
    Case("id_prefix", flat(), "capi", "other"),
    Case("recv_window_ms", lost_stop("UNKNOWN", 2_500, 6_000), 2_000, 3_000),
    Case("decision_age_seconds_max", flat(), D(600), D(59)),
    Case("entry.distance_max", flat(market=market(price="91200")), D("0.005"), D("0.003")),
    Case("entry.spread_max", flat(market=replace(MARKET, bid=D(90780))), D("0.0005"), D("0.0002")),
    Case("entry.volatility_max", flat(), D("0.01"), D("0.0009")),
    Case("entry.market_confidence", resting(LONG, age_ms=60_000), D("0.75"), D("0.77")),
    Case("entry.market_type", gone(60_000), "market", "ioc"),
    Case("entry.slippage_max", resting(LONG, age_ms=60_000, market=THIN), D("0.001"), D("0.0005")),
    Case("entry.restricted_sessions", flat(decision(session="ASIA")), (), ("ASIA",)),
    Case("entry.risk_checks", flat(decision(risk_checks=(("no_major_news", False),))), (), ("no_major_news",)),
    Case("entry.dead_man_seconds", resting(LONG, age_ms=5_000, dead_man_until_ms=None), 60, 0),
    Case("chase.threshold", resting(WEAK, age_ms=15_000, price="90830.1"), D("0.0015"), D("0.0003")),
    Case("chase.after_seconds", resting(WEAK, age_ms=15_000, price="90850.2"), D(15), D(16)),
    Case("chase.attempts_max", resting(WEAK, age_ms=15_000, price="90850.2"), 3, 0),
    Case("protection.trigger_by", flat(market=replace(MARKET, last=D(89000))), "mark", "last"),
    Case("protection.naked_seconds_max", lost_stop("REJECTED", 1_000, 5_000), D(5), D(6)),
    Case("protection.emergency_stop", flat(FLAT, **ORPHAN), D("0.01"), D("0.02")),
    Case("protection.breakeven_after_tp1", guarded(FLAT, TP1_DONE, market=market(price="92210")), True, False),
    Case("protection.tighten_on_volatility", guarded(**CALM), False, True),
    Case("protection.tighten_min", guarded(decision(sl=D(89850))), D("0.0005"), D("0.001")),
    Case("protection.follow_decision", guarded(LATER), "own", "same_side"),
    Case("protection.follow_decision", guarded(decision(sl=D(90300))), "own", "never"),
    Case("protection.liquidation_buffer", guarded(position=NEAR), D("0.005"), D("0.004")),
    Case("protection.on_flat", guarded(FLAT), "hold", "close"),
    Case("protection.on_opposite", guarded(decision(SHORT, decision_id="later")), "hold", "close"),
    Case("targets.tp1_fraction", without_targets(guarded()), D("0.5"), D("0.3")),
    Case("targets.tp1_r", flat(NO_TARGETS), D("1.5"), D(1)),
    Case("targets.tp2_r", flat(NO_TARGETS), D(3), D(4)),
    Case("risk.margin_mode", flat(), "isolated", "cross"),
    Case("risk.leverage_max", flat(), 5, 2),
    Case("risk.risk_per_trade_max", flat(), D("0.02"), D("0.001")),
    Case("risk.daily_drawdown_max", flat(equity=D(9850)), D("0.02"), D("0.01")),
    Case("risk.weekly_drawdown_max", flat(equity=D(9850)), D("0.05"), D("0.01")),
    Case("risk.trades_per_day_max", flat(day_trades=2), 3, 2),
    Case("risk.equity_min_usdt", flat(), D(50), D(10001)),
    Case("risk.notional_max_usdt", flat(), D(0), D(998)),
    Case("risk.foreign_orders", flat(FLAT, FOREIGN), "cancel", "alert"),
    Case("risk.foreign_orders", flat(FLAT, FOREIGN), "alert", "ignore"),
)

READ_AT_THE_EDGE: Final = {"symbol"}
"""A decision for another symbol is refused where it is read, before planning (decision.json's adapter)."""


def keys_of(config: object, prefix: str = "") -> set[str]:
    """Return every key of a configuration: `risk.margin_mode`."""
    found = set[str]()
    for field in fields(config):  # type: ignore[arg-type]
        value = getattr(config, field.name)
        found |= keys_of(value, f"{field.name}.") if is_dataclass(value) else {prefix + field.name}
    return found


def flipped(key: str, value: object) -> Config:
    """Return the default configuration with one key's value."""
    section, _, name = key.rpartition(".")
    if not section:
        return replace(CONFIG, **{name: value})  # type: ignore[arg-type]
    return replace(CONFIG, **{section: replace(getattr(CONFIG, section), **{name: value})})


def essence(actions: list[Action]) -> list[Any]:
    """Return what would be done, without the words."""
    without_reason: Callable[[Action], Action] = lambda action: replace(action, reason="")  # noqa: E731
    return [without_reason(action) for action in actions]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.key}={case.other}" for case in CASES])
def test_another_value_makes_another_plan(case: Case) -> None:
    one, other = (essence(plan(*case.world, flipped(case.key, value))) for value in (case.one, case.other))
    assert one != other


def test_every_key_is_flipped() -> None:
    assert {case.key for case in CASES} | READ_AT_THE_EDGE == keys_of(CONFIG)
