"""Where `capi status` has its answer from: status.json, else the end of the journal."""

import json
import math
from datetime import datetime
from typing import Any, Final

from capi.cli.output import iso, printable
from capi.cli.reading.backwards import newest_first
from capi.cli.reading.room import Room
from capi.core.value import value

SCHEMA: Final = "capi.status/1"
_TAIL_BYTES: Final = 1 << 20
"""How much of the journal's end is looked through: some thousand events."""
_SIZE_MAX: Final = 1 << 20
_TABLES: Final = ("last_pass", "decision", "position", "orders", "market", "account", "day", "week")
_KEYS: Final = (
    "environment",
    "symbol",
    "version",
    "started_at",
    "state",
    "guard",
    "trade",
    "safe_mode",
    "paused",
    "ended",
)
_LISTS: Final = ("stops", "targets", "entries", "refusals", "alerts")


@value
class Known:
    """What is known of an engine: a document as in status.json, where it comes from, and what was wrong on the way."""

    document: dict[str, Any]
    source: str  # status.json, or journal
    warnings: tuple[str, ...] = ()


class StatusUnusable(Exception):  # noqa: N818 (it says what the file is)
    """status.json cannot be used: why, in one sentence. It is written anew after each pass."""


def known_of(room: Room) -> Known:
    """Return what status.json says, else what the journal's end does. Raises OSError when neither can be read."""
    try:
        document = read_status(room)
    except FileNotFoundError:
        return Known(document=_from_journal(room), source="journal")
    except StatusUnusable as error:
        return Known(document=_from_journal(room), source="journal", warnings=(str(error),))
    return Known(document=document, source="status.json")


def read_status(room: Room) -> dict[str, Any]:
    """Return the document of status.json. Raises FileNotFoundError (or that a folder is a file) and StatusUnusable."""
    path = room.status
    try:
        with path.open("rb") as file:
            data = file.read(_SIZE_MAX)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise StatusUnusable(f"{path}: cannot be read ({error.strerror or error}); correct its rights") from error
    try:
        document = json.loads(data, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise StatusUnusable(f"{path}: is damaged ({error}); a running engine writes it anew") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        said = printable(str(schema))[:40]
        raise StatusUnusable(f"{path}: is of schema {said}, this version reads {SCHEMA}; use the version that runs")
    if not _is_whole(document):
        raise StatusUnusable(f"{path}: is damaged (parts are missing); a running engine writes it anew")
    return dict(document)


def _finite(token: str) -> float:
    number = float(token)
    if not math.isfinite(number):
        raise ValueError(f"{token[:40]} is no number")
    return number


def _is_whole(document: dict[str, Any]) -> bool:
    tables = all(isinstance(document.get(name), dict) for name in _TABLES)
    lists = all(_is_list_of_tables(document.get(name)) for name in _LISTS)
    keys = all(name in document for name in _KEYS)
    return tables and lists and keys and age_of(document, 0) is not None and isinstance(document.get("pid"), int)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def age_of(document: dict[str, Any], now_ms: int) -> float | None:
    """Return how many seconds ago the document was written, by this machine's clock; None when that is not known."""
    written = document.get("written_at")
    if not isinstance(written, str):
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return None if at.tzinfo is None else now_ms / 1000 - at.timestamp()


def _from_journal(room: Room) -> dict[str, Any]:
    """Return what the last events say, in the form of status.json; what they do not say is null."""
    last: dict[str, dict[str, Any]] = {}
    alerts: list[dict[str, Any]] = []
    for event in newest_first(room.journal, bytes_max=_TAIL_BYTES):
        last.setdefault(event["event"], event)
        if event["event"] == "alert" and len(alerts) < 5:
            alerts.append(event)
    return {
        "schema": SCHEMA,
        "environment": room.environment,
        "symbol": last.get("run_started", {}).get("symbol", room.symbol),
        "version": last.get("run_started", {}).get("version"),
        "started_at": _at(last.get("run_started")),
        **_of_pass(last.get("pass", {})),
        "decision": _of_decision(last.get("decision", {})),
        "trade": _of_trade(last),
        "safe_mode": _since(last, "safe_mode", "resumed") or last.get("pass", {}).get("safe_mode"),
        "paused": _paused(last),
        "alerts": [{"at": iso(one["at_ms"]), **_some(one, "level", "code", "reason")} for one in reversed(alerts)],
        "ended": _since(last, "run_ended", "run_started"),
    }


def _of_pass(event: dict[str, Any]) -> dict[str, Any]:
    """Return what the last pass that was written down says."""
    refused = [one for one in event.get("actions", ()) if one.get("action") == "refuse"]
    return {
        "last_pass": {"at": _at(event), **_some(event, "complete", "gaps", "failure")},
        "state": event.get("state"),
        "guard": event.get("guard"),
        "position": {"qty": event.get("position_qty"), "mark": event.get("mark")},
        "market": _some(event, "bid", "ask", "mark"),
        "account": _some(event, "equity"),
        "refusals": [_some(one, "rule", "reason") for one in refused],
    }


def _of_decision(event: dict[str, Any]) -> dict[str, Any]:
    stamp = event.get("timestamp_ms")
    return {
        "decision_id": event.get("decision_id"),
        "action": event.get("action"),
        "timestamp": None if stamp is None else iso(stamp),
        "usable": event.get("usable"),
        "why_not": None if event.get("usable", True) else event.get("reason"),
    }


def _of_trade(last: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Return the open trade, as far as its last events say."""
    opened = _newer(last.get("trade_opened"), last.get("trade_adopted"))
    closed = last.get("trade_closed")
    if opened is None or (closed is not None and closed["seq"] > opened["seq"]):
        return None
    fields = _some(opened, "decision_id", "side", "qty", "entry_price", "sl", "tp1", "tp2")
    updated = last.get("trade_updated")
    if updated is not None and updated["seq"] > opened["seq"]:
        fields |= _some(updated, "qty", "entered", "entry_price", "sl", "tp1_filled")
    return fields | {"opened_at": _at(opened)}


def _newer(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any] | None:
    known = [event for event in (one, other) if event is not None]
    return max(known, key=lambda event: int(event["seq"]), default=None)


def _since(last: dict[str, dict[str, Any]], name: str, undone_by: str) -> str | None:
    """Return the reason of the last event of this name, when no later one undid it."""
    event, undone = last.get(name), last.get(undone_by)
    if event is None or (undone is not None and undone["seq"] > event["seq"]):
        return None
    return str(event["reason"])


def _paused(last: dict[str, dict[str, Any]]) -> bool | None:
    """Return whether the operator paused entries; None when what was read goes not back that far."""
    if "paused" not in last and "resumed" not in last:
        return None
    return _since(last, "paused", "resumed") is not None


def _some(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: event.get(name) for name in names}


def _at(event: dict[str, Any] | None) -> str | None:
    at_ms = None if event is None else event.get("at_ms")
    return None if at_ms is None else iso(at_ms)
