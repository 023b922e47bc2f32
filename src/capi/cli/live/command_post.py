"""Give the operator's commands: to the engine that runs, by its inbox; who has none to ask does it himself, locked."""

import os
import pwd
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import typer

from capi import bootstrap
from capi.adapters.command_file import REASON_LENGTH_MAX, Answer
from capi.adapters.fields import InputError
from capi.adapters.inbox import Post
from capi.adapters.instance_lock import InstanceRunsError, instance_lock
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal, JournalCorrupt
from capi.cli.output import FAILED, INTERRUPTED, REFUSED, USAGE, fail, print_json
from capi.core.value import record
from capi.engine.ledger import Ledger
from capi.ports.inbox import CommandName
from capi.ports.journal import Event
from capi.settings import Settings

SCHEMA: Final = "capi.operator/1"
ANSWER_SECONDS_MAX: Final = 15.0
"""How long an engine may take: a pass, with answers of the exchange that come late, and a reconciliation."""
FLAT_SECONDS_MAX: Final = 60.0
_POLL_SECONDS: Final = 0.02
_ALIVE_SECONDS: Final = 0.5
"""How often it is seen whether whoever is to answer still holds the lock."""

State = Literal["done", "under_way", "refused", "unanswered"]


@record
class Told:
    """What came of a command. `pid`: of the engine that did it, None: this process did."""

    command: CommandName
    state: State
    message: str
    pid: int | None


def show(told: Told, *, as_json: bool) -> None:
    """Print it, and end with the status that it has."""
    statuses: dict[State, int] = {"done": 0, "under_way": FAILED, "refused": REFUSED, "unanswered": FAILED}
    if as_json:
        print_json(
            {"schema": SCHEMA, "command": told.command, "state": told.state, "message": told.message, "pid": told.pid}
        )
    elif told.state == "done":
        typer.echo(f"{told.command}: {told.message}")
    if statuses[told.state]:
        fail(f"{told.command}: {told.message}", statuses[told.state])


def who() -> str:
    """Return who gives the command, for the journal."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user needs no name
        name = f"user {os.getuid()}"
    behind = os.environ.get("SUDO_USER")
    return f"{name}{'' if behind is None else f' ({behind})'} at {socket.gethostname()}, process {os.getpid()}"


def reason_of(given: str | None) -> str:
    """Return the reason to write down, on one line; ends when it is too long."""
    reason = " ".join((given or "").split()) or "by the operator"
    if len(reason) > REASON_LENGTH_MAX:
        fail(f"--reason has {len(reason)} characters: write at most {REASON_LENGTH_MAX}", USAGE)
    return reason


def room_of(settings: Settings) -> Path:
    """Return the room, which is there from now on."""
    folder = bootstrap.live_folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: cannot be made ({error.strerror or error}): correct state_dir, or its rights", FAILED)
    return folder


def running(folder: Path) -> InstanceRunsError | None:
    """Return who runs here, None when nobody does."""
    try:
        with instance_lock(folder):
            return None
    except InstanceRunsError as held:
        return held
    except OSError as error:
        fail(f"{folder}: cannot be locked ({error.strerror or error}): correct its rights", FAILED)


def ask(folder: Path, held: InstanceRunsError, name: CommandName, reason: str) -> Told | None:
    """Give a command to the engine that holds the lock, and wait for what comes of it.

    None: it has ended meanwhile, without this command or in the middle of it; nobody is there to ask any more.
    """
    try:
        post = Post(folder, name, reason, who())
    except OSError as error:
        cure = f"free some space, or correct its rights; or end the engine, and capi {name} does it itself"
        fail(f"{folder}: the command cannot be written ({error.strerror or error}): {cure}", FAILED)
    try:
        answer = _awaited(folder, post, ANSWER_SECONDS_MAX, lambda answer: True)
        if answer is None:
            return _unanswered(folder, post, held, name)
        if answer.state == "accepted":
            typer.echo(f"capi: {answer.message}", err=True)
            answer = _awaited(folder, post, FLAT_SECONDS_MAX, lambda later: later.state != "accepted") or answer
            if answer.state == "accepted" and running(folder) is None:
                post.clear()
                return None
    except KeyboardInterrupt:
        taken = not post.take_back()
        what = "the engine has taken it, and carries it out" if taken else "it was taken back, nothing was done"
        fail(f"{name}: interrupted; {what}", INTERRUPTED)
    post.clear()
    states: dict[str, State] = {"done": "done", "refused": "refused", "accepted": "under_way"}
    later = "" if answer.state != "accepted" else f"; not flat after {FLAT_SECONDS_MAX:.0f} s: see capi status"
    return Told(name, states[answer.state], f"{answer.message}{later}", held.pid)


def _awaited(folder: Path, post: Post, seconds: float, wanted: Callable[[Answer], bool]) -> Answer | None:
    """Wait for an answer; not longer than somebody is there who could give it."""
    until = time.monotonic() + seconds
    look_at, gone = time.monotonic() + _ALIVE_SECONDS, False
    while time.monotonic() < until:
        try:
            answer = post.answer()
        except (OSError, InputError):
            answer = None  # it is being replaced, or is none of ours: it is asked for again
        if answer is not None and wanted(answer):
            return answer
        if gone:
            return None
        if time.monotonic() >= look_at:  # what it said last may have come meanwhile: it is read once more
            look_at, gone = time.monotonic() + _ALIVE_SECONDS, running(folder) is None
        time.sleep(_POLL_SECONDS)
    return None


def _unanswered(folder: Path, post: Post, held: InstanceRunsError, name: CommandName) -> Told | None:
    who_runs = "the process that holds the lock" if held.pid is None else f"process {held.pid}"
    waited = f"{who_runs} did not answer within {ANSWER_SECONDS_MAX:.0f} s"
    gone = running(folder) is None
    if post.take_back():
        if gone:
            return None
        cure = f"see capi status; when it hangs, stop it and call capi {name} again, which then does it itself"
        return Told(name, "unanswered", f"{waited}; the command was taken back, nothing was done: {cure}", held.pid)
    if gone:
        waited = f"{who_runs} ended before it answered"
    return Told(name, "unanswered", f"{waited}, but has taken the command: see capi status", held.pid)


class Written:
    """The journal of a room in which no engine runs, for a command that is only written down."""

    def __init__(self, journal: FileJournal) -> None:
        self._journal: Final = journal
        self.ledger: Final = Ledger()
        last_ms = 0
        for event in journal.events():
            self.ledger.apply(event)
            last_ms = max(last_ms, event["at_ms"] or 0)
        self.now_ms: Final = max(last_ms, time.time_ns() // 1_000_000)
        """By this machine's clock: the exchange's is not asked."""

    def append(self, event: Event) -> None:
        """Write one event durably. Raises OSError."""
        self._journal.append(event, durable=True)


@contextmanager
def written(folder: Path) -> Iterator[Written]:
    """Open the journal under the lock; ends with a sentence when it cannot be read or written."""
    path = folder / JOURNAL_NAME
    try:
        with instance_lock(folder), FileJournal(path, durable=True) as journal:
            yield Written(journal)
    except InstanceRunsError as held:
        fail(f"an engine has just begun here ({held}): give the command again", FAILED)
    except JournalCorrupt as error:
        fail(str(error), FAILED)
    except OSError as error:
        cure = "free some space, or correct its rights"
        fail(f"{path}: cannot be written ({error.strerror or error}), nothing was done: {cure}", FAILED)
