"""The inbox as a folder: a command is a file that is renamed into it, an answer one that is renamed into `answers`.

The engine takes a command by renaming it, so whoever gave it can take it back as long as that has not happened, and
knows which it was. What is no command is moved to `refused` and said; it is never carried out, and never in the way.
"""

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from capi.adapters.command_file import (
    ID,
    Answer,
    answer_document,
    command_document,
    put,
    read_answer,
    read_command,
)
from capi.adapters.fields import InputError
from capi.ports.inbox import AnswerState, Command, CommandName, Spoiled

INBOX_NAME: Final = "inbox"
"""In the room."""
AGE_MS_MAX: Final = 60_000
"""What was given longer ago is not carried out: who gave it has stopped waiting, and things have changed."""
TAKEN_MAX: Final = 100
"""Files looked at in one call."""
_ANSWERS: Final = "answers"
_REFUSED: Final = "refused"
_ANSWER_KEPT_SECONDS: Final = 86_400
_NEW: Final = ".json"
_TAKEN: Final = ".taken"


class FolderInbox:
    """`ports.inbox.Inbox` on a folder, for the engine."""

    def __init__(self, room: Path) -> None:
        """Make the folder, and drop answers that nobody fetched. Raises OSError."""
        self._folder: Final = room / INBOX_NAME
        self._open: Final[set[str]] = set()  # taken, and not answered yet
        self._left: Final[set[str]] = set()  # what could not be moved out of the way
        for name in ("", _ANSWERS, _REFUSED):
            (self._folder / name).mkdir(mode=0o755, exist_ok=True)
        for old in (self._folder / _ANSWERS).iterdir():
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > _ANSWER_KEPT_SECONDS:
                    old.unlink()

    def take(self) -> Sequence[Command | Spoiled]:
        """Return what has come in since the last call, oldest first."""
        try:
            names = sorted(os.listdir(self._folder))  # noqa: PTH208 - names alone are wanted
        except OSError:
            return ()  # it was taken away; whoever gives a command makes it again
        return list(self._taken(names))

    def answer(self, command: str, state: AnswerState, message: str) -> None:
        """Answer a command. When that cannot be written, whoever waits says that the engine did not answer."""
        self._open.discard(command)
        with suppress(OSError):
            put(self._folder / _ANSWERS / f"{command}{_NEW}", answer_document(command, state, message))
        with suppress(OSError):
            (self._folder / f"{command}{_TAKEN}").unlink(missing_ok=True)

    def _taken(self, names: list[str]) -> Iterator[Command | Spoiled]:
        looked_at = 0
        for name in names:
            number, ending = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
            if name.startswith(".") or name in (_ANSWERS, _REFUSED) or name in self._left or number in self._open:
                continue
            looked_at += 1
            if looked_at > TAKEN_MAX:
                return
            if ending not in (_NEW, _TAKEN) or not ID.fullmatch(number):
                yield self._moved(name, "is no command")
                continue
            come = self._read(name, number)
            if come is not None:
                yield come

    def _read(self, name: str, number: str) -> Command | Spoiled | None:
        """Take one command; None when it was taken back."""
        taken = self._folder / f"{number}{_TAKEN}"
        try:
            (self._folder / name).rename(taken)
            command = read_command(taken, number)
        except FileNotFoundError:
            return None
        except OSError as error:
            why = f"cannot be taken ({error.strerror or error})"
            return self._moved(taken.name if taken.exists() else name, why, number)
        except InputError as error:
            return self._moved(taken.name, f"is no command ({error})", number)
        age_ms = time.time_ns() // 1_000_000 - command.at_ms
        if abs(age_ms) > AGE_MS_MAX:
            return self._moved(taken.name, f"was given {age_ms // 1000} s ago: give it again", number)
        self._open.add(number)
        return command

    def _moved(self, name: str, why: str, number: str | None = None) -> Spoiled:
        path, aside = self._folder / name, self._folder / _REFUSED / name
        try:
            path.rename(aside)
        except OSError:
            self._left.add(name)
            aside = path
        if number is not None:
            self.answer(number, "refused", f"it {why}")
        return Spoiled(reason=f"{path} {why}; nothing was done, it is at {aside}")


class Post:
    """One command to a running engine, for the one who gives it."""

    def __init__(self, room: Path, name: CommandName, reason: str, by: str) -> None:
        """Put the command into the inbox. Raises OSError."""
        folder = room / INBOX_NAME
        now_ns = time.time_ns()
        number = f"{now_ns:020d}-{secrets.token_hex(4)}"
        self._command: Final = folder / f"{number}{_NEW}"
        self._answer: Final = folder / _ANSWERS / f"{number}{_NEW}"
        folder.mkdir(exist_ok=True)
        put(self._command, command_document(name, number, reason, by, now_ns // 1_000_000))

    def answer(self) -> Answer | None:
        """Return the latest answer; None while there is none. Raises OSError and InputError."""
        try:
            return read_answer(self._answer)
        except FileNotFoundError:
            return None

    def take_back(self) -> bool:
        """Take the command back; False when the engine has taken it."""
        try:
            self._command.unlink()
        except OSError:
            return False
        return True

    def clear(self) -> None:
        """Drop the answer: it was read."""
        with suppress(OSError):
            self._answer.unlink()
