"""logs/engine.log: one JSON object a line, rotating, for people and for whatever collects logs.

Lines are handed to a thread that writes them, so that a full or hanging disk costs lines and never a pass; lost ones
are counted and told. The warnings of Python's own loggers go there too. No line holds a secret. One process writes a
file: another one is refused. Fields are those of the journal's events; `ts` is this machine's time, `level` the level.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import Full, Queue
from typing import Any, Final, cast

from filelock import FileLock, Timeout
from pythonjsonlogger.json import JsonFormatter

from capi.adapters.log_levels import QUIET, level_of
from capi.ports.journal import Event

LOG_NAME: Final = "engine.log"
BYTES_MAX: Final = 10_000_000
FILES_KEPT: Final = 9
"""Beside the one that is written: 100 MB in all, some days of a pass a second."""
LINES_MAX: Final = 10_000
"""Waiting to be written."""
CLOSE_SECONDS: Final = 2.0
"""How long the end waits for the last of them."""
_TOO_LONG: Final = frozenset({"rounds"})
"""Fields that only a replay of the journal reads."""
_HIDDEN: Final = "***"
_SECRETS: Final = re.compile(
    r"(signature=)[0-9A-Za-z%+/=_-]+|(/bot)[0-9]+(?::|%3A)[A-Za-z0-9_-]+|(listenKey\W{1,8})[0-9A-Za-z]{16,}"
)
"""What opens an account or a bot wherever it comes from: an address in somebody else's exception."""


class LogTakenError(Exception):
    """Another process writes the log: one sentence."""


class EngineLog:
    """The log of one run. Made by opening its file; close it at the end."""

    def __init__(self, folder: Path, constant: Mapping[str, str], secrets: Sequence[str]) -> None:
        """`constant`: fields of every line; `secrets`: words that no line may hold.

        Raises OSError when the file cannot be written, and LogTakenError when another process does.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.path: Final = folder / LOG_NAME
        self._lock: Final = _locked(self.path)
        try:
            self._file: Final = _File(self.path)
        except OSError:
            self._lock.release()
            raise
        self._file.setFormatter(_Lines(constant, secrets))
        lines: Queue[logging.LogRecord] = Queue(LINES_MAX)
        self._handler: Final = _Handler(lines)
        self._listener: Final = _Listener(lines, self._file)
        self._logger: Final = logging.Logger("capi.engine")  # in no hierarchy: nobody else writes through it
        self._logger.addHandler(self._handler)
        self._foreign: Final = _Handler(lines)
        self._foreign.setLevel(logging.WARNING)
        logging.getLogger().addHandler(self._foreign)
        self._listener.start()

    def hear(self, event: Event) -> None:
        """Write one event of the journal. Returns at once and raises nothing."""
        if event["event"] not in QUIET:
            self.write(level_of(event), {key: value for key, value in event.items() if key not in _TOO_LONG})

    def write(self, level: str, fields: Mapping[str, Any]) -> None:
        """Write one line. Returns at once and raises nothing."""
        self._logger.log(logging.getLevelNamesMapping()[level], fields)

    @property
    def trouble(self) -> str | None:
        """Return why lines are missing in this run's log; None while none is."""
        lost = self._handler.lost + self._foreign.lost
        if self._file.failure is not None:
            return f"{self.path} cannot be written ({self._file.failure}): free its disk, or correct its rights"
        return f"{self.path} has gaps: its disk did not keep up with {lost} lines" if lost else None

    def close(self) -> None:
        """Write what waits, for a moment at most, and close the file."""
        logging.getLogger().removeHandler(self._foreign)
        if self._listener.ended():
            self._file.close()
        self._lock.release()


class _Handler(QueueHandler):
    """Lays records down for the thread that writes; `lost` are those for which there was no room."""

    lost = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except Full:
            self.lost += 1

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return a record as it is when it holds fields; text is formatted here, as its arguments may change."""
        prepared: logging.LogRecord = record if isinstance(record.msg, dict) else super().prepare(record)
        return prepared


class _Listener(QueueListener):
    """The thread that writes."""

    _thread: Any

    def __init__(self, lines: "Queue[logging.LogRecord]", file: logging.Handler) -> None:
        super().__init__(lines, file)
        self._lines: Final[Queue[Any]] = lines

    def ended(self) -> bool:
        """Let the thread write what waits, and return whether it has come to its end in time."""
        try:
            self._lines.put(None, timeout=CLOSE_SECONDS)
        except Full:
            return False
        self._thread.join(CLOSE_SECONDS)
        return not self._thread.is_alive()


class _File(RotatingFileHandler):
    """The file. `failure`: why the last line could not be written; None when it could."""

    failure: str | None = None
    _has_failed = False

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; what failed before may succeed now, and a file that was moved away is made anew."""
        self._has_failed = False
        if self.stream is not None and self._is_moved(self.stream):
            moved, self.stream = self.stream, None
            with suppress(OSError):  # what had no room there is lost
                moved.close()
        super().emit(record)
        if not self._has_failed:
            self.failure = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own name)
        """Remember why instead of printing a trace of it."""
        error = sys.exc_info()[1]
        self._has_failed = True
        self.failure = (error.strerror if isinstance(error, OSError) else None) or repr(error)

    def close(self) -> None:
        """Close the file, also when its last lines have no room."""
        try:
            super().close()
        except OSError as error:
            self.failure = str(error)

    def _is_moved(self, stream: TextIOWrapper) -> bool:
        """Return whether the file that is written has its name no more: somebody tidied up, or rotates it too."""
        try:
            return not os.path.samestat(Path(self.baseFilename).stat(), os.fstat(stream.fileno()))
        except OSError:
            return True

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        opened = open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=_opener)  # noqa: SIM115
        return cast(TextIOWrapper, opened)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


class _Lines(JsonFormatter):
    """Makes the lines."""

    def __init__(self, constant: Mapping[str, str], secrets: Sequence[str]) -> None:
        super().__init__(json_default=_shown)
        self._constant: Final = dict(constant)
        self._secrets: Final = tuple({form for secret in secrets for form in (secret, json.dumps(secret)[1:-1])})

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put time and level first; text of other loggers becomes an event of its own."""
        at = datetime.fromtimestamp(record.created, UTC)
        log_data["ts"] = at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        log_data["level"] = record.levelname
        log_data |= self._constant
        if not isinstance(record.msg, dict):
            log_data |= {"event": "log", "logger": record.name, "message": record.message}
        log_data |= {key: value for key, value in message_dict.items() if key not in ("ts", "level")}

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without anything secret in it."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return _SECRETS.sub(rf"\1\2\3{_HIDDEN}", line)


def _shown(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _locked(path: Path) -> FileLock:
    lock = FileLock(path.with_name(f"{path.name}.lock"), mode=0o600, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LogTakenError(f"{path} is written by another engine: give each engine its own log_dir") from None
    return lock
