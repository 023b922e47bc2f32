"""The view `notifications`: one row for each alert, with the last that became of it."""

from pathlib import Path
from typing import Any

from capi.adapters.duckdb.rebuild import rebuild
from tests.store.journals import NOW, ask, write

FIELDS = "code, level, source, message, delivery_status, attempts, error"


def alert(code: str, at_ms: int = NOW) -> dict[str, Any]:
    """An alert as it is recorded."""
    return {"event": "alert", "at_ms": at_ms, "level": "ERROR", "code": code, "rule": "a_rule", "reason": "why"}


def became(code: str, status: str, alert_at_ms: int = NOW, error: str = "") -> dict[str, Any]:
    """What became of it, a while later."""
    return {"event": "notification", "at_ms": NOW + 90_000, "code": code, "alert_at_ms": alert_at_ms,
            "status": status, "attempts": 2, "error": error}  # fmt: skip


def test_each_alert_is_one_row_with_what_became_of_it(tmp_path: Path) -> None:
    write(tmp_path, [alert("a"), alert("b"), alert("c"), alert("a", NOW + 60_000)])
    rebuild(tmp_path)
    write(tmp_path, [became("b", "failed", error="chat not found"), became("a", "sent"), became("x", "sent")])
    found = ask(tmp_path, f"SELECT {FIELDS} FROM notifications ORDER BY alert_seq")  # noqa: S608 - our own names
    assert found == [
        ("a", "ERROR", "a_rule", "why", "sent", 2, None),
        ("b", "ERROR", "a_rule", "why", "failed", 2, "chat not found"),
        ("c", "ERROR", "a_rule", "why", "recorded", 0, None),
        ("a", "ERROR", "a_rule", "why", "recorded", 0, None),
    ]
    assert ask(tmp_path, "SELECT epoch_ms(alert_at) FROM notifications ORDER BY alert_seq")[-1] == (NOW + 60_000,)
    lines = ask(tmp_path, "SELECT level, message FROM logs WHERE event = 'notification' ORDER BY seq")
    assert lines[:2] == [("WARNING", "telling of b: failed chat not found"), ("DEBUG", "telling of a: sent")]


def test_it_is_the_same_in_the_database_as_in_the_journals_tail(tmp_path: Path) -> None:
    write(tmp_path, [alert("a"), became("a", "folded")])
    rebuild(tmp_path)
    assert ask(tmp_path, f"SELECT {FIELDS} FROM notifications") == [  # noqa: S608
        ("a", "ERROR", "a_rule", "why", "folded", 2, None)
    ]
