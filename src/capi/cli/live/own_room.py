"""A room for one engine: made, locked, its journal opened. What hinders that ends the command with a sentence."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from capi.adapters.instance_lock import InstanceRunsError, instance_lock
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal, JournalCorrupt
from capi.adapters.journal_silence import silent_until_ms
from capi.cli.output import FAILED, REFUSED, fail, iso


def make_room(folder: Path) -> None:
    """Make the folder, and those above it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: cannot be made ({error.strerror or error}): correct state_dir, or its rights", FAILED)


@contextmanager
def locked_room(folder: Path) -> Iterator[None]:
    """Hold the room's lock, so that no other engine works here."""
    with ExitStack() as stack:
        try:
            stack.enter_context(instance_lock(folder))
        except InstanceRunsError as held:
            who = "another process" if held.pid is None else f"process {held.pid}"
            fail(f"capi already runs here ({who} holds {held.path}): stop it first; one engine a symbol", REFUSED)
        except OSError as error:
            fail(f"{folder}: cannot be locked ({error.strerror or error}): correct its rights", FAILED)
        yield


def refuse_silence(folder: Path) -> None:
    """End while a silence lasts that the exchange asked the last engine for: each start that asks makes it longer."""
    path = folder / JOURNAL_NAME
    try:
        until_ms = silent_until_ms(path)
    except OSError as error:
        fail(f"{path}: cannot be read ({error.strerror or error}): correct its rights", FAILED)
    if until_ms is not None:
        what = f"the exchange asked for silence until {iso(until_ms)} (429 or 418)"
        cure = "start again after that; from another address, capi reconcile asks anew"
        fail(f"{what}: nothing was sent, asking earlier makes it longer: {cure}", FAILED)


def opened_journal(folder: Path) -> FileJournal:
    """Open the room's journal for writing."""
    path = folder / JOURNAL_NAME
    try:
        return FileJournal(path, durable=True)
    except JournalCorrupt as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"{path}: cannot be opened ({error.strerror or error}): correct its rights", FAILED)
