"""Which part of the time a report is of: not before `--since`, not after `--until`."""

import time
from typing import Annotated

import typer

from capi.cli.output import USAGE, fail
from capi.cli.reading.ages import span_ms
from capi.cli.reading.room import Room
from capi.cli.reading.since import Since
from capi.cli.reading.source import end_ms
from capi.core.value import value

UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="1h|TIME", help="Not after this, likewise. Default: all there is."),
]


@value
class Window:
    """From when to when, in UTC milliseconds, both included; None: no bound."""

    since_ms: int | None = None
    until_ms: int | None = None

    @property
    def bounds(self) -> dict[str, int | None]:
        """Return the parameters `$since` and `$until` of every query that asks what is within."""
        return {"since": self.since_ms, "until": self.until_ms}

    def within(self, column: str) -> str:
        """Return the SQL condition that a column of times lies in it."""
        return f"($since IS NULL OR {column} >= epoch_ms($since)) AND ($until IS NULL OR {column} <= epoch_ms($until))"


def window_of(room: Room, since: str | None, until: str | None) -> Window:
    """Return what the options say, or end with a sentence. A replay's spans count back from its own end."""
    until_at_ms = None if until is None or span_ms(until) is not None else _time_ms(until)
    replay_end_ms = end_ms(room) if not room.is_empty else None
    since_ms = Since(since).from_ms(replay_end_ms)
    until_ms = until_at_ms
    if until is not None and (span := span_ms(until)) is not None:
        until_ms = (time.time_ns() // 1_000_000 if replay_end_ms is None else replay_end_ms) - span
    if since_ms is not None and until_ms is not None and until_ms < since_ms:
        fail("--until lies before --since: exchange them", USAGE)
    return Window(since_ms=since_ms, until_ms=until_ms)


def _time_ms(written: str) -> int:
    from capi.adapters.fields import InputError, time_ms

    try:
        return time_ms(written, "--until")
    except InputError as error:
        fail(f"{error}, or a span back from now: 1h", USAGE)
