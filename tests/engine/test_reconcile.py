"""Reconciliation: when it is due, and what its summary says."""

from dataclasses import replace

from capi.core.actions import AdoptPosition, Alert, CancelOrder, CloseTrade, Refuse
from capi.engine.reconcile import Reconciliations
from capi.engine.report import Outcome, PassReport
from tests.worlds import ACCOUNT, LONG, NOW, D

HOUR_MS = 3_600_000

QUIET = PassReport(at_ms=NOW, decision=LONG, state="NO_POSITION", guard="none", account=ACCOUNT, orders=(), outcomes=())


def test_the_start_the_hour_and_the_end_of_a_gap_are_reconciliations() -> None:
    due = Reconciliations(HOUR_MS)
    gap = replace(QUIET, account=replace(ACCOUNT, complete=False))
    seen = [
        due.of(replace(report, at_ms=NOW + after))
        for report, after in (
            (gap, 0),
            (QUIET, 1000),
            (QUIET, HOUR_MS + 999),
            (QUIET, HOUR_MS + 1000),
            (gap, HOUR_MS + 2000),
            (replace(QUIET, account=None, failure="no answer"), HOUR_MS + 3000),
            (QUIET, HOUR_MS + 4000),
            (QUIET, HOUR_MS + 5000),
        )
    ]
    assert [None if event is None else event["occasion"] for event in seen] == [
        None,
        "start",
        None,
        "periodic",
        None,
        None,
        "gap",
        None,
    ]
    assert due.due_ms == NOW + 2 * HOUR_MS + 4000


def test_the_summary_counts_mismatches_actions_and_warnings() -> None:
    actions = (
        AdoptPosition(
            decision_id="x",
            side="long",
            qty=D(1),
            entry_price=None,
            sl=D(1),
            tp1=None,
            tp2=None,
            rule="adopt_position",
            reason="long 1 is explained by nothing",
        ),
        CloseTrade(decision_id="y", side="short", exit_reason="manual", rule="close_trade", reason="turned"),
        CancelOrder(client_order_id="web_1", kind="plain", rule="foreign_orders", reason="foreign"),
        CancelOrder(client_order_id="capi_entry_y", kind="plain", rule="chase_entry", reason="drifted"),
        Alert(level="CRITICAL", code="missing_stop", rule="protect_position", reason="restored"),
        Alert(level="INFO", code="said", rule="x", reason="nothing"),
        Refuse(rule="flat", reason="no entry"),
    )
    report = replace(QUIET, outcomes=tuple(Outcome(action=action, result="recorded") for action in actions))
    event = Reconciliations(HOUR_MS).of(report)
    assert event is not None
    assert {key: event[key] for key in ("orphan_positions", "phantom_positions", "missing_sl", "orphan_orders")} == {
        "orphan_positions": 1,
        "phantom_positions": 1,
        "missing_sl": 1,
        "orphan_orders": 1,
    }
    assert (event["actions"], event["orders_sent"]) == (4, 0)
    assert event["warnings"] == ["[CRITICAL] missing_stop: restored"]
