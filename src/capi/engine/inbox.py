"""Carry out what the operator asks of a running engine, and answer it.

Each command is journalled with who gave it before it is answered, and carried out once: its number is in the ledger, so
one that a crash left in the inbox is not done again.
"""

from typing import Final, assert_never

from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.engine.settled import inconsistent
from capi.ports.inbox import Command, Inbox, Spoiled

CLEAN_PASSES_MAX: Final = 3
CLEAN_MS_MAX: Final = 5000
"""How long a resume waits for a clean reconciliation; a look right after a write of ours is none yet."""
NOT_KEPT: Final = "; but the journal cannot be written, and a restart would forget it: see to its disk"


class InboxOperator:
    """`engine.loop.Operator` over an inbox."""

    def __init__(self, engine: Engine, inbox: Inbox) -> None:
        self._engine: Final = engine
        self._inbox: Final = inbox
        self._resume: Command | None = None  # waits for a clean reconciliation
        self._resume_passes = 0
        self._resume_since_ms = 0
        self._flatten: str | None = None  # the number of the command that waits for flat

    def attend(self) -> bool:
        """Take what has come in; return whether a pass is to follow at once."""
        calls = False
        for come in self._inbox.take():
            if isinstance(come, Spoiled):
                self._engine.tell("WARNING", "inbox_refused", come.reason)
            else:
                calls = self._carry_out(come) or calls
        return calls

    def passed(self, report: PassReport) -> None:
        """See a pass, and answer what it settles."""
        if self._flatten is not None and self._engine.ledger.flatten is None:
            self._done(self._flatten, "flat is confirmed; no entries until capi resume")
            self._flatten = None
        if self._resume is not None:
            self._try_to_resume(self._resume, report)

    def _carry_out(self, command: Command) -> bool:
        number, ledger = command.given.command or "", self._engine.ledger
        if number in ledger.commands:
            self._inbox.answer(number, "done", "it was carried out before")
            return False
        match command.name:
            case "pause":
                self._engine.pause(command.reason, command.given)
                self._done(number, "no entries until capi resume; guarding goes on")
            case "resume":
                self._begin_to_resume(command, number)
            case "flatten":
                self._engine.flatten(command.reason, command.given)
                self._flatten = number
                self._inbox.answer(number, "accepted", "the position is being left, its stop stays until it is flat")
            case _:
                assert_never(command.name)
        return True

    def _done(self, number: str, message: str) -> None:
        self._inbox.answer(number, "done", f"{message}{NOT_KEPT if self._engine.forgets else ''}")

    def _begin_to_resume(self, command: Command, number: str) -> None:
        ledger = self._engine.ledger
        if ledger.flatten is not None:
            why = "a flatten is under way: give it again when flat is confirmed"
            self._inbox.answer(number, "refused", why)
        elif ledger.safe_mode is None:
            was_paused = ledger.paused
            self._engine.resume(command.reason, command.given)
            self._done(number, "entries are open again" if was_paused else "entries were open already")
        else:
            self._resume, self._resume_passes = command, 0

    def _try_to_resume(self, command: Command, report: PassReport) -> None:
        """End safe mode after a clean reconciliation; give up after a few passes, and say why."""
        number = command.given.command or ""
        self._resume_since_ms = report.at_ms if self._resume_passes == 0 else self._resume_since_ms
        self._resume_passes += 1
        why = inconsistent(report, self._engine.ledger)
        if why is None:
            self._engine.resume(command.reason, command.given)
            self._done(number, "a clean reconciliation: safe mode is over, entries are open again")
        elif self._resume_passes >= CLEAN_PASSES_MAX or report.at_ms - self._resume_since_ms >= CLEAN_MS_MAX:
            self._inbox.answer(number, "refused", f"safe mode stays: {why}; see to it, and give it again")
        else:
            return
        self._resume = None
