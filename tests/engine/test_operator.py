"""What the operator asks of a running engine: carried out once, answered, and the answer says what is not certain."""

from pathlib import Path

import pytest

from capi.core.actions import EnterSafeMode
from capi.core.errors import Unavailable
from capi.engine import events
from capi.engine.inbox import CLEAN_PASSES_MAX, InboxOperator
from capi.ports.inbox import AnswerState, Command, CommandName, Given, Spoiled
from tests.engine.stage import Stage


class Asked:
    """`ports.inbox.Inbox` with what it is given; `answers`: of each command, all of them."""

    def __init__(self) -> None:
        self.waiting: list[Command | Spoiled] = []
        self.answers: dict[str, list[tuple[AnswerState, str]]] = {}

    def ask(self, name: CommandName, number: str = "1") -> None:
        self.waiting.append(Command(name=name, reason="why", given=Given(by="me", command=number), at_ms=0))

    def take(self) -> list[Command | Spoiled]:
        came, self.waiting = self.waiting, []
        return came

    def answer(self, command: str, state: AnswerState, message: str) -> None:
        self.answers.setdefault(command, []).append((state, message))


class Desk:
    """An engine with an operator at its inbox."""

    def __init__(self, path: Path) -> None:
        self.stage = Stage(path)
        self.stage.run(2)
        self.inbox = Asked()
        self.operator = InboxOperator(self.stage.engine, self.inbox)

    def safe_mode(self) -> None:
        why = EnterSafeMode(rule="test", reason="the test wants it")
        self.stage.engine._recorder.record(events.safe_mode(self.stage.exchange.now_ms(), why))

    def ask(self, name: CommandName, number: str = "1", passes: int = 0) -> list[tuple[AnswerState, str]]:
        """Ask, run so many passes, and return what was answered."""
        self.inbox.ask(name, number)
        self.operator.attend()
        for _ in range(passes):
            self.operator.passed(self.stage.run())
        return self.inbox.answers.get(number, [])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_pause_is_answered_at_once_and_carried_out_once(desk: Desk) -> None:
    assert desk.ask("pause") == [("done", "no entries until capi resume; guarding goes on")]
    desk.stage.engine.resume("back")
    assert desk.ask("pause")[-1] == ("done", "it was carried out before")
    assert not desk.stage.ledger.paused


def test_a_resume_without_a_pause_says_so(desk: Desk) -> None:
    assert desk.ask("resume") == [("done", "entries were open already")]
    desk.ask("pause", "2")
    assert desk.ask("resume", "3") == [("done", "entries are open again")]


def test_a_flatten_is_accepted_and_done_when_flat_is_confirmed(desk: Desk) -> None:
    desk.stage.run(3)
    desk.stage.run(2, price=90799)
    [(state, _)] = desk.ask("flatten")
    assert state == "accepted"
    answers = desk.ask("pause", "2", passes=6) and desk.inbox.answers["1"]
    assert [state for state, _ in answers] == ["accepted", "done"]
    assert desk.stage.exchange.account.qty == 0


def test_a_resume_while_a_flatten_is_under_way_is_refused(desk: Desk) -> None:
    desk.stage.engine.flatten("holiday")
    [(state, message)] = desk.ask("resume")
    assert (state, message) == ("refused", "a flatten is under way: give it again when flat is confirmed")


def test_safe_mode_is_left_after_a_clean_look(desk: Desk) -> None:
    desk.safe_mode()
    assert desk.ask("resume") == []  # nothing was looked at yet
    [(state, _)] = desk.ask("pause", "2", passes=3) and desk.inbox.answers["1"]
    assert state == "done"
    assert desk.stage.ledger.safe_mode is None


def test_safe_mode_stays_when_no_look_is_clean_and_it_says_why(desk: Desk) -> None:
    desk.safe_mode()
    desk.stage.line.failure = Unavailable("no route")
    answers = desk.ask("resume", passes=CLEAN_PASSES_MAX)
    [(state, message)] = answers
    assert state == "refused"
    assert "safe mode stays: the account could not be read as a whole (the look failed" in message
    assert desk.stage.ledger.safe_mode is not None


def test_an_answer_says_when_a_restart_would_forget_it(desk: Desk) -> None:
    desk.stage.journal.full = True
    [(state, message)] = desk.ask("pause")
    assert state == "done"
    assert "a restart would forget it: see to its disk" in message
    assert desk.stage.ledger.paused
