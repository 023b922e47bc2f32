"""What goes into a bundle: a part of the journal, configuration, status, decision, log and versions, all redacted."""

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from capi import __version__
from capi.cli.output import iso
from capi.cli.reading.room import Room
from capi.cli.recorded.bundle import JOURNAL, write_bundle
from capi.cli.recorded.excerpt import Part, excerpt, part_since
from capi.cli.recorded.redacted import Redaction
from capi.cli.recorded.whole import whole_journal
from capi.core.value import record
from capi.settings import Settings
from capi.settings.written import settings_toml

TAIL_BYTES: Final = 2 << 20
"""How much of a log's end, and of a status or decision at most, goes along."""
PACKAGES: Final = ("binance-connector", "duckdb", "httpx", "numpy", "pydantic", "returns", "typer", "websocket-client")
_LOGS: Final = "engine.log"


@record
class Told:
    """What a bundle came to. `begins_ms`: from when on passes can be planned again; None: from no time on."""

    events: int
    left_out: int
    redacted: int
    begins_ms: int | None


def write_incident(
    out: Path, room: Room, settings: Settings, redaction: Redaction, *, since_ms: int, scratch: Path
) -> Told:
    """Write the bundle; `scratch`: an empty folder for the journal's part. Raises what `whole_journal` does."""
    part = part_since(whole_journal(room.journal), since_ms)
    left_out = _Count()
    journal = scratch / JOURNAL
    _write_journal(journal, excerpt(whole_journal(room.journal), part, left_out), redaction)
    files = {JOURNAL: journal, **_others(room, settings, redaction)}
    told = Told(events=part.last_seq, left_out=left_out.count, redacted=redaction.taken, begins_ms=part.begins_ms)
    write_bundle(out, _manifest(room, part, told, since_ms), files)
    return told


@dataclass(slots=True)
class _Count:
    count: int = 0

    def __call__(self) -> None:
        self.count += 1


def _write_journal(path: Path, events: Iterator[dict[str, Any]], redaction: Redaction) -> None:
    with path.open("w", encoding="ascii") as file:
        for event in events:
            file.write(redaction.of(json.dumps(event, separators=(",", ":"))) + "\n")


def _others(room: Room, settings: Settings, redaction: Redaction) -> dict[str, Path | bytes]:
    """Return what else there is to tell; a file that is not there, or cannot be read, is left out."""
    read: dict[str, Callable[[], str | None]] = {
        "capi.toml": lambda: settings_toml(settings, with_origin=True),
        "status.json": lambda: _tail(room.status),
        "decision.json": lambda: None if room.is_replay else _tail(settings.decision_file),
        _LOGS: lambda: None if room.is_replay else _tail(settings.log_dir / _LOGS),
    }
    texts = {name: text() for name, text in read.items()}
    return {name: redaction.of(text).encode() for name, text in texts.items() if text is not None}


def _tail(path: Path) -> str | None:
    """Return a file's end, from a whole line on when it is longer than goes along."""
    try:
        with path.open("rb") as file:
            start = max(0, file.seek(0, 2) - TAIL_BYTES)
            file.seek(start)
            content = file.read(TAIL_BYTES)
    except OSError:
        return None
    return (content.partition(b"\n")[2] if start else content).decode(errors="replace")


def _manifest(room: Room, part: Part, told: Told, since_ms: int) -> dict[str, Any]:
    return {
        "room": room.name,
        "environment": room.environment,
        "is_replay": room.is_replay,
        "since": iso(since_ms),
        "plannable_from": None if part.begins_ms is None else iso(part.begins_ms),
        "until": None if part.last_ms is None else iso(part.last_ms),
        "events": told.events,
        "left_out": told.left_out,
        "redacted": told.redacted,
        "versions": {"capi": __version__, "python": platform.python_version(), **_packages()},
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
