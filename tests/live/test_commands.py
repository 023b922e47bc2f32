"""`capi pause`, `resume` and `flatten`: with an engine that runs, without one, and with one that does not answer."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import Result

from capi.adapters.inbox import FolderInbox, Post
from capi.adapters.instance_lock import instance_lock
from capi.cli.live import command_post
from capi.core.actions import EnterSafeMode
from capi.engine import events
from capi.engine.inbox import InboxOperator
from capi.engine.loop import Loop
from capi.ports.inbox import AnswerState, Command
from tests.binance.live import Time
from tests.live.stage import Acting, MovedPace, Setting, acting, position, prepared, resting
from tests.serve.served import served

D = Decimal


class WhileCalled(MovedPace):
    """Runs for as long as somebody calls."""

    def __init__(self, time: Time, caller: threading.Thread) -> None:
        super().__init__(time)
        self._caller: Final = caller

    @property
    def stopping(self) -> bool:
        """Return whether the caller has what it wanted."""
        return not self._caller.is_alive()


def commanded(run: Acting, *arguments: str) -> Result:
    """Call `capi` beside a running engine, which has its passes meanwhile."""
    came: list[Result] = []
    caller = threading.Thread(target=lambda: came.append(run.setting.capi(*arguments)))
    operator = InboxOperator(run.engine, FolderInbox(run.setting.room))
    pace = WhileCalled(run.time, caller)
    with instance_lock(run.setting.room):
        caller.start()
        Loop(run.engine, pace, 0.4, lambda report, seconds: run.reports.append(report), operator=operator).run()
        caller.join(30)
    [result] = came
    return result


def in_safe_mode(run: Acting) -> None:
    """Have an engine that knows the account in safe mode."""
    run.looks()
    why = EnterSafeMode(rule="test", reason="the test wants it")
    run.engine._recorder.record(events.safe_mode(run.exchange.clock.now_ms(), why))


def last(run: Acting | Setting, name: str) -> dict[str, Any]:
    told = run.named(name) if isinstance(run, Acting) else run.events(name)
    return dict(told[-1])


# with an engine


def test_pause_and_resume_reach_the_engine(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.entry()
        result = commanded(run, "pause", "--reason", ' lunch\tand "more"\n\u2026 ')
        assert result.exit_code == 0, result.stderr
        assert result.stdout == "pause: no entries until capi resume; guarding goes on\n"
        assert run.resting == {}  # the own entry is taken down
        event = last(run, "paused")
        assert event["reason"] == 'lunch and "more" …'
        assert "process" in event["by"]
        assert event["command"] in run.engine.ledger.commands
        result = commanded(run, "resume", "--json")
        assert json.loads(result.stdout)["state"] == "done"
        assert not run.engine.ledger.paused


def test_flatten_is_confirmed_when_flat_is(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.trade()
        result = commanded(run, "flatten", "--yes", "--reason", "holiday")
        assert result.exit_code == 0, result.stderr
        assert "flat is confirmed" in result.stdout
        assert run.qty == 0
        assert run.resting == {}
        assert last(run, "trade_closed")["exit_reason"] == "flatten"


def test_resume_ends_safe_mode_after_a_clean_reconciliation(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        in_safe_mode(run)
        result = commanded(run, "resume")
        assert "a clean reconciliation: safe mode is over" in result.stdout
        assert run.engine.ledger.safe_mode is None


def test_resume_says_why_safe_mode_stays(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        in_safe_mode(run)
        venue.fault("GET /fapi/v1/openOrders", "unavailable_503", times=10_000)
        result = commanded(run, "resume")
        assert result.exit_code == 4
        assert "safe mode stays: the account could not be read as a whole" in result.stderr
        assert run.engine.ledger.safe_mode is not None


def test_resume_waits_for_a_flatten(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.trade()
        venue.fault("POST /fapi/v1/order", "unavailable_503", times=10_000)
        run.engine.flatten("holiday")
        result = commanded(run, "resume")
        assert result.exit_code == 4
        assert "a flatten is under way" in result.stderr


def test_an_engine_that_does_not_answer_is_named_and_the_command_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_post, "ANSWER_SECONDS_MAX", 0.1)
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        user.room.mkdir(parents=True)
        with instance_lock(user.room):
            result = user.capi("flatten", "--yes", "--json")
        assert result.exit_code == 1
        told = json.loads(result.stdout)
        assert told["state"] == "unanswered"
        assert "taken back, nothing was done" in told["message"]
        assert FolderInbox(user.room).take() == []


def test_a_status_that_is_old_is_no_word_of_what_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk an engine trades on and its status stays behind: "flat" may be long over."""
    monkeypatch.setattr(command_post, "ANSWER_SECONDS_MAX", 0.1)
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        assert user.capi("run", "--once").exit_code == 0
        path = user.room / "status.json"
        status = json.loads(path.read_text())
        for age, told in ((0, "there is no position to close"), (30, "what is open is not known here")):
            written_at = datetime.now(UTC) - timedelta(seconds=age)
            path.write_text(json.dumps({**status, "written_at": written_at.isoformat()}))
            with instance_lock(user.room):
                assert told in user.capi("flatten", "--yes").stderr


