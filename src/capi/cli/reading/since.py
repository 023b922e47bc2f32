"""`--since`: a span back from now ("90s", "1h", "2d") or an ISO 8601 time."""

import time
from typing import Annotated

import typer

from capi.cli.output import USAGE, fail
from capi.cli.reading.ages import span_ms

SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="1h|TIME", help="Not before this: a span back (s, m, h, d, w), or an ISO 8601 time (UTC)."
    ),
]


class Since:
    """A wish not to go back further, read once. A replay's spans count back from its own end."""

    def __init__(self, written: str | None) -> None:
        """Read what was written, or end with a sentence."""
        self._span_ms = None if written is None else span_ms(written)
        self._at_ms = None if written is None or self._span_ms is not None else _time_ms(written)

    def from_ms(self, replay_end_ms: int | None) -> int | None:
        """Return the time, in UTC milliseconds; None when nothing was wished. `replay_end_ms` None: live."""
        if self._span_ms is None:
            return self._at_ms
        now_ms = time.time_ns() // 1_000_000 if replay_end_ms is None else replay_end_ms
        return now_ms - self._span_ms


def _time_ms(written: str) -> int:
    from capi.adapters.fields import InputError, time_ms

    try:
        return time_ms(written, "--since")
    except InputError as error:
        fail(f"{error}, or a span back from now: 1h", USAGE)
