"""Worlds on both sides of every gate's bound: OPEN, and SHUT with words that its sentence must have."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from capi.core.account import LastTrade, Position
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.entry_plan import entry_plan
from capi.core.gates import Closed, closed_gates
from capi.core.orders import Order
from capi.core.view import View
from tests.worlds import (
    CONFIG,
    FLAT,
    ID,
    INSTRUMENT,
    LONG,
    MADE,
    MARKET,
    NOW,
    SHORT,
    account,
    config,
    decision,
    intent,
    order,
    trade,
    view,
)

D = Decimal
ENTRY = f"capi_entry_{ID}"
CHECKS = tuple((name, True) for name in CONFIG.entry.risk_checks)


class World(NamedTuple):
    """The example world with what one case changes."""

    base: Decision | Unusable = LONG
    account: Mapping[str, Any] = MappingProxyType({})
    market: Mapping[str, Any] = MappingProxyType({})
    by: Config = CONFIG
    orders: tuple[Order, ...] = ()

    def closed(self) -> list[Closed]:
        """Return the gates that are closed in it."""
        seen = self.view()
        return closed_gates(seen, entry_plan(seen))

    def view(self) -> View:
        """Return its view."""
        changes = {"market": replace(MARKET, **self.market), **self.account}
        return view(self.base, account(**changes), self.orders, self.by)


def last(**changes: Any) -> dict[str, Any]:
    """The last closed trade: of another decision, of the long side, a millisecond before the decision was made."""
    base: dict[str, Any] = {"decision_id": "other", "side": "long", "closed_at_ms": MADE - 1}
    return {"last_trade": LastTrade(**(base | changes))}


def flat_since(ago_ms: int) -> dict[str, Any]:
    """Flat since then."""
    return {"position": Position(qty=D(0), since_ms=NOW - ago_ms)}


def money(equity: str) -> dict[str, Any]:
    """Equity, with the day and the week begun at 10000."""
    return {"equity": D(equity)}


HELD: Final = {"position": "0.011", "trade": trade(), "day_trades": 1}
WIDE: Final = replace(INSTRUMENT, min_notional=D(90))
FIXED: Final = (intent(quantity=D("0.011")),)
FIVE: Final = {"leverage": 5}
TINY: Final = replace(INSTRUMENT, tick_size=D("0.0000001"), step_size=D(1), min_qty=D(1), max_qty=None)
PEPE: Final = decision(
    zone_min=D("0.0045000"), zone_max=D("0.0045200"), sl=D("0.0033"), tp1=D("0.005"), tp2=D("0.006"), leverage=D(5)
)
COARSE: Final = {"instrument": replace(INSTRUMENT, tick_size=D(100))}
BOOK: Final = {"bid": D("90777.3"), "ask": D("90822.7")}  # a spread of exactly 0.05 %


def long(**changes: Any) -> Decision:
    """The example's long with changes."""
    return decision(LONG, **changes)


