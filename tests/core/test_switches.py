"""The dead-man switch, safe mode, and the telling of refusals."""

from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import Alert, ArmDeadMan, EnterSafeMode
from capi.core.errors import MEANINGS, reaction_to
from tests.core.planning import alerted, of, placed, planned, planned_held
from tests.worlds import FLAT, ID, LONG, NOW, config, intent, market, order

D = Decimal
ENTRY = f"capi_entry_{ID}"
IGNORE = config("risk", foreign_orders="ignore")


def armed(*orders: Any, left_ms: int | None = None, **changes: Any) -> list[int]:
    """Return for how many seconds the dead-man switch is to be armed; `left_ms`: what is left of it."""
    base: dict[str, Any] = {"base": LONG, "intents": (intent(),)} | changes
    until = None if left_ms is None else NOW + left_ms
    return [action.seconds for action in of(ArmDeadMan, planned(*orders, dead_man_until_ms=until, **base))]


@pytest.mark.parametrize(
    ("left_ms", "expected"), [(None, [60]), (60_000, []), (30_001, []), (30_000, [60]), (0, [60]), (-9, [60])]
)
def test_armed_while_an_entry_rests_and_renewed_at_half(left_ms: int | None, expected: list[int]) -> None:
    assert armed(order(ENTRY), left_ms=left_ms) == expected


@pytest.mark.parametrize(("left_ms", "expected"), [(None, [60]), (30_000, []), (1, []), (0, [60])])
def test_a_blind_engine_arms_it_and_does_not_renew_it(left_ms: int | None, expected: list[int]) -> None:
    assert armed(order(ENTRY), left_ms=left_ms, complete=False) == expected


def test_an_entry_of_unknown_fate_lets_the_countdown_run_out() -> None:
    """Neither renewed nor switched off: it takes down what nobody sees. Beside a position it would take targets."""
    lost = order(ENTRY, status="UNKNOWN")
    assert armed(lost, left_ms=20_000, paused=True) == []
    assert armed(order(ENTRY, status="CANCELED"), left_ms=20_000, paused=True) == [0]
    assert armed(lost, left_ms=20_000, position=D("0.011")) == [0]


def test_a_view_that_may_hide_the_entry_does_not_switch_it_off() -> None:
    for order_ in ([], [order(ENTRY, status="UNKNOWN")], [order(ENTRY, status="CANCELED")]):
        assert armed(*order_, left_ms=40_000, complete=False, paused=True) == []
    visible = Position(qty=D("0.004"), entry_price=D(90800), since_ms=NOW - 100)
    assert armed(order(ENTRY), left_ms=40_000, complete=False, position=visible) == [0]


def test_an_entry_of_unknown_fate_does_not_rest() -> None:
    assert armed(order(ENTRY, status="UNKNOWN")) == []


@pytest.mark.parametrize(("left_ms", "expected"), [(None, []), (40_000, [0]), (0, [])])
def test_switched_off_when_nothing_rests(left_ms: int | None, expected: list[int]) -> None:
    assert armed(left_ms=left_ms, base=FLAT, intents=()) == expected


def test_left_on_while_the_next_entry_is_a_look_away() -> None:
    gone = order(ENTRY, status="CANCELED")
    assert armed(gone, left_ms=40_000) == []
    assert armed(gone, left_ms=40_000, paused=True) == [0]
    done = order(ENTRY, status="CANCELED", filled_qty=D("0.011"), updated_at_ms=NOW - 5_000)
    assert armed(done, left_ms=40_000) == [0]


def test_switched_off_at_the_first_fill_visible_or_not() -> None:
    part = order(ENTRY, status="PARTIALLY_FILLED", filled_qty=D("0.004"), updated_at_ms=NOW - 100)
    assert armed(part, left_ms=40_000) == [0]
    visible = Position(qty=D("0.004"), entry_price=D(90800), since_ms=NOW - 100)
    assert armed(part, left_ms=40_000, position=visible) == [0]


def test_not_used_beside_foreign_plain_orders() -> None:
    theirs = order("web_1", side="BUY", price=D(90000))
    assert armed(order(ENTRY), theirs, by=IGNORE) == []
    assert armed(order(ENTRY), theirs, by=IGNORE, left_ms=40_000) == [0]
    algo = order("web_2", kind="algo", type="TAKE_PROFIT_MARKET", trigger_price=D(95000))
    ended = order("web_3", side="BUY", status="CANCELED")
    assert armed(order(ENTRY), algo, ended, by=IGNORE) == [60]


