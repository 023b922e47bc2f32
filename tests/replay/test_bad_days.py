"""Trades on bad days of the exchange: refused, lost and late. The invariants hold at every pass of all of them."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from capi.adapters.paper.faults import LOST_ANSWER, NEVER_SENT, Fault
from capi.core.actions import PlaceOrder, Role
from capi.core.errors import OutcomeUnknown, Rejected, Throttled
from capi.ports.exchange import Request
from tests.replay.story import T0, D, Faulty, Market, Step, decision, tell
from tests.replay.told import Told

NOT_EXECUTED: Final = Fault(OutcomeUnknown("The request was lost on its way."))
FOREVER: Final = 1 << 30
CLOSE: Final = {"on_flat": "close"}


def refused(code: int) -> Fault:
    return Fault(Rejected(code, "Refused."))


def failing(role: Role, fault: Fault, times: int) -> Callable[[], Faulty]:
    """Let the first `times` orders of a role fail."""

    def faults() -> Faulty:
        left = [times]

        def rule(request: Request) -> Fault | None:
            if not isinstance(request, PlaceOrder) or request.role != role or left[0] == 0:
                return None
            left[0] -= 1
            return fault

        return Faulty(rule)

    return faults


def entered(seconds: int = 30) -> tuple[Market, list[Step]]:
    """Return a market in which the entry fills after some seconds."""
    market = Market()
    return market, [*market.stay(5), *market.go(90790, seconds)]


def guarded(told: Told) -> bool:
    """Whether the position stands with exactly one stop, a closePosition one."""
    stops = [order for order in told.exchange.open_orders() if order.kind == "algo"]
    return told.exchange.account.qty == D("0.011") and [stop.close_position for stop in stops] == [True]


@pytest.mark.parametrize(
    "fault",
    [refused(-2010), refused(-1116), refused(-4509), NEVER_SENT, NOT_EXECUTED, Fault(Throttled(T0 + 60_000, "Slow."))],
    ids=["refused", "malformed", "no_position", "unavailable", "lost", "throttled"],
)
def test_a_position_that_cannot_be_stopped_is_left_within_the_limit_and_entries_end(
    tmp_path: Path, fault: Fault
) -> None:
    market, steps = entered()
    told = tell(
        tmp_path, [*steps, *market.stay(30)], decisions=[decision(), decision(30)], faults=failing("sl", fault, FOREVER)
    )
    [opened] = told.fills("entry")
    [closed] = told.fills("exit")
    assert closed["filled_at_ms"] - opened["filled_at_ms"] <= 5_000 + 1_000  # naked_seconds_max, and a pass
    assert told.trades[0]["exit_reason"] == "exit"
    assert Decimal(told.trades[0]["naked_seconds"]) <= 6
    assert {"CRITICAL naked_position", "CRITICAL safe_mode"} <= set(told.alerts)
    assert len(told.named("safe_mode")) == 1
    assert len(told.sent("entry")) == 1
    assert told.open_ids == set()


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_a_stop_that_is_refused_at_first_is_placed_by_the_next_pass_at_the_latest(tmp_path: Path, times: int) -> None:
    _, steps = entered()
    told = tell(tmp_path, steps, faults=failing("sl", refused(-2010), times))
    assert guarded(told)
    assert len(told.sent("sl")) == times + 1
    assert told.sent("sl")[-1]["at_ms"] - told.fills("entry")[0]["at_ms"] <= 1_000
    assert told.named("safe_mode") == []


@pytest.mark.parametrize("times", [1, 3])
def test_a_stop_whose_answer_is_lost_is_not_doubled(tmp_path: Path, times: int) -> None:
    _, steps = entered()
    told = tell(tmp_path, steps, faults=failing("sl", LOST_ANSWER, times))
    assert guarded(told)
    assert told.alerts == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_stop_that_was_lost_before_it_was_executed_is_sent_again_at_once(tmp_path: Path, times: int) -> None:
    _, steps = entered()
    told = tell(tmp_path, steps, faults=failing("sl", NOT_EXECUTED, times))
    assert guarded(told)
    assert {stop["at_ms"] for stop in told.sent("sl")} == {told.fills("entry")[0]["at_ms"]}


def test_where_the_exchange_sees_no_position_the_stop_goes_by_quantity_and_then_as_a_backstop(tmp_path: Path) -> None:
    _, steps = entered()
    told = tell(tmp_path, steps, faults=failing("sl", refused(-4509), 1))
    first, by_quantity, backstop = told.sent("sl")
    assert (first["close_position"], by_quantity["close_position"], backstop["close_position"]) == (True, False, True)
    assert (by_quantity["quantity"], by_quantity["trigger_price"]) == ("0.011", first["trigger_price"])
    assert by_quantity["at_ms"] == first["at_ms"]
    assert told.plot.index("place sl_3") < told.plot.index("cancel sl_2")
    assert guarded(told)


def test_an_entry_whose_answer_is_lost_is_not_sent_again(tmp_path: Path) -> None:
    _, steps = entered()
    told = tell(tmp_path, steps, faults=failing("entry", LOST_ANSWER, 1))
    assert len(told.sent("entry")) == 1
    assert guarded(told)


def test_an_entry_that_was_lost_on_its_way_is_sent_again_when_its_absence_is_proven(tmp_path: Path) -> None:
    _, steps = entered()
    told = tell(tmp_path, steps, faults=failing("entry", NOT_EXECUTED, 1))
    first, second = told.sent("entry")
    assert second["at_ms"] - first["at_ms"] > 2_000  # recv_window_ms: the exchange would refuse it from then on
    assert [fill["client_order_id"] for fill in told.fills("entry")] == [second["client_order_id"]]
    assert guarded(told)


@pytest.mark.parametrize("fault", [LOST_ANSWER, NOT_EXECUTED, refused(-2010), refused(-4131)], ids=repr)
@pytest.mark.parametrize("times", [1, 3])
def test_an_exit_is_repeated_until_flat_and_never_turns_the_position(tmp_path: Path, fault: Fault, times: int) -> None:
    _, steps = entered(60)
    told = tell(
        tmp_path,
        steps,
        decisions=[decision(), decision(40, "flat")],
        faults=failing("exit", fault, times),
        protection=CLOSE,
    )
    assert [trade["exit_reason"] for trade in told.trades] == ["exit"]
    assert [fill["qty"] for fill in told.fills("exit")] == ["0.011"]
    sent = [order["at_ms"] for order in told.sent("exit")]
    assert all(later - earlier >= 1_000 for earlier, later in pairwise(sent))
    assert told.exchange.account.qty == 0
    assert told.open_ids == set()


@pytest.mark.parametrize("lag", [1, 2, 3, 5])
def test_a_position_that_is_shown_late_is_entered_once_and_left_once(tmp_path: Path, lag: int) -> None:
    market, steps = entered()
    told = tell(tmp_path, [*steps, *market.go(92202, 10), *market.go(93502, 12)], faults=lambda: Faulty(lag=lag))
    assert len(told.sent("entry")) == 1
    assert [(trade["exit_reason"], trade["qty"]) for trade in told.trades] == [("tp2", "0.011")]
    assert told.sent("sl")[0]["at_ms"] == told.fills("entry")[0]["at_ms"]  # the fill alone is reason enough
    assert told.exchange.account.qty == 0
    assert told.open_ids == set()


@pytest.mark.parametrize("lag", [1, 3])
def test_a_stop_out_that_is_shown_late_closes_one_trade(tmp_path: Path, lag: int) -> None:
    market, steps = entered()
    told = tell(tmp_path, [*steps, *market.go(89795, 10)], faults=lambda: Faulty(lag=lag))
    assert [trade["exit_reason"] for trade in told.trades] == ["sl"]
    assert told.exchange.account.qty == 0
    assert told.open_ids == set()


def test_a_refused_entry_is_given_up_in_the_end(tmp_path: Path) -> None:
    market = Market()
    told = tell(tmp_path, market.stay(50), faults=failing("entry", refused(-2010), FOREVER))
    assert 1 <= len(told.sent("entry")) <= 3
    assert told.open_ids == set()
