"""A trade's figures against examples computed by hand, and what stays unknown."""

from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import ExitReason
from capi.core.errors import Rejected
from capi.engine import events
from capi.engine.answers import no, yes
from capi.engine.ledger import Ledger
from capi.engine.summary import TradeSummary, summarise, trade_closed
from capi.ports.decisions import Received
from capi.ports.exchange import Ack, Fill
from tests.engine.stage import D, fill, funding, look, observed
from tests.engine.test_ledger import adopt, open_trade
from tests.engine.test_orders_known import place
from tests.worlds import ID, LONG, NOW, SHORT, order

ENTRY, TP1, STOP = f"capi_entry_{ID}", f"capi_tp1_{ID}", f"capi_sl_{ID}"


def settled(ledger: Ledger, reason: ExitReason = "sl", at_ms: int = NOW + 9000) -> TradeSummary:
    """Return the open trade's summary and settle it."""
    record = ledger.trades.open
    assert record is not None
    summary = summarise(ledger, record, reason, at_ms)
    ledger.apply(trade_closed(at_ms, summary))
    assert ledger.trades.open is None
    return summary


def traded(decision: Any, trade: Any, before: list[Fill], after: list[Fill], paid: str | None = None) -> Ledger:
    """A ledger with a trade: fills before it was recorded, fills and funding after."""
    ledger = Ledger()
    ledger.apply(events.decision(NOW, Received(decision=decision)))
    observed(ledger, look(fills=tuple(before)))
    ledger.apply(events.trade_opened(NOW + 1000, trade))
    payments = () if paid is None else (funding(1, paid, NOW + 4000),)
    observed(ledger, look(now_ms=NOW + 8000, fills=tuple(after), fundings=payments))
    return ledger


def test_a_long_that_takes_half_at_tp1_and_is_stopped_at_break_even() -> None:
    ledger = traded(
        LONG,
        open_trade(qty=D("0.010"), sl=D(89800)),
        [fill(1, ENTRY, "BUY", 90790, "0.004"), fill(2, ENTRY, "BUY", 90810, "0.006")],
        [fill(3000, TP1, "SELL", 92300, "0.005"), fill(6000, STOP, "SELL", 90890, "0.005", maker=False)],
        "-0.0908",
    )
    assert settled(ledger) == TradeSummary(
        decision_id=ID,
        side="long",
        qty=D("0.01"),
        opened_at_ms=NOW + 1,
        closed_at_ms=NOW + 6000,
        entry_price=D(90802),  # (363.16 + 544.86) / 0.010
        exit_price=D(91595),  # (461.5 + 454.45) / 0.010
        exit_reason="sl",
        gross_pnl=D("7.93"),  # 915.95 − 908.02
        fees=D("0.501129"),  # 0.072632 + 0.108972 + 0.0923 + 0.227225
        funding=D("-0.0908"),
        net_pnl=D("7.338071"),
        r=D("0.7323"),  # over (90802 − 89800) × 0.010 = 10.02
        naked_seconds=D(0),
        duration_seconds=D("5.999"),
        chases=0,
        market_entry=False,
        slippage_bps=D("0.22"),  # 2 above the middle of 90700 to 90900
        adopted=False,
    )


def test_a_short_is_its_mirror() -> None:
    ledger = traded(
        SHORT,
        open_trade(side="short", qty=D("0.010"), sl=D(91800)),
        [fill(1, ENTRY, "SELL", 90810, "0.004"), fill(2, ENTRY, "SELL", 90790, "0.006")],
        [fill(3000, TP1, "BUY", 89300, "0.005"), fill(6000, STOP, "BUY", 90710, "0.005", maker=False)],
        "0.0908",
    )
    summary = settled(ledger)
    assert (summary.entry_price, summary.exit_price) == (D(90798), D(90005))
    assert (summary.gross_pnl, summary.fees) == (D("7.93"), D("0.497671"))
    assert (summary.funding, summary.net_pnl, summary.r) == (D("0.0908"), D("7.523129"), D("0.7508"))
    assert summary.slippage_bps == D("0.22")  # sold 2 below the middle: worse


