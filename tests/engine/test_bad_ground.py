"""A disk that is full and an account that cannot be read: no entry, but every stop."""

from pathlib import Path

from capi.core.actions import PlaceOrder
from capi.core.errors import NotAuthorised, Unavailable
from tests.engine.looking import ENTRY, STOP, open_plain, open_stops, results
from tests.engine.stage import D, Stage


def test_no_entry_goes_out_without_its_intent_on_the_disk(stage: Stage) -> None:
    stage.journal.full_for_durable = True
    report = stage.run()
    assert results(report, "entry") == ["held"]
    assert not [r for r in stage.line.requests if isinstance(r, PlaceOrder)]
    assert stage.ledger.intents == {}
    assert "journal_unwritable" in stage.alerts.codes
    stage.journal.full_for_durable = False
    stage.run()
    assert stage.sent_ids("entry") == [ENTRY]


def test_a_full_disk_holds_no_stop_up_and_nothing_is_lost_when_there_is_room_again(stage: Stage) -> None:
    stage.run()
    before = len(stage.kept())
    stage.journal.full = True
    stage.run(3, price=90799)
    assert len(open_stops(stage)) == 1
    assert len(stage.kept()) == before
    assert stage.alerts.codes.count("journal_unwritable") == 3
    assert not stage.engine._recorder.record_ahead({"event": "pass", "at_ms": 0})
    stage.journal.full = False
    stage.run()
    assert stage.folded() == stage.ledger
    assert [event["seq"] for event in stage.kept()] == list(range(1, len(stage.kept()) + 1))
    assert stage.sent_ids("sl") == [STOP]


def test_without_any_look_there_is_only_a_report(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.line.failure = Unavailable("no route")
    report = stage.run()
    assert report.failure == "the account could not be read (Unavailable: no route)"
    assert (report.account, report.actions, report.state) == (None, (), None)
    assert stage.alerts.codes == ["look_failed"]


def test_an_unreadable_account_is_an_incomplete_view_of_the_last_position(stage: Stage) -> None:
    stage.run()
    stage.run(price=90799)
    stage.line.failure = Unavailable("no route")
    report = stage.run(price=90900)
    assert report.account is not None
    assert not report.account.complete
    assert report.account.position.qty == D("0.011")
    assert report.guard == "guarded"
    assert not report.is_eventful


def test_prices_of_the_last_look_count_for_a_moment_only(stage: Stage) -> None:
    last = stage.run().at_ms
    stage.line.failure = Unavailable("no route")
    at_bound = stage.run(step_ms=5000)
    past_it = stage.run(step_ms=1)
    assert at_bound.account is not None
    assert past_it.account is not None
    assert at_bound.at_ms - last == 5000
    assert at_bound.account.market.bid == D("90849.9")
    assert past_it.account.market.bid is None
    assert past_it.account.market.volatility == at_bound.account.market.volatility


def test_a_resting_entry_outlives_a_look_that_failed(stage: Stage) -> None:
    stage.run()
    stage.line.failure = Unavailable("no route")
    stage.run(3)
    assert [order.client_order_id for order in open_plain(stage)] == [ENTRY]
    assert stage.sent_ids("entry") == [ENTRY]


def test_a_look_refused_for_the_key_is_safe_mode(stage: Stage) -> None:
    stage.line.failure = NotAuthorised(-2015, "no such key")
    assert stage.run().safe_mode == "the look was refused with code -2015: no such key"


def test_a_journal_that_is_moved_away_ends_entries_and_loses_nothing_when_it_is_back(stage: Stage) -> None:
    away = stage.path.with_suffix(".away")
    stage.path.rename(away)
    assert results(stage.run(), "entry") == ["held"]
    stage.run(2)
    [told] = {(level, message) for level, code, message, _ in stage.alerts.told if code == "journal_gone"}
    assert told[0] == "CRITICAL"
    assert str(stage.path) in told[1]
    assert "journal_unwritable" not in stage.alerts.codes
    away.rename(stage.path)
    stage.run(2)
    assert stage.sent_ids("entry") == [ENTRY]
    assert stage.folded() == stage.ledger


def test_a_journal_that_is_deleted_keeps_no_stop_away(stage: Stage) -> None:
    stage.run()
    stage.path.unlink()
    stage.run(3, price=90799)
    assert [order.client_order_id for order in open_stops(stage)] == [STOP]
    assert stage.alerts.codes.count("journal_gone") == 3


def test_another_file_in_its_place_is_not_written_to(stage: Stage) -> None:
    stage.path.unlink()
    stage.path.write_text("somebody else's\n")
    stage.run(2)
    assert stage.path.read_text() == "somebody else's\n"
    assert "journal_gone" in stage.alerts.codes