def test_its_length_is_configured_and_zero_is_off() -> None:
    assert armed(order(ENTRY), by=config("entry", dead_man_seconds=120)) == [120]
    assert armed(order(ENTRY), by=config("entry", dead_man_seconds=0)) == []


def test_what_is_being_cancelled_needs_none() -> None:
    assert armed(order(ENTRY), paused=True) == []


FATAL = sorted(code for code in MEANINGS if reaction_to(code) == "safe_mode")


@pytest.mark.parametrize("code", FATAL)
@pytest.mark.parametrize("role", ["entry", "sl", "tp1", "exit"])
def test_a_fatal_answer_enters_safe_mode(code: int, role: str) -> None:
    actions = planned(order(f"capi_{role}_{ID}", status="REJECTED", code=code, updated_at_ms=NOW - 59_999))
    assert len(of(EnterSafeMode, actions)) == 1
    assert "safe_mode" in alerted(actions)


@pytest.mark.parametrize(
    ("changes", "safe_mode"),
    [
        ({"updated_at_ms": NOW - 60_000}, None),  # after a resume an old answer does not count again
        ({"updated_at_ms": None, "created_at_ms": NOW - 60_000}, None),
        ({"status": "CANCELED"}, None),
        ({"code": -2019}, None),
        ({}, "on already"),
    ],
)
def test_what_does_not_enter_it(changes: dict[str, Any], safe_mode: str | None) -> None:
    answer = order(ENTRY, **({"status": "REJECTED", "code": -2015, "updated_at_ms": NOW - 1} | changes))
    assert of(EnterSafeMode, planned(answer, safe_mode=safe_mode)) == []


def test_a_fatal_answer_of_unknown_age_counts() -> None:
    answer = order(ENTRY, status="REJECTED", code=-2015, updated_at_ms=None, created_at_ms=None)
    assert len(of(EnterSafeMode, planned(answer))) == 1


def test_a_position_without_any_price_enters_it() -> None:
    blind = market(bid=None, ask=None, mark=None, last=None)
    assert len(of(EnterSafeMode, planned(position=Position(qty=D(1)), market=blind))) == 1


def test_in_safe_mode_guarding_goes_on() -> None:
    assert placed(planned_held(without=("sl",), safe_mode="naked"), "sl")


@pytest.mark.parametrize(
    ("role", "code", "level"),
    [
        ("entry", -1008, "WARNING"),
        ("entry", -2019, "WARNING"),
        ("entry", -4014, "WARNING"),
        ("entry", -4003, "ERROR"),
        ("entry", None, "WARNING"),
        ("tp1", -4003, "ERROR"),
        ("sl", -4003, "WARNING"),  # protection is never given up
        ("exit", -4131, "WARNING"),
        ("sl", -4130, None),
        ("sl", -4509, None),
        ("exit", -2022, None),
        ("entry", -1006, None),
        ("entry", -2015, None),  # that is safe mode's to tell
    ],
)
def test_refusals_are_told(role: str, code: int | None, level: str | None) -> None:
    no = order(f"capi_{role}_{ID}_9", status="REJECTED", code=code, updated_at_ms=NOW - 59_999)
    told = [alert for alert in of(Alert, planned_held(no)) if alert.code == "order_refused"]
    assert [alert.level for alert in told] == ([level] if level else [])
    assert all(no.client_order_id in alert.reason for alert in told)


def test_one_refusal_stands_for_all_of_its_role_and_code() -> None:
    def no(role: str, generation: int, code: int, at_ms: int | None) -> Any:
        times = {"updated_at_ms": at_ms, "created_at_ms": at_ms}
        return order(f"capi_{role}_{ID}_{generation}", status="REJECTED", code=code, **times)

    seen = [no("sl", n, -1003, NOW - 20_000 + n) for n in (9, 10, 11)] + [no("sl", 12, -4045, NOW - 1)]
    seen += [no("entry", 8, -1003, NOW - 1), no("entry", 7, -1003, None)]
    told = [alert.reason.split()[0] for alert in of(Alert, planned_held(*seen)) if alert.code == "order_refused"]
    assert sorted(told) == [f"capi_entry_{ID}_7", f"capi_sl_{ID}_11", f"capi_sl_{ID}_12"]


def test_refusals_are_told_for_a_minute_as_well_as_their_age_is_known() -> None:
    def told(**changes: Any) -> bool:
        return "order_refused" in alerted(planned(order(ENTRY, status="REJECTED", code=-1008, **changes)))

    assert told(updated_at_ms=NOW - 59_999)
    assert not told(updated_at_ms=NOW - 60_000)
    assert told(updated_at_ms=None, created_at_ms=NOW - 1)
    assert told(updated_at_ms=None, created_at_ms=None)
