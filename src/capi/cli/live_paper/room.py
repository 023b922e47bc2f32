"""The room of a paper account on live prices. The account ends with its process, so each start begins a new record.

What an earlier start recorded is a run of its own from then on, under <state_dir>/runs/<number>, as a replay is.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from capi.adapters.duckdb.connection import DATABASE_NAME, wal_of
from capi.adapters.journal_file import JOURNAL_NAME
from capi.adapters.status_file import STATUS_NAME
from capi.cli.output import FAILED, fail
from capi.cli.replay.run import RunFolderError, new_run_dir
from capi.settings import Settings

_NAMES: Final = (DATABASE_NAME, wal_of(Path(DATABASE_NAME)).name, STATUS_NAME, JOURNAL_NAME)
"""The journal last: as long as it is there, the next start moves what is left."""


def put_away(room: Path, settings: Settings) -> Path | None:
    """Move an earlier record out of the room, and return where it is now; None: there was none."""
    if not (room / JOURNAL_NAME).exists():
        return None
    try:
        run = new_run_dir(settings, None)
        for name in _NAMES:
            with suppress(FileNotFoundError):
                (room / name).replace(run / name)
    except RunFolderError as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"{room}: cannot be emptied ({error.strerror or error}): correct its rights, see to its disk", FAILED)
    return run