def test_a_command_that_cannot_be_written_says_what_else_can_be_done(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        user.room.mkdir(parents=True)
        (user.room / "inbox").write_text("in the way")
        with instance_lock(user.room):
            result = user.capi("flatten", "--yes")
        assert result.exit_code == 1
        assert "the command cannot be written" in result.stderr
        assert "or end the engine, and capi flatten does it itself" in result.stderr


@contextmanager
def held_by_another(user: Setting, answer: AnswerState | None) -> Iterator[None]:
    """Have the lock held by what takes a command, or none, answers it so far, and ends then as a crash would."""
    user.room.mkdir(parents=True, exist_ok=True)
    began = threading.Event()

    def hold() -> None:
        with instance_lock(user.room):
            began.set()
            inbox, taken = FolderInbox(user.room), 0
            while not (user.room / "inbox").is_dir() or not any((user.room / "inbox").glob("*.json")):
                time.sleep(0.01)
            for command in inbox.take() if answer is not None else ():
                assert isinstance(command, Command)
                assert command.given.command is not None
                inbox.answer(command.given.command, answer or "done", "under way")
                taken += 1
            assert taken == (answer is not None)

    holder = threading.Thread(target=hold)
    holder.start()
    assert began.wait(30)
    yield
    holder.join(30)


def test_when_whoever_held_the_lock_has_ended_the_command_is_done_here(tmp_path: Path) -> None:
    """`capi reconcile` holds it for a moment and hears no commands; an engine may be about to end."""
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.entry)
        with held_by_another(user, None):
            began = time.monotonic()
            result = user.capi("pause", "--json")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["message"] == "no engine runs; written down: no entries until capi resume"
        assert time.monotonic() - began < command_post.ANSWER_SECONDS_MAX
        assert [event["reason"] for event in user.events("paused")] == ["by the operator"]


def test_a_flatten_whose_engine_dies_is_done_here(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.trade)
        with held_by_another(user, "accepted"):
            result = user.capi("flatten", "--yes")
        assert result.exit_code == 0, result.stderr
        assert "flat is confirmed" in result.stdout
        assert position(venue) == 0
        assert resting(venue) == {}


def test_a_command_is_carried_out_once(tmp_path: Path) -> None:
    """The engine died when it had journalled a command, and its file is still there when it starts again."""
    with served() as venue, acting(venue, tmp_path) as run:
        run.looks()
        inbox = FolderInbox(run.setting.room)
        Post(run.setting.room, "pause", "lunch", "me")
        [command] = inbox.take()  # from here on the file says that it was taken
        assert isinstance(command, Command)
        run.engine.pause(command.reason, command.given)
        run.end()
        run.begin()
        run.engine.resume("back")
        InboxOperator(run.engine, FolderInbox(run.setting.room)).attend()
        assert not run.engine.ledger.paused
        answer = json.loads((run.setting.room / "inbox" / "answers" / f"{command.given.command}.json").read_text())
        assert (answer["state"], answer["message"]) == ("done", "it was carried out before")


