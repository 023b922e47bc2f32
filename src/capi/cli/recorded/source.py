"""Where a recorded past is read from: the journal of a room, or a bundle of `capi incident`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from capi.adapters.fields import InputError, time_ms
from capi.adapters.journal_file import read_events
from capi.cli.output import FAILED, USAGE, fail
from capi.cli.reading.ages import span_ms
from capi.cli.reading.backwards import newest_first
from capi.cli.reading.room import Room
from capi.cli.recorded.again import Wanted
from capi.cli.recorded.bundle import BundleError, opened_bundle
from capi.cli.recorded.whole import whole_journal
from capi.core.value import value
from capi.ports.journal import Event


@value
class Source:
    """A journal to be planned again. `end_ms`: from when spans count back. `name`: for sentences."""

    name: str
    events: Callable[[], Iterator[Event]]
    last_seq: int
    end_ms: int
    begins_ms: int | None = None  # what was before is not in it

    def wanted(self, trade: str | None, from_: str | None, to: str | None) -> Wanted:
        """Return what the options ask for, or end with a sentence."""
        from_ms = self.begins_ms if from_ is None else self._time("--from", from_)
        to_ms = None if to is None else self._time("--to", to)
        if from_ms is not None and to_ms is not None and to_ms < from_ms:
            fail("--to lies before --from: exchange them", USAGE)
        return Wanted(from_ms=from_ms, to_ms=to_ms, trade=trade)

    def _time(self, option: str, written: str) -> int:
        span = span_ms(written)
        if span is not None:
            return self.end_ms - span
        try:
            return time_ms(written, option)
        except InputError as error:
            fail(f"{error}, or a span back from now: 1h", USAGE)


@contextmanager
def of_room(room: Room) -> Iterator[Source]:
    """Yield the journal of a room, also while an engine writes it, or end with a sentence."""
    if room.is_empty:
        fail(room.nothing_yet, FAILED)
    seq, at_ms = end_of(room.journal)
    end_ms = at_ms if room.is_replay else time.time_ns() // 1_000_000
    yield Source(name=str(room.journal), events=lambda: whole_journal(room.journal), last_seq=seq, end_ms=end_ms)


def end_of(journal: Path) -> tuple[int, int]:
    """Return the number of a journal's last event, and when it was; what it cannot tell, reading it will say."""
    try:
        for event in newest_first(journal):
            if isinstance(event.get("at_ms"), int):
                return int(event.get("seq", 0)), event["at_ms"]
    except OSError as error:
        fail(f"{journal}: cannot be read ({error.strerror or error}); correct its rights", FAILED)
    return 0, 0


@contextmanager
def of_bundle(path: Path) -> Iterator[Source]:
    """Yield the journal in a bundle, or end with a sentence."""
    try:
        with opened_bundle(path) as (manifest, journal):
            seq, at_ms = end_of(journal)
            begins = manifest.get("plannable_from")
            yield Source(
                name=str(path),
                events=lambda: read_events(journal),
                last_seq=seq,
                end_ms=at_ms,
                begins_ms=time_ms(begins, "plannable_from") if isinstance(begins, str) else None,
            )
    except (BundleError, InputError) as error:
        fail(str(error), USAGE)
    except OSError as error:
        fail(f"{path}: cannot be read ({error.strerror or error}); name a file that capi incident wrote", USAGE)
