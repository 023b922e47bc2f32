"""logs/engine.log and the table `logs` give an event the same level."""

from pathlib import Path
from typing import Any

from capi.adapters import log_levels
from capi.adapters.duckdb import log_lines
from capi.adapters.duckdb.rebuild import rebuild
from capi.adapters.log_levels import QUIET, level_of
from tests.engine.stage import Stage
from tests.engine.test_restart import PATH, live
from tests.store.journals import NOW, ask, write

COUNTS = dict.fromkeys(("orphan_positions", "phantom_positions", "missing_sl", "orphan_orders", "orders_sent"), 0)
ODD: list[dict[str, Any]] = [
    {"event": "decision", "usable": False, "decision_id": None, "reason": "torn"},
    {"event": "decision", "usable": True, "decision_id": "d", "reason": "", "action": "flat"},
    {"event": "sent", "action": "arm_dead_man", "seconds": 60},
    {"event": "sent", "action": "place_order"},
    *(
        {"event": "answered", "action": action, "outcome": outcome, "code": None, "message": ""}
        for action in ("place_order", "arm_dead_man")
        for outcome in ("ack", "rejected", "not_authorised", "unknown", "throttled", "unavailable", "clock_skewed")
    ),
    {"event": "dead_man", "seconds": 0},
    {"event": "trade_adopted"},
    {"event": "naked"},
    {"event": "guarded", "guard": "guarded"},
    {"event": "safe_mode", "rule": "r", "reason": "x"},
    {"event": "paused", "reason": "x"},
    {"event": "flatten", "reason": "x"},
    {"event": "pass_failed", "error": "x", "where": [], "in_a_row": 1},
    {"event": "resumed", "reason": "x"},
    *({"event": "alert", "level": level, "code": "c", "rule": "r", "reason": "x"} for level in ("INFO", "CRITICAL")),
    *(
        {"event": "notification", "code": "c", "alert_at_ms": NOW, "status": status, "attempts": 1, "error": ""}
        for status in ("sent", "failed")
    ),
    {"event": "reconciliation", "occasion": "start", "warnings": [], **COUNTS},
    {"event": "reconciliation", "occasion": "start", "warnings": ["x"], **COUNTS},
    {"event": "reconciliation", "occasion": "start", "warnings": [], **COUNTS, "orphan_orders": 1},
    {"event": "reconciliation", "occasion": "start", "warnings": [], **COUNTS, "phantom_positions": 1},
    {"event": "of_a_later_version"},
]


def test_the_same_events_have_a_level_of_their_own() -> None:
    assert set(log_levels._BY_EVENT) == set(log_lines._LEVELS) - {"pass"}
    assert set(log_levels.QUIET) == {*log_lines.QUIET, "pass"}


def check(folder: Path, kept: list[Any]) -> None:
    """Check the levels of every event of a journal."""
    rebuild(folder)
    logged = dict(ask(folder, "SELECT seq, level FROM logs WHERE event <> 'pass'"))
    assert {event["seq"]: level_of(event) for event in kept if event["event"] not in QUIET} == logged


def test_of_every_event_of_a_trade(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    live(stage, PATH)
    check(tmp_path, stage.kept())


def test_of_what_a_trade_need_not_have(tmp_path: Path) -> None:
    events = [event | {"at_ms": NOW} for event in ODD]
    write(tmp_path, events)
    check(tmp_path, [event | {"seq": number} for number, event in enumerate(events, start=2)])
