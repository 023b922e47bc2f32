"""What a run listens to between its passes: the exchange's streams, the decision file, the operator's inbox.

None of it is needed: without any of it there is a pass at each interval.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from capi import bootstrap
from capi.adapters.decision_watch import Watch
from capi.adapters.inbox import INBOX_NAME, FolderInbox
from capi.cli.live.pace import SignalPace
from capi.cli.live.session import Session
from capi.core.value import record
from capi.engine.inbox import InboxOperator
from capi.engine.loop import Operator, Streams
from capi.engine.status_board import Part


def no_streams() -> None:
    """Return what status.json says of streams where there are none."""


@record
class Attending:
    """What the loop is given; None: there is no such thing in this run."""

    streams: Streams | None = None
    operator: Operator | None = None
    streams_status: Part = no_streams


@contextmanager
def attending(session: Session, pace: SignalPace, *, streams: bool) -> Iterator[Attending]:
    """Listen while a run that sends has its passes; `streams`: also to the exchange."""
    with ExitStack() as stack:
        operator = _operator(session)
        watched = [session.settings.decision_file]
        if operator is not None and session.folder is not None:
            watched.append(session.folder / INBOX_NAME)
        watch = Watch(watched, pace.wake)
        stack.callback(watch.close)
        watch.start()
        if not streams:
            yield Attending(operator=operator)
            return
        heard = bootstrap.live_streams(session.settings, session.exchange, session.engine, pace.wake)
        stack.callback(heard.close)
        heard.start()
        yield Attending(heard, operator, heard.status)


def _operator(session: Session) -> InboxOperator | None:
    folder: Path | None = session.folder
    if folder is None or not session.console.sends:
        return None
    try:
        return InboxOperator(session.engine, FolderInbox(folder))
    except OSError as error:
        why = f"{folder / INBOX_NAME} cannot be made ({error.strerror or error}): capi pause, resume and flatten do not"
        session.engine.tell("WARNING", "inbox_unusable", f"{why} reach this run; correct its rights, start again")
        return None