def test_figures_are_rounded_half_even_and_never_minus_zero() -> None:
    ledger = traded(
        LONG,
        open_trade(qty=D("0.003"), sl=D(89800)),
        [fill(1, ENTRY, "BUY", 90800, "0.001"), fill(2, ENTRY, "BUY", "90799.9", "0.002")],
        [fill(3, STOP, "SELL", 90000, "0.003", maker=False)],
    )
    summary = settled(ledger)
    assert summary.entry_price == D("90799.93333333")
    assert str(summary.slippage_bps) == "-0.01"
    ledger = traded(SHORT, open_trade(side="short"), [fill(1, ENTRY, "SELL", 90800, "0.011")], [])
    assert str(settled(ledger).slippage_bps) == "0"


def test_a_liquidation_and_somebody_elses_orders_are_the_trades_too() -> None:
    ledger = traded(
        LONG,
        open_trade(),
        [fill(1, ENTRY, "BUY", 90800, "0.011")],
        [
            fill(2, "web_1", "SELL", 90900, "0.004", maker=False),
            fill(3, "autoclose-1", "SELL", 85000, "0.007", maker=False, liquidation=True),
        ],
    )
    summary = settled(ledger, "liquidation")
    assert summary.gross_pnl == D("-40.2")  # 0.4 − 40.6
    assert summary.exit_reason == "liquidation"


def test_a_fill_of_the_trade_before_is_not_this_ones() -> None:
    ledger = traded(
        LONG,
        open_trade(),
        [fill(1, "capi_exit_before", "SELL", 80000, "0.5"), fill(2, ENTRY, "BUY", 90800, "0.011")],
        [fill(9, "capi_exit_before", "SELL", 80000, "0.5", at_ms=NOW), fill(10, STOP, "SELL", 90000, "0.011")],
    )
    assert settled(ledger).gross_pnl == D("-8.8")


def test_funding_paid_before_the_trade_was_recorded_counts_when_it_came_after_the_first_fill() -> None:
    ledger = Ledger()
    paid = (funding(1, "-5", NOW), funding(2, "-0.1", NOW + 2))
    observed(ledger, look(fills=(fill(1, ENTRY, "BUY", 90800, "0.011"),), fundings=paid))
    ledger.apply(events.trade_opened(NOW + 1000, open_trade()))
    observed(ledger, look(now_ms=NOW + 2000, fundings=(funding(3, "-9", NOW),)))
    assert settled(ledger).funding == D("-0.1")


def test_what_the_fills_do_not_explain_is_unknown() -> None:
    ledger = traded(
        LONG, open_trade(), [fill(1, ENTRY, "BUY", 90800, "0.011")], [fill(2, STOP, "SELL", 90000, "0.010")]
    )
    summary = settled(ledger)
    assert (summary.gross_pnl, summary.fees, summary.net_pnl, summary.r) == (None, None, None, None)
    assert (summary.entry_price, summary.exit_price, summary.qty) == (D(90800), D(90000), D("0.011"))


def test_a_trade_without_any_fill_seen_has_the_exchanges_entry_and_no_result() -> None:
    summary = settled(traded(LONG, open_trade(), [], []))
    assert (summary.entry_price, summary.exit_price, summary.net_pnl) == (D(90800), None, None)
    assert (summary.opened_at_ms, summary.closed_at_ms) == (NOW + 1000, NOW + 9000)


def test_an_adopted_position_is_explained_by_the_newest_fills_that_make_it() -> None:
    ledger = Ledger()
    made = (
        fill(1, "web_1", "BUY", 80000, "0.500"),
        fill(2, "web_1", "SELL", 80000, "0.500"),
        fill(3, "web_2", "BUY", 90700, "0.015"),
        fill(4, "web_3", "SELL", 90800, "0.004"),
    )
    observed(ledger, look(fills=made, position=Position(qty=D("0.011"))))
    ledger.apply(events.trade_adopted(NOW + 1000, adopt()))
    observed(ledger, look(now_ms=NOW + 8000, fills=(fill(5, "web_4", "SELL", 90900, "0.011"),)))
    summary = settled(ledger, "manual")
    assert (summary.qty, summary.gross_pnl, summary.adopted) == (D("0.015"), D("2.6"), True)  # 0.4 + 2.2
    assert summary.slippage_bps is None