OPEN: Final[list[tuple[str, World]]] = [
    ("unusable", World()),
    ("unusable", World(long(sl=D(90650)), account=COARSE)),
    ("unusable", World(FLAT, account=COARSE)),
    ("stale", World(long(timestamp_ms=NOW - 600_000))),
    ("stale", World(Unusable(reason="torn"))),
    ("future", World(long(timestamp_ms=NOW + 5_000))),
    ("flat", World()),
    ("spent", World(account=last())),
    ("spent", World(account=last(side="short", closed_at_ms=MADE))),
    ("spent", World(account=last(decision_id=ID), base=FLAT)),
    ("spent", World(orders=(order(ENTRY, status="FILLED", filled_qty=D("0.011")),), account=HELD)),
    ("spent", World(account=HELD | {"trade": trade(tp1_filled=True, decision_id="other")})),
    ("spent", World(orders=(order("capi_sl_other", status="TRIGGERED"),), account=HELD)),
    ("safe_mode", World()),
    ("paused", World()),
    ("account_mode", World()),
    ("position", World(account=HELD)),
    ("leftover_orders", World(orders=(order("capi_sl_other", status="CANCELED"),))),
    ("leftover_orders", World(orders=(order(f"capi_tp1_{ID}"),))),
    ("leftover_orders", World(account=HELD | {"trade": trade(decision_id="x")}, orders=(order("capi_sl_x"),))),
    ("session", World(long(session="ASIA"))),
    ("session", World(long(session="LONDON"), by=config("entry", restricted_sessions=("ASIA",)))),
    ("session", World(Unusable(reason="torn"), by=config("entry", restricted_sessions=("ASIA",)))),
    ("volatility", World(market={"volatility": D("0.01")})),
    ("volatility", World(FLAT, market={"volatility": None})),
    ("volatility", World(long(atr=D("907.9995")))),
    ("risk_check", World(long(risk_checks=CHECKS))),
    ("risk_check", World(long(risk_checks=(("no_major_news", False),)))),
    ("risk_check", World(Unusable(reason="torn"))),
    ("notional_max", World(by=config("risk", notional_max_usdt=D("998.8")))),
    ("notional_max", World(FLAT, by=config("risk", notional_max_usdt=D(1)))),
    ("drawdown_day", World(account=money("9800.01"))),
    ("drawdown_week", World(account=money("9500.01"))),
    ("trades_per_day", World(account={"day_trades": 2})),
    ("trades_per_day", World(account={"day_trades": None}, by=config("risk", trades_per_day_max=0))),
    ("trades_per_day", World(account=HELD | {"day_trades": 3})),
    ("equity", World(account=money("50"))),
    ("margin", World(account={"available": D("333.4328")})),
    ("margin", World(FLAT, account={"available": None})),
    ("margin", World(account={"available": None, "intents": FIXED}, orders=(order(ENTRY),))),
    ("liquidation", World(long(sl=D("73368.3"), leverage=D(5)), account=FIVE)),
    ("liquidation", World(decision(SHORT, sl=D("108053.8"), leverage=D(5)), account=FIVE)),
    ("liquidation", World(long(sl=D(60000)), by=config("risk", margin_mode="cross"), account={"intents": FIXED})),
    ("liquidation", World(FLAT)),
    ("liquidation", World(long(position_size_usdt=D(1), sl=D(1)))),
    ("stop_passed", World(market={"mark": D("89800.1")})),
    ("stop_passed", World(decision(SHORT), market={"mark": D("91799.9")})),
    ("stop_passed", World(FLAT, market={"mark": None})),
    ("below_minimum", World(long(position_size_usdt=D("90.8")))),
    ("below_minimum", World(FLAT)),
    ("view_incomplete", World()),
    ("write_unconfirmed", World(orders=(order(ENTRY),), account={"intents": FIXED})),
    ("write_unconfirmed", World(account=flat_since(2_000))),
    ("write_unconfirmed", World(account=flat_since(1_999) | {"trade": trade()})),
    ("write_unconfirmed", World(account=flat_since(1_999) | {"complete": False})),
    ("spread", World(market=BOOK)),
    ("spread", World(FLAT, market={"bid": None})),
    ("distance", World(market={"bid": D("91356.6"), "ask": D("91356.8")})),
    ("distance", World(decision(SHORT), market={"bid": D("90248.7"), "ask": D("90248.9")})),
    ("distance", World(by=config("entry", distance_max=D(1)), market={"bid": D(900000), "ask": D(900001)})),
    ("distance", World(FLAT, market={"bid": None})),
    ("wrong_side", World(market={"bid": D("90699.9"), "ask": D("90700.1")})),
    ("wrong_side", World(decision(SHORT), market={"bid": D("90899.9"), "ask": D("90900.1")})),
    ("wrong_side", World(market={"bid": None})),
    ("settings_unconfirmed", World()),
    ("settings_unconfirmed", World(long(leverage=D("3.9")))),
    ("settings_unconfirmed", World(long(leverage=D(20)), account=FIVE)),
    ("settings_unconfirmed", World(FLAT, account={"leverage": None})),
]

