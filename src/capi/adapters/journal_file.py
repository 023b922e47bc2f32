"""The journal as a file of JSON lines: what `append(durable=True)` returned from survives a crash and a power cut.

One event a line, its number (`seq`) first, keys in the order given, Decimals as fixed-point text, ASCII: the same
events give the same bytes. Lines are only ever added at the last good offset, and a write that fails is taken back, so
that half a line is never followed by a good one. At start a torn tail (a last line without its newline: a write that a
crash cut short) is taken off and reported in `torn_tail`. A line that is broken anywhere else is damage, never skipped.

The first event is `journal_opened` with the schema; another one marks where a later schema took over, and events before
it are lifted by `MIGRATIONS` while they are read. A replay's journal (`durable=False`) is buffered and never synced.
"""

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

from capi import __version__
from capi.ports.journal import Event, JournalError, JournalGone

JOURNAL_NAME: Final = "journal.jsonl"
"""The journal of a room, or of a replay's folder."""
SCHEMA: Final = 1
"""The schema that this version writes."""

Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Final[dict[int, Migration]] = {}
"""Lifts one event from the schema that is the key to the next one."""

BUFFER_BYTES_MAX: Final = 1 << 20
"""How much a replay's journal holds back before it writes."""

DAMAGED: Final = "move the file away and start again; a live ledger is then rebuilt from the exchange"
NEWER: Final = "run the version that wrote it"
_BLOCK: Final = 1 << 16


class JournalCorrupt(JournalError):  # noqa: N818 (it says what the file is)
    """The journal cannot be read on: where, why, and what to do, in one sentence."""

    def __init__(self, path: Path, line: int | None, offset: int, found: str, cure: str = DAMAGED) -> None:
        self.path, self.line, self.offset, self.found = path, line, offset, found
        place = f"{path}:{line}" if line is not None else f"{path}, last line"
        super().__init__(f"{place} (byte {offset}): {found}; {cure}")


class FileJournal:
    """`ports.journal.Journal` on one file that this process alone writes. Use it as a context, or close it."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        """Open or create the file and take a torn tail off.

        Raises OSError (no such folder, no rights, a directory) and JournalCorrupt (also for a newer schema).
        """
        self.path: Final = path
        self.torn_tail: str | None = None
        self._durable: Final = durable
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._ragged = False  # something may lie behind the last good offset
        self._fd: Final = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with ExitStack() as undo:
            undo.callback(os.close, self._fd)
            self._offset, self._seq = self._cut_torn_tail()
            schema = _newest_schema(path, self._offset)
            if schema != SCHEMA:
                self.append({"event": "journal_opened", "at_ms": None, "schema": SCHEMA, "version": __version__})
            if schema is None and durable:
                _sync_directory(path.parent)
            undo.pop_all()

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append one event; with `durable`, return only when it is on the disk. Raises OSError when it cannot."""
        line = b'{"seq":%d,%b\n' % (self._seq + 1, _line_of(event)[1:])
        if self._durable:
            self._write(line, sync=durable)
        else:
            self._hold_back(line)
        self._seq += 1

    def events(self) -> Iterator[Event]:
        """Yield every event, oldest first, lifted to this version's schema; Decimals are text.

        Raises OSError, and JournalCorrupt at a line that is no event or does not follow the one before it.
        """
        self.flush()
        yield from _lifted(_read(self.path, self._offset))

    def flush(self) -> None:
        """Write what a replay's journal holds back. Raises OSError; the lines that did not fit are kept."""
        if not self._buffer:
            return
        data, start = b"".join(self._buffer), self._offset
        try:
            self._write(data, sync=False)
        finally:
            rest = data[self._offset - start :]
            self._buffer = [rest] if rest else []
            self._buffered = len(rest)

    def close(self) -> None:
        """Write what is held back and close the file. Raises OSError."""
        try:
            self.flush()
        finally:
            os.close(self._fd)

    def __enter__(self) -> Self:
        """Return itself; the file is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def _hold_back(self, line: bytes) -> None:
        size = len(line)
        if self._buffered + size > BUFFER_BYTES_MAX:
            self.flush()
        self._buffer.append(line)
        self._buffered += size

    def _write(self, data: bytes, *, sync: bool) -> None:
        """Write at the last good offset. Of what fails only the whole lines count; the next write follows them."""
        if self._durable:
            self._check_place()
        if self._ragged:
            self._take_back()
        written = 0
        try:
            while written < len(data):
                written += self._put(data[written:], self._offset + written)
            if sync:
                self._sync()
        except OSError:
            if written < len(data):
                self._offset += data.rfind(b"\n", 0, written) + 1
            self._take_back()
            raise
        self._offset += written

    def _check_place(self) -> None:
        """See that the file still stands under its name. Raises JournalGone."""
        here = os.fstat(self._fd)
        try:
            there = self.path.stat()
        except FileNotFoundError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
            raise JournalGone(errno.ENOENT, "it was moved away or deleted", str(self.path))

    def _put(self, data: bytes, offset: int) -> int:
        """Write what fits, and return how much that was: the one place at which bytes go to the disk."""
        return os.pwrite(self._fd, data, offset)

    def _sync(self) -> None:
        os.fdatasync(self._fd)

    def _take_back(self) -> None:
        self._ragged = True
        os.ftruncate(self._fd, self._offset)
        self._ragged = False

    def _cut_torn_tail(self) -> tuple[int, int]:
        """Return the offset behind the last whole line, and that line's number; what lies behind it is taken off."""
        size = os.fstat(self._fd).st_size
        end = _line_end_before(self._fd, size)
        if end < size:
            os.ftruncate(self._fd, end)
            self.torn_tail = f"{self.path}: a crash cut the last line short; its {size - end} bytes were taken off"
        if end == 0:
            return 0, 0
        start = _line_end_before(self._fd, end - 1)
        last = os.pread(self._fd, end - start, start)
        return end, int(_parse(self.path, None, start, last)["seq"])


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a journal that another process may be writing; what it has not finished is left out.

    Changes nothing. Raises OSError, and JournalCorrupt as `FileJournal.events` does.
    """
    with path.open("rb") as file:
        end = _line_end_before(file.fileno(), os.fstat(file.fileno()).st_size)
    _newest_schema(path, end)
    yield from _lifted(_read(path, end))


def _line_end_before(fd: int, offset: int) -> int:
    """Return the offset behind the last newline before `offset`; 0 when there is none."""
    while offset > 0:
        start = max(0, offset - _BLOCK)
        found = os.pread(fd, offset - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        offset = start
    return 0


def _lifted(events: Iterator[dict[str, Any]]) -> Iterator[Event]:
    """Yield the events as this version's schema has them."""
    schema = SCHEMA
    for event in events:
        if event["event"] == "journal_opened":
            schema = event["schema"]
        for older in range(schema, SCHEMA):
            event = MIGRATIONS[older](event)
        yield event