# without an engine


def test_without_an_engine_pause_and_resume_are_written_down(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.entry)
        assert "no engine runs; written down" in user.capi("pause", "--reason", "night").stdout
        assert last(user, "paused")["reason"] == "night"
        result = user.capi("run", "--once")
        assert result.exit_code == 0, result.stderr
        assert "paused: no entries until capi resume" in result.stderr
        assert resting(venue) == {}
        assert "the next capi run may enter again" in user.capi("resume").stdout
        assert "were not paused" in user.capi("resume").stdout
        assert len(user.events("resumed")) == 1


def test_a_pause_before_the_first_start_holds(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        user.decide()
        assert user.capi("pause", CAPI_EXCHANGE__API_KEY=None).exit_code == 0  # it needs no key
        result = user.capi("run", "--once")
        assert result.exit_code == 0, result.stderr
        assert "no entry (paused)" in result.stderr


def test_without_an_engine_flatten_is_one(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.trade)
        result = user.capi("flatten", "--yes", "--json", "--reason", "holiday")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["state"] == "done"
        assert position(venue) == 0
        assert resting(venue) == {}
        assert last(user, "trade_closed")["exit_reason"] == "flatten"
        assert "close the position of 0.013 testnet BTCUSDT at market" in result.stderr
        user.decide_now()
        assert user.capi("run", "--cycles", "8").exit_code == 0
        assert user.sent_ids("entry") == ["capi_entry_d1"]  # no entries until capi resume


def test_without_an_engine_flatten_names_what_it_would_cancel_of_others(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user", {"risk": {"foreign_orders": "cancel"}})
        order = {"side": "BUY", "type": "LIMIT", "quantity": "0.010", "price": "70000", "timeInForce": "GTC"}
        told = venue.control("POST", "order", **order)
        result = user.capi("flatten")
        assert result.exit_code == 4
        assert f"cancel the foreign order {told['clientOrderId']}, BUY LIMIT 0.01 at 70000" in result.stderr
        assert list(resting(venue)) == [told["clientOrderId"]]


def test_flatten_asks_and_without_a_terminal_wants_a_yes(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.trade)
        for arguments in (("flatten",), ("flatten", "--json")):
            result = user.capi(*arguments)
            assert result.exit_code == 4
            assert "add --yes if you mean it" in result.stderr
        assert position(venue) == D("0.013")


def test_a_flatten_that_was_begun_goes_on_with_the_next_run(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.trade()
        venue.fault("POST /fapi/v1/order", "unavailable_503", times=3)
        run.engine.flatten("holiday")
        run.passes()
        run.end()
        assert run.qty != 0
        result = run.setting.capi("run", "--cycles", "1", CAPI_EXCHANGE__API_KEY=venue.key)
        assert "a flatten is under way and goes on: holiday" in result.stderr
        run.begin()
        run.until(lambda: run.engine.ledger.flatten is None)
        assert run.qty == 0
        assert run.resting == {}


def test_without_an_engine_safe_mode_is_left_after_a_reconciliation(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, in_safe_mode)
        result = user.capi("resume")
        assert result.exit_code == 0, result.stderr
        assert "safe mode is over" in result.stdout
        assert user.capi("run", "--once").exit_code == 0


def test_mainnet_is_meant(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user", {"exchange": {"environment": "mainnet"}})
        result = user.capi("flatten", "--yes")
        assert result.exit_code == 4
        assert "--live" in result.stderr


@pytest.mark.parametrize("command", ["pause", "resume", "flatten"])
def test_a_reason_has_an_end(tmp_path: Path, command: str) -> None:
    with served() as venue:
        result = Setting(venue, tmp_path / "user").capi(command, "--reason", "x" * 501)
        assert result.exit_code == 2
        assert "--reason has 501 characters" in result.stderr


def test_a_journal_that_is_no_journal_is_said(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        user.room.mkdir(parents=True)
        (user.room / "journal.jsonl").write_text("what is this\n")
        result = user.capi("pause")
        assert result.exit_code == 1
        assert "journal.jsonl" in result.stderr