SHUT: Final[list[tuple[str, World, str]]] = [
    ("unusable", World(Unusable(reason="sl: missing")), "sl: missing"),
    ("unusable", World(long(zone_min=D(90710), zone_max=D(90790), sl=D(90650)), account=COARSE), "entry 90700, tp1"),
    ("unusable", World(decision(SHORT, sl=D(90850)), account=COARSE), "stop 90800, entry 90800, tp1 89400"),
    ("unusable", World(long(tp1=D("90850")), account=COARSE), "tp1 90800"),
    ("stale", World(long(timestamp_ms=NOW - 600_001)), "600001 ms old"),
    ("stale", World(long(timestamp_ms=NOW - 60_001), by=config(decision_age_seconds_max=D(60))), "at most 60 s"),
    ("future", World(long(timestamp_ms=NOW + 5_001)), "5001 ms ahead"),
    ("flat", World(FLAT), "flat"),
    ("spent", World(account=last(closed_at_ms=MADE)), "0 ms after"),
    ("spent", World(account=last(decision_id=ID, side="short")), "closed already"),
    ("spent", World(account=HELD | {"trade": trade(tp1_filled=True)}), "exit"),
    ("spent", World(orders=(order(f"capi_tp1_{ID}", filled_qty=D("0.001")),), account=HELD), "exit"),
    ("spent", World(orders=(order(f"capi_sl_{ID}", status="TRIGGERED"),), account=HELD), "has triggered"),
    (
        "spent",
        World(orders=(order(ENTRY, status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 2_000),)),
        "0.011",
    ),
    ("safe_mode", World(account={"safe_mode": "naked for 5001 ms"}), "5001"),
    ("paused", World(account={"paused": True}), "operator"),
    ("paused", World(account={"ends": True}), "the run ends"),
    ("paused", World(account={"flatten": "holiday", "paused": True}), "the operator wants to be flat: holiday"),
    ("account_mode", World(account={"position_mode": "hedge"}), "hedge"),
    ("account_mode", World(account={"position_mode": None}), "unknown"),
    ("account_mode", World(account={"multi_assets": True}), "on"),
    ("account_mode", World(account={"multi_assets": None}), "unknown"),
    ("position", World(account={"position": "0.5"}), "0.5"),
    ("position", World(decision(SHORT), account=HELD), "long position of 0.011"),
    ("position", World(account={"trade": trade()}), "not settled"),
    ("leftover_orders", World(orders=(order("capi_sl_other"),)), "capi_sl_other"),
    ("leftover_orders", World(orders=(order("capi_tp2_other", status="UNKNOWN"),)), "capi_tp2_other"),
    (
        "leftover_orders",
        World(orders=(order("capi_exit_other"), order("capi_sl_other", kind="plain"))),
        "capi_exit_other, capi_sl",
    ),
    ("leftover_orders", World(account=HELD, orders=(order("capi_tp1_other"),)), "capi_tp1_other"),
    ("session", World(long(session="asia"), by=config("entry", restricted_sessions=("ASIA",))), "asia"),
    ("session", World(by=config("entry", restricted_sessions=("ASIA", "TOKYO"))), "ASIA, TOKYO"),
    ("volatility", World(market={"volatility": D("0.010001")}), "1.0001%"),
    ("volatility", World(market={"volatility": None}), "unknown"),
    ("volatility", World(long(atr=D("908.1"))), "1.0001%"),
    ("volatility", World(long(atr=D(1)), by=config("entry", volatility_max=D(0))), "above 0%"),
    ("risk_check", World(long(risk_checks=(("daily_dd_ok", False), ("session_ok", False)))), "daily_dd_ok, session_ok"),
    ("notional_max", World(by=config("risk", notional_max_usdt=D("998.7"))), "998.8"),
    ("drawdown_day", World(account=money("9800")), "10000"),
    ("drawdown_day", World(account={"day_start_equity": None}), "day's start unknown"),
    ("drawdown_day", World(account={"equity": None}), "equity unknown"),
    ("drawdown_week", World(account=money("9500")), "5%"),
    ("drawdown_week", World(account={"week_start_equity": None}), "week's start unknown"),
    ("trades_per_day", World(account={"day_trades": 3}), "3 trades"),
    ("trades_per_day", World(account={"day_trades": None}), "unknown"),
    ("trades_per_day", World(account=HELD | {"day_trades": 4}), "3 trades"),
    ("equity", World(account=money("49.99")), "49.99"),
    ("equity", World(account={"equity": None}), "unknown"),
    ("margin", World(account={"available": D("333.43")}), "333.43"),
    ("margin", World(account={"available": None}), "unknown"),
    ("liquidation", World(long(sl=D("73368.2"), leverage=D(5)), account=FIVE), "beyond 73368.3,"),
    ("liquidation", World(decision(SHORT, sl=D("108053.9"), leverage=D(5)), account=FIVE), "108053.8"),
    ("liquidation", World(decision(SHORT), by=config("protection", liquidation_buffer=D(1))), "91800"),
    ("liquidation", World(by=config("risk", margin_mode="cross"), account={"equity": None}), "unknown"),
    ("liquidation", World(by=config("risk", margin_mode="cross"), account=money("12") | {"intents": FIXED}), "89800"),
    ("liquidation", World(PEPE, account={"instrument": TINY, **FIVE}), "the stop 0.0033000 lies beyond 0.0036"),
    ("stop_passed", World(market={"mark": D("89800")}), "89800"),
    ("stop_passed", World(decision(SHORT), market={"mark": D("91800")}), "91800"),
    ("stop_passed", World(market={"mark": None}), "mark price is unknown"),
    ("stop_passed", World(market={"last": D(89000)}, by=config("protection", trigger_by="last")), "last price 89000"),
    ("below_minimum", World(long(position_size_usdt=D("90.79"))), "0.000"),
    ("below_minimum", World(account={"instrument": replace(INSTRUMENT, min_qty=D("0.012"))}), "0.012"),
    ("below_minimum", World(account={"instrument": replace(INSTRUMENT, min_qty=D(0), step_size=D(1))}), "0"),
    ("below_minimum", World(account={"instrument": replace(INSTRUMENT, min_notional=D(999))}), "entry's"),
    ("below_minimum", World(long(position_size_usdt=D("90.8")), account={"instrument": WIDE}), "stop's"),
    (
        "below_minimum",  # the entry is exactly the minimum
        World(
            long(position_size_usdt=D("90.8")),
            account={"instrument": replace(INSTRUMENT, min_notional=D("90.8"))},
        ),
        "stop's",
    ),
    ("below_minimum", World(decision(SHORT, position_size_usdt=D("90.8")), account={"instrument": WIDE}), "tp1's"),
    ("below_minimum", World(by=config("risk", risk_per_trade_max=D("0.00009"))), "cut to 0.000"),
    ("view_incomplete", World(account={"complete": False}), "incomplete"),
    ("write_unconfirmed", World(orders=(order(ENTRY, status="UNKNOWN"),)), ENTRY),
    ("write_unconfirmed", World(account={"intents": FIXED}), ENTRY),
    (
        "write_unconfirmed",
        World(orders=(order(ENTRY, status="UNKNOWN"), order(f"{ENTRY}_2", status="UNKNOWN"))),
        f"{ENTRY}, {ENTRY}_2",
    ),
    ("write_unconfirmed", World(account=flat_since(1_999)), "2 s"),
    ("write_unconfirmed", World(orders=(order(ENTRY, filled_qty=D("0.004"), updated_at_ms=NOW),)), "0.004"),
    ("spread", World(market=BOOK | {"ask": D("90822.8")}), "0.05"),
    ("spread", World(market={"bid": D(90800), "ask": D(90800)}), "crossed"),
    ("spread", World(market={"ask": None}), "unknown"),
    ("distance", World(market={"bid": D("91356.7"), "ask": D("91356.9")}), "0.5%"),
    ("distance", World(decision(SHORT), market={"bid": D("90248.6"), "ask": D("90248.8")}), "90700"),
    ("distance", World(market={"bid": None}), "unknown"),
    ("wrong_side", World(market={"bid": D("90699.8"), "ask": D("90700.1")}), "90699.95"),
    ("wrong_side", World(decision(SHORT), market={"bid": D("90900"), "ask": D("90900.1")}), "90900.05"),
    ("settings_unconfirmed", World(account={"leverage": 2}), "leverage is 2, wanted 3"),
    ("settings_unconfirmed", World(account={"leverage": None, "margin_mode": None}), "unknown"),
    ("settings_unconfirmed", World(account={"margin_mode": "cross"}), "margin mode is cross"),
    ("settings_unconfirmed", World(long(leverage=D(20))), "wanted 5"),
]
