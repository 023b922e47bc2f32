"""A command and its answer as files: what each holds, read strictly, and written so that no reader sees half of one."""

import json
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, get_args

from capi.adapters.exact_json import JsonError, exact_json
from capi.adapters.fields import NOT_NEGATIVE, InputError
from capi.adapters.json_table import Table
from capi.core.value import value
from capi.ports.inbox import AnswerState, Command, CommandName, Given

COMMAND_SCHEMA: Final = "capi.command/1"
ANSWER_SCHEMA: Final = "capi.answer/1"
BYTES_MAX: Final = 1 << 14
REASON_LENGTH_MAX: Final = 500
ID: Final = re.compile(r"[0-9]{19,20}-[0-9a-f]{8}")
_NAMES: Final[dict[str, CommandName]] = {name: name for name in get_args(CommandName)}
_STATES: Final[dict[str, AnswerState]] = {name: name for name in get_args(AnswerState)}


@value
class Answer:
    """What came of a command."""

    state: AnswerState
    message: str


def read_command(path: Path, number: str) -> Command:
    """Return the command in a file. Raises InputError, and OSError when the file cannot be read."""
    table = Table(
        _document(path, of=(0, os.geteuid())), "", required=("schema", "command", "id", "reason", "by", "at_ms")
    )
    table.choice("schema", {COMMAND_SCHEMA: None})
    if table.text("id", length_max=64) != number:
        raise InputError("id: is not that of the file's name; give the command with capi")
    at_ms = table.whole("at_ms", NOT_NEGATIVE)
    if at_ms is None:
        raise InputError("at_ms: missing; give the command with capi")
    reason = table.text("reason", length_max=REASON_LENGTH_MAX)
    by = table.text("by", length_max=REASON_LENGTH_MAX)
    return Command(name=table.choice("command", _NAMES), reason=reason, given=Given(by=by, command=number), at_ms=at_ms)


def command_document(name: CommandName, number: str, reason: str, by: str, at_ms: int) -> dict[str, Any]:
    """Return what `read_command` reads."""
    return {"schema": COMMAND_SCHEMA, "command": name, "id": number, "reason": reason, "by": by, "at_ms": at_ms}


def read_answer(path: Path) -> Answer:
    """Return the answer in a file of the engine's, whose the folder may be. Raises InputError, and OSError as above."""
    table = Table(
        _document(path, of=(0, os.geteuid(), path.parent.stat().st_uid)),
        "",
        required=("schema", "id", "state", "message"),
    )
    return Answer(state=table.choice("state", _STATES), message=table.text("message"))


def answer_document(number: str, state: AnswerState, message: str) -> dict[str, Any]:
    """Return what `read_answer` reads."""
    return {"schema": ANSWER_SCHEMA, "id": number, "state": state, "message": message}


def put(path: Path, document: dict[str, Any]) -> None:
    """Write a whole file under its name, or, with an OSError, nothing.

    Everybody may read it, whatever the umask: no secret is in it, and root may give commands to an engine that runs as
    somebody else.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    data = json.dumps(document).encode("ascii")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        with os.fdopen(file, "wb") as writer:
            os.fchmod(file, 0o644)
            writer.write(data)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def _document(path: Path, *, of: tuple[int, ...]) -> object:
    """Return the JSON in a plain file of one of these users. Opened without waiting, as one does not for a pipe."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise InputError("not a plain file")
        if status.st_uid not in of:
            raise InputError(f"belongs to user {status.st_uid}, who may not write here")
        data = file.read(BYTES_MAX + 1)
    try:
        return exact_json(data, bytes_max=BYTES_MAX)
    except JsonError as error:
        raise InputError(f"it {error.what}") from error