def _line_of(event: Event) -> bytes:
    """Return an event as one JSON object in ASCII. Raises TypeError and ValueError for what has no place in one.

    orjson takes a third of the standard library's time and gives the same bytes, but where text is not plain ASCII (it
    writes the letters themselves) or a number is longer than 64 bits (it refuses): the other writes such an event.
    """
    try:
        line = orjson.dumps(event, default=_decimal_text, option=_NOTHING_ELSE)
    except orjson.JSONEncodeError:
        return _write_in_ascii(event).encode("ascii")
    return line if line.isascii() and _DELETE not in line else _write_in_ascii(event).encode("ascii")


def _decimal_text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"a {type(value).__name__} has no place in an event")


_NOTHING_ELSE: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""What orjson would write and the standard library would not."""
_DELETE: Final = b"\x7f"  # ASCII, but no character
_write_in_ascii: Final = json.JSONEncoder(
    separators=(",", ":"), allow_nan=False, check_circular=False, default=_decimal_text
).encode


def _lines(path: Path, end: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield number, offset and bytes of every line before `end`."""
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if offset >= end:
                return
            yield number, offset, line
            offset += len(line)


def _read(path: Path, end: int) -> Iterator[dict[str, Any]]:
    for number, offset, line in _lines(path, end):
        event = _parse(path, number, offset, line)
        if event["seq"] != number:
            raise JournalCorrupt(path, number, offset, f"event {event['seq']} stands where event {number} belongs")
        yield event


def _parse(path: Path, number: int | None, offset: int, line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise JournalCorrupt(path, number, offset, f"not JSON ({error})") from None
    if not isinstance(event, dict) or type(event.get("seq")) is not int or type(event.get("event")) is not str:
        raise JournalCorrupt(path, number, offset, "not an event (seq and event are missing or of another type)")
    return event


def _newest_schema(path: Path, end: int) -> int | None:
    """Return the schema that the file's newest events have; None for an empty file."""
    schema: int | None = None
    for number, offset, line in _lines(path, end):
        if schema is None or b'"journal_opened"' in line:
            event = _parse(path, number, offset, line)
            if event["event"] == "journal_opened":
                schema = event.get("schema")
            if type(schema) is not int:
                raise JournalCorrupt(path, number, offset, "the journal's schema is missing")
            if schema < min((*MIGRATIONS, SCHEMA)):
                raise JournalCorrupt(path, number, offset, f"schema {schema} was never written by any version")
            if schema > SCHEMA:
                found = f"schema {schema} is newer than this version's {SCHEMA}"
                raise JournalCorrupt(path, number, offset, found, NEWER)
    return schema


def _sync_directory(path: Path) -> None:
    """Make a new file's name survive a power cut."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
