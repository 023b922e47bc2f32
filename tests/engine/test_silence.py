"""The silence that the exchange asks for (429, 418): nothing is attempted, it is told once, and it ends at its time."""

import pytest

from capi.adapters.paper.faults import Fault
from capi.core.errors import Rejected, Throttled
from tests.engine.looking import STOP, LoseStops, results
from tests.engine.stage import Stage
from tests.worlds import ID

SILENT_MS = 60_000


def ask_for_silence(stage: Stage, length_ms: int = SILENT_MS) -> None:
    """Have the exchange want to hear nothing: looks fail, and the adapter says until when."""
    until = stage.exchange.now_ms() + length_ms
    stage.line.silent_until, stage.line.failure = until, Throttled(until, "banned")


def end_of_silence(stage: Stage) -> None:
    stage.line.failure = None


def naked_and_silenced(stage: Stage) -> None:
    """Fill the entry; the answer to its stop asks for silence."""
    stage.run()
    until = stage.exchange.now_ms() + 1000 + SILENT_MS
    stage.exchange.faults = LoseStops(stage, until_ms=until, answer=Fault(Throttled(until, "banned")))
    stage.run(price=90799)
    ask_for_silence(stage)
    assert stage.sent_ids("sl") == [STOP]


def test_nothing_is_attempted_while_it_lasts(stage: Stage) -> None:
    naked_and_silenced(stage)
    requests, before = len(stage.line.requests), stage.kept()
    reports = [stage.run() for _ in range(30)]
    assert len(stage.line.requests) == requests
    assert [results(report, "sl") for report in reports] == [["held"]] * 30
    since = stage.kept()[len(before) :]
    assert [event for event in since if event["event"] in ("sent", "answered", "intent")] == []
    assert len(since) < 15  # what the passes say is folded


def test_the_first_pass_after_it_tries_at_once_under_the_next_id(stage: Stage) -> None:
    naked_and_silenced(stage)
    while stage.exchange.now_ms() < (stage.line.silent_until or 0) - 1000:
        stage.run()
    assert stage.sent_ids("sl") == [STOP]
    end_of_silence(stage)
    report = stage.run(step_ms=1001)
    assert stage.sent_ids("sl") == [STOP, f"{STOP}_2"]
    assert results(report, "sl") == ["ack"]


@pytest.mark.parametrize(("price", "level"), [(None, "ERROR"), (90799, "CRITICAL")])
def test_it_is_told_once(stage: Stage, price: int | None, level: str) -> None:
    stage.run(2, price=price)
    ask_for_silence(stage)
    stage.run(20)
    told = [(told_level, message) for told_level, code, message, _ in stage.alerts.told if code == "exchange_silence"]
    assert [told_level for told_level, _ in told] == [level]
    assert "nothing is sent for 59 s" in told[0][1]
    assert "look_failed" not in stage.alerts.codes


def test_the_next_one_is_told_again_and_one_that_grew_is_not(stage: Stage) -> None:
    stage.run()
    ask_for_silence(stage, 3000)
    stage.run()
    ask_for_silence(stage, 6000)
    stage.run(7)
    assert stage.alerts.codes.count("exchange_silence") == 1
    ask_for_silence(stage, 3000)
    stage.run()
    assert stage.alerts.codes.count("exchange_silence") == 2


def test_an_overloaded_exchange_asks_for_none(stage: Stage) -> None:
    """-1008 and -1015 are no silence: a stop is tried in each pass."""
    stage.run()
    refused = Fault(Throttled(stage.exchange.now_ms() + SILENT_MS, "overloaded"))
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 3000, answer=refused)
    stage.run(3, price=90799)
    assert stage.sent_ids("sl") == [STOP, f"{STOP}_2", f"{STOP}_3"]
    assert "exchange_silence" not in stage.alerts.codes


def test_after_a_silence_the_stop_is_tried_first_and_the_exit_only_when_that_failed(stage: Stage) -> None:
    """Naked for a minute with a failed attempt: it was made before the silence, and says nothing about now."""
    naked_and_silenced(stage)
    while stage.exchange.now_ms() < (stage.line.silent_until or 0) - 1000:
        stage.run()
    end_of_silence(stage)
    stage.run(2, step_ms=1001)
    assert stage.sent_ids("exit") == []
    assert stage.ledger.safe_mode is None
    assert stage.run().guard == "guarded"


def test_and_when_it_fails_again_the_position_is_left(stage: Stage) -> None:
    naked_and_silenced(stage)
    while stage.exchange.now_ms() < (stage.line.silent_until or 0) - 1000:
        stage.run()
    end_of_silence(stage)
    refused = Fault(Rejected(-4045, "Reach max stop order limit."))
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 60_000, answer=refused)
    stage.run(2, step_ms=1001)
    assert stage.sent_ids("exit") == [f"capi_exit_{ID}"]
    assert stage.exchange.account.qty == 0


def test_after_a_downtime_it_is_the_same(stage: Stage) -> None:
    """A stop was refused, then the process died; a minute later the stop is tried before anything is sold."""
    stage.run()
    refused = Fault(Rejected(-4045, "Reach max stop order limit."))
    stage.exchange.faults = LoseStops(stage, until_ms=stage.exchange.now_ms() + 2000, answer=refused)
    stage.run(price=90799)
    stage.kill()
    stage.exchange.tick_time(stage.exchange.now_ms() + 60_000)
    stage.begin()
    assert stage.ledger.naked_since_ms is not None
    stage.run(3)
    assert stage.sent_ids("exit") == []
    assert stage.run().guard == "guarded"


def test_a_silence_is_in_the_ledger_of_the_next_process(stage: Stage) -> None:
    naked_and_silenced(stage)
    stage.run()
    until_ms = stage.line.silent_until
    assert stage.named("silence")[-1]["until_ms"] == until_ms
    assert stage.folded().acts_since_ms == stage.ledger.acts_since_ms == until_ms
