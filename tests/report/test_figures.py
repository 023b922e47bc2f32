"""The figures, on trades that can be reckoned by hand."""

from decimal import Decimal
from typing import Any

from capi.cli.reporting.figures import days_of, summary_of
from capi.cli.reporting.records import Records

DAY_MS = 86_400_000


def trade(net: str | None, day: int = 0, **changes: Any) -> dict[str, Any]:
    """A closed trade."""
    money = None if net is None else Decimal(net)
    figures = {"gross_pnl": money, "fees": Decimal(1), "funding": Decimal(0), "net_pnl": money, "r": money}
    rest = {"naked_seconds": Decimal("0.5"), "duration_seconds": Decimal(600), "chases": 1, "slippage_bps": Decimal(2)}
    return {**figures, **rest, "closed_at_ms": day * DAY_MS, "exit_reason": "sl", "status": "closed", **changes}


def records(*closed: dict[str, Any], **changes: Any) -> Records:
    """What was recorded: these trades within an hour and forty minutes."""
    nothing: dict[str, Any] = dict.fromkeys(("equity_first", "equity_last", "drawn_from_ms", "drawdown"))
    empty: dict[str, Any] = {name: [] for name in ("stops", "exits", "curve", "marks", "alerts")}
    return Records(
        **{
            "closed": [*closed],
            "drawn": [],
            "from_ms": 0,
            "to_ms": 6_000_000,
            "moved": Decimal(0),
            **nothing,
            **empty,
            **changes,
        }
    )


def test_of_nothing_nothing_is_claimed() -> None:
    summary = summary_of(records(from_ms=None, to_ms=None))
    assert (summary.trades, summary.net_pnl) == (0, Decimal(0))
    unknown = (summary.win_rate, summary.profit_factor, summary.r_mean, summary.worst_day, summary.drawdown)
    assert {*unknown, summary.position_part, summary.chases_mean, summary.slippage_bps_mean} == {None}


def test_ratios_and_sums() -> None:
    summary = summary_of(records(trade("3"), trade("-1"), trade("-1", chases=4), trade("0", exit_reason="tp2")))
    assert (summary.won, summary.lost, summary.win_rate) == (1, 2, Decimal("0.25"))
    assert (summary.net_pnl, summary.fees, summary.profit_factor) == (Decimal(1), Decimal(4), Decimal("1.5"))
    assert (summary.r_mean, summary.chases_mean) == (Decimal("0.25"), Decimal("1.75"))
    assert (summary.position_seconds, summary.position_part) == (Decimal(2400), Decimal("0.4"))
    assert summary.exit_reasons == {"sl": 3, "tp2": 1}


def test_what_is_unknown_is_in_no_sum() -> None:
    summary = summary_of(records(trade("3"), trade(None, slippage_bps=None, exit_reason=None)))
    assert (summary.trades, summary.unknown, summary.won) == (2, 1, 1)
    assert (summary.win_rate, summary.net_pnl) == (Decimal(1), Decimal(3))
    assert summary.slippage_bps_mean == 2
    assert summary.exit_reasons == {"sl": 1, "unknown": 1}


def test_nothing_lost_has_no_factor_and_no_worst_day() -> None:
    summary = summary_of(records(trade("3"), trade("0", day=1)))
    assert (summary.profit_factor, summary.worst_day) == (None, None)


def test_the_worst_day_is_the_one_that_lost_most() -> None:
    closed = (trade("5"), trade("-2", day=1), trade("-2", day=1), trade("-3", day=2))
    assert summary_of(records(*closed)).worst_day == {"day": "1970-01-02", "trades": 2, "net_pnl": Decimal(-4)}
    assert [day["net_pnl"] for day in days_of([*closed])] == [5, -4, -3]


def test_the_drawdown_is_a_part_of_its_peak() -> None:
    found = {"equity": Decimal(150), "lost": Decimal(50), "at_ms": 0}
    drawdown = summary_of(records(drawdown=found)).drawdown
    assert drawdown == {"usdt": 50, "part": Decimal("0.25"), "at": "1970-01-01T00:00:00Z"}