def test_an_adopted_position_whose_fills_are_not_known_has_unknown_fees() -> None:
    ledger = Ledger()
    ledger.apply(events.trade_adopted(NOW, adopt()))
    observed(ledger, look(now_ms=NOW + 8000, fills=(fill(5, "web_4", "SELL", 90900, "0.011"),)))
    summary = settled(ledger, "manual")
    assert (summary.entry_price, summary.gross_pnl, summary.fees, summary.net_pnl) == (D(90800), D("1.1"), None, None)


def test_an_adopted_position_without_a_known_entry_price_has_no_gross_result() -> None:
    ledger = Ledger()
    ledger.apply(events.trade_adopted(NOW, adopt(entry_price=None)))
    observed(ledger, look(now_ms=NOW + 8000, fills=(fill(5, "web_4", "SELL", 90900, "0.011"),)))
    summary = settled(ledger, "manual")
    assert (summary.entry_price, summary.gross_pnl) == (None, None)


def test_a_stop_at_the_entry_risks_nothing_and_has_no_r() -> None:
    ledger = traded(LONG, open_trade(sl=D(90800)), [fill(1, ENTRY, "BUY", 90800, "0.011")], [
        fill(2, STOP, "SELL", 90800, "0.011"),
    ])  # fmt: skip
    summary = settled(ledger)
    assert summary.gross_pnl == 0
    assert summary.r is None


@pytest.mark.parametrize(
    ("entries", "chases", "market_entry"),
    [
        (["LIMIT"], 0, False),
        (["LIMIT", "LIMIT", "LIMIT"], 2, False),
        (["LIMIT", "LIMIT", "MARKET"], 1, True),
        (["MARKET"], 0, True),
        (["LIMIT", "IOC"], 0, True),
        (["LIMIT", "refused", "LIMIT"], 1, False),
    ],
)
def test_chases_are_the_resting_entries_after_the_first(entries: list[str], chases: int, market_entry: bool) -> None:
    ledger = Ledger()
    for n, how in enumerate(entries, start=1):
        client_order_id = ENTRY if n == 1 else f"{ENTRY}_{n}"
        request = place(
            client_order_id,
            type="MARKET" if how == "MARKET" else "LIMIT",
            time_in_force="IOC" if how == "IOC" else None,
        )
        ledger.apply(events.intent(NOW, request))
        gone = Ack(at_ms=NOW, kind="order", order=order(client_order_id, status="CANCELED"))
        answer = no(Rejected(-2019, "margin"), NOW) if how == "refused" else yes(gone)
        ledger.apply(answer.event(request))
    ledger.apply(events.trade_opened(NOW, open_trade()))
    summary = settled(ledger)
    assert (summary.chases, summary.market_entry) == (chases, market_entry)


def test_a_trade_still_naked_when_it_ends_counts_until_then() -> None:
    ledger = traded(LONG, open_trade(), [fill(1, ENTRY, "BUY", 90800, "0.011")], [])
    ledger.apply(events.naked(NOW + 5000))
    assert settled(ledger, "exit", NOW + 9000).naked_seconds == 4


def test_a_fee_that_is_not_known_leaves_fees_and_net_unknown_and_never_too_good() -> None:
    ledger = traded(
        LONG,
        open_trade(qty=D("0.010"), sl=D(89800)),
        [fill(1, ENTRY, "BUY", 90800, "0.010")],
        [fill(6000, STOP, "SELL", 90900, "0.010", fee_usdt=None)],
    )
    summary = settled(ledger)
    assert (summary.gross_pnl, summary.fees, summary.net_pnl, summary.r) == (D(1), None, None, None)
