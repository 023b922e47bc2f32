"""What is told beyond the rules' alerts: each piece of news once, also across a restart."""

from typing import Any

import pytest

from capi.engine.announce import Announcer
from capi.engine.ledger import Ledger

NOW = 1_764_324_300_000
SILENCE_MS = 600_000
OPENED: dict[str, Any] = {
    "event": "trade_opened", "at_ms": NOW, "decision_id": "d1", "side": "long", "qty": "0.011", "entry_price": "90800",
    "sl": "89800", "tp1": "92200", "tp2": None, "volatility": None, "rule": "open_trade", "reason": "x",
}  # fmt: skip
CLOSED: dict[str, Any] = {
    "event": "trade_closed", "at_ms": NOW, "decision_id": "d1", "side": "long", "qty": "0.011", "exit_price": "92200",
    "exit_reason": "tp1", "gross_pnl": "15.4", "fees": "0.4", "funding": "-0.1", "net_pnl": "14.9", "r": "1.35",
    "duration_seconds": "61.5", "closed_at_ms": NOW,
}  # fmt: skip


def updated(qty: str = "0.005", **changes: Any) -> dict[str, Any]:
    """The open trade's record is now this."""
    base = {"event": "trade_updated", "at_ms": NOW, "decision_id": "d1", "qty": qty, "entered": "0.011",
            "entry_price": "90800", "sl": "90850", "tp1_filled": True}  # fmt: skip
    return base | changes


class Teller:
    """Hears events and keeps what was told."""

    def __init__(self, *folded: dict[str, Any]) -> None:
        self.ledger = Ledger()
        for event in folded:
            self.ledger.apply(event)
        self.announcer = Announcer(self.ledger, SILENCE_MS)
        self.announcer.began(NOW)
        self.told: list[tuple[str, str, str]] = []

    def hear(self, *events: dict[str, Any], at_ms: int = NOW) -> list[tuple[str, str, str]]:
        """Let events be heard in one pass, and return what it told."""
        before = len(self.told)
        for event in events:
            self.ledger.apply(event)
            self.announcer.hear(event)
        self.announcer.passed(at_ms, lambda level, code, reason: self.told.append((level, code, reason)))
        return self.told[before:]


def test_a_trade_is_told_from_its_opening_to_its_pnl() -> None:
    teller = Teller()
    assert teller.hear(OPENED) == [
        ("INFO", "position_opened", "long 0.011 at 90800 for decision d1, stop 89800, targets 92200")
    ]
    assert teller.hear(updated()) == [("INFO", "tp1_filled", "TP1 of decision d1 has filled; 0.005 stays, stop 90850")]
    assert teller.hear(updated("0.004")) == []
    assert teller.hear(CLOSED) == [
        (
            "INFO",
            "position_closed",
            "long 0.011 of decision d1 closed by tp1 at 92200: net 14.9 USDT (1.35 R), gross 15.4, fees 0.4, "
            "funding -0.1, after 61.5 s",
        )
    ]


def test_an_update_without_tp1_is_no_news() -> None:
    assert Teller(OPENED).hear(updated(tp1_filled=False)) == []


def test_after_a_restart_tp1_is_not_told_again() -> None:
    assert Teller(OPENED, updated()).hear(updated("0.004")) == []


@pytest.mark.parametrize("reason", ["manual", "liquidation"])
def test_an_end_that_was_not_ours_is_a_warning_and_what_is_unknown_says_so(reason: str) -> None:
    unknown = {"exit_reason": reason, "exit_price": None, "gross_pnl": None, "fees": None, "net_pnl": None, "r": None}
    ((level, code, text),) = Teller(OPENED).hear(CLOSED | unknown)
    assert (level, code) == ("WARNING", "position_closed")
    assert "at unknown: net unknown USDT, gross unknown" in text


def decision(timestamp_ms: int, at_ms: int | None = None) -> dict[str, Any]:
    """A usable decision."""
    at = timestamp_ms if at_ms is None else at_ms
    return {"event": "decision", "at_ms": at, "usable": True, "decision_id": f"d{timestamp_ms}", "zone_middle": None,
            "timestamp_ms": timestamp_ms}  # fmt: skip


def test_silence_is_told_once_and_that_it_has_ended_once() -> None:
    teller = Teller()
    assert teller.hear(at_ms=NOW + SILENCE_MS) == []
    assert teller.hear(at_ms=NOW + SILENCE_MS + 1) == [("WARNING", "decision_silence", "no new decision for 600 s")]
    assert teller.hear(at_ms=NOW + 2 * SILENCE_MS) == []
    later = NOW + 2 * SILENCE_MS
    ((level, code, _),) = teller.hear(decision(later), at_ms=later)
    assert (level, code) == ("INFO", "decision_returned")
    assert teller.hear(at_ms=later + 1) == []
    assert [one[1] for one in teller.hear(at_ms=later + SILENCE_MS + 1)] == ["decision_silence"]


def test_an_unusable_decision_breaks_no_silence_and_is_named() -> None:
    teller = Teller()
    torn = {"event": "decision", "at_ms": NOW, "usable": False, "decision_id": None, "reason": "an empty file"}
    teller.hear(torn)
    ((_, _, text),) = teller.hear(at_ms=NOW + SILENCE_MS + 1)
    assert text.endswith("; the file holds none that can be used: an empty file")


def test_an_old_decision_and_one_from_the_future_are_worth_no_more_than_their_time() -> None:
    teller = Teller()
    assert teller.hear(decision(NOW - 10 * SILENCE_MS, at_ms=NOW)) == []  # the run has just begun
    teller.hear(decision(NOW + 10 * SILENCE_MS, at_ms=NOW))
    assert [one[1] for one in teller.hear(at_ms=NOW + SILENCE_MS + 1)] == ["decision_silence"]


def test_pause_and_resume_are_told() -> None:
    teller = Teller()
    paused = {"event": "paused", "at_ms": NOW, "reason": "lunch"}
    assert teller.hear(paused) == [("INFO", "engine_paused", "lunch")]
    assert teller.hear(paused | {"event": "resumed"}) == [("INFO", "engine_resumed", "lunch")]
