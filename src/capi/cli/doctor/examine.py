"""Run one check so that it can neither hide the others nor hold them up: in a thread of its own, for a while."""

import traceback
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from capi.cli.doctor.finding import Concluded, Finding, red
from capi.core.value import record

SECONDS_MAX: Final = 30.0
"""Of one check. Each bounds what it waits for by itself; this is for what hangs all the same, such as a lost disk."""


@record
class Check:
    """A name, as it is printed, and what comes to a finding."""

    name: str
    find: Callable[[], Finding]


def examine(check: Check, seconds_max: float = SECONDS_MAX) -> Finding:
    """Return what a check found; that it failed, or did not end in time, is a finding too."""
    found: SimpleQueue[Finding] = SimpleQueue()
    Thread(target=lambda: found.put(_outcome(check)), name=f"check {check.name}", daemon=True).start()
    try:
        return found.get(timeout=seconds_max)
    except Empty:
        return red(
            f"not known: the check did not end within {seconds_max:g} s",
            "see whether a disk or the network hangs, and run capi doctor again",
        )


def _outcome(check: Check) -> Finding:
    try:
        return check.find()
    except Concluded as concluded:
        return concluded.finding
    except Exception as error:  # noqa: BLE001 - whatever fails here, the other checks are still wanted
        at = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}"  # not its text: it may hold a secret
        return red(f"not known: the check itself failed ({what})", "this is a bug of capi: report it with this line")
