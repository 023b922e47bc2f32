"""Money brought in or taken out: it moves what day and week began with, once, and nothing else."""

from typing import Any

import pytest

from capi.engine.ledger import Ledger
from capi.engine.periods import DAY_MS, WEEK_MS, day_start, week_start
from capi.ports.exchange import Transfer
from tests.engine.stage import D, look, observed
from tests.worlds import NOW

MONDAY = week_start(NOW) + WEEK_MS


def transfer(amount: str, at_ms: int, name: str = "TRANSFER:1") -> Transfer:
    """Return a transfer."""
    return Transfer(transfer_id=name, amount_usdt=D(amount), at_ms=at_ms)


def begun(**changes: Any) -> Ledger:
    """Return a ledger whose day and week begin with 10000 USDT, now."""
    ledger = Ledger()
    observed(ledger, look(**changes))
    return ledger


def starts(ledger: Ledger) -> tuple[Any, Any]:
    """Return the start equities of day and week."""
    assert ledger.day is not None
    assert ledger.week is not None
    return ledger.day.start_equity, ledger.week.start_equity


@pytest.mark.parametrize("amount", ["-190", "250.5"])
def test_day_and_week_begin_with_as_much_less_or_more(amount: str) -> None:
    ledger = begun()
    told = observed(ledger, look(now_ms=NOW + 2000, transfers=(transfer(amount, NOW + 1000),)))
    assert told == [
        {
            "event": "transfer",
            "at_ms": NOW + 2000,
            "transfer_id": "TRANSFER:1",
            "amount_usdt": D(amount),
            "moved_at_ms": NOW + 1000,
        }
    ]
    assert starts(ledger) == (D(10000) + D(amount), D(10000) + D(amount))


def test_one_that_is_told_again_counts_once() -> None:
    ledger, seen = begun(), transfer("-190", NOW + 1000)
    for second in range(2, 5):
        observed(ledger, look(now_ms=NOW + second * 1000, transfers=(seen,)))
    assert starts(ledger) == (D(9810), D(9810))
    told = observed(ledger, look(now_ms=NOW + 5000, transfers=(seen, transfer("1", NOW + 4000, "TRANSFER:2"))))
    assert [event["transfer_id"] for event in told if event["event"] == "transfer"] == ["TRANSFER:2"]


def test_an_event_that_is_folded_twice_counts_once() -> None:
    ledger = begun()
    (event,) = observed(ledger, look(now_ms=NOW + 2000, transfers=(transfer("-190", NOW + 1000),)))
    ledger.apply(event)
    assert starts(ledger) == (D(9810), D(9810))


def test_what_was_moved_before_the_start_was_looked_at_is_in_it() -> None:
    ledger = Ledger()
    observed(ledger, look(now_ms=NOW, transfers=(transfer("-190", NOW - 1000),)))
    assert starts(ledger) == (D(10000), D(10000))
    observed(ledger, look(now_ms=NOW + 1000, transfers=(transfer("-5", NOW, "TRANSFER:2"),)))
    assert starts(ledger) == (D(10000), D(10000))


def test_one_of_yesterday_counts_for_the_week_alone() -> None:
    ledger, midnight = begun(), day_start(NOW) + DAY_MS
    seen = transfer("-190", midnight - 1000)
    observed(ledger, look(now_ms=midnight + 500, equity=D(9810), transfers=(seen,)))
    assert starts(ledger) == (D(9810), D(9810))
    observed(ledger, look(now_ms=midnight + 3000, transfers=(seen, transfer("10", midnight - 10, "TRANSFER:2"))))
    assert starts(ledger) == (D(9810), D(9820))


def test_a_start_that_is_not_known_yet_is_known_with_it() -> None:
    ledger = begun(equity=None, wallet=None)
    observed(ledger, look(now_ms=NOW + 2000, equity=None, wallet=None, transfers=(transfer("-190", NOW + 1000),)))
    assert starts(ledger) == (None, None)
    observed(ledger, look(now_ms=NOW + 3000, equity=D(9810)))
    assert starts(ledger) == (D(9810), D(9810))


def test_old_ones_are_forgotten_when_a_week_begins_and_those_of_yesterday_are_not() -> None:
    ledger = begun()
    old, young = transfer("-1", NOW + 1000), transfer("-2", MONDAY - 1000, "TRANSFER:2")
    observed(ledger, look(now_ms=MONDAY - 500, transfers=(old, young)))
    observed(ledger, look(now_ms=MONDAY + 500, transfers=(old, young)))
    assert ledger.transfers == {"TRANSFER:2": MONDAY - 1000}
    assert observed(ledger, look(now_ms=MONDAY + 1500, transfers=(old, young))) == []


def test_they_are_asked_for_from_when_they_count() -> None:
    assert Ledger().transfers_count_from(NOW) == NOW
    ledger = begun()
    assert ledger.transfers_count_from(NOW + 5000) == NOW
    observed(ledger, look(now_ms=NOW + DAY_MS))
    assert ledger.transfers_count_from(NOW + DAY_MS) == NOW
    assert ledger.transfers_count_from(MONDAY + 5000) == MONDAY
