"""A decision file that a person names: read once, now. What is no decision file at all is an error, not a decision.

Missing, a directory, without rights, empty, binary or too long: an `InputError`, since the path is probably a mistake.
A file that is text but invalid is `Unusable`, exactly as the engine would take it.
"""

from pathlib import Path

from capi.adapters.decision_json import parse_decision
from capi.adapters.exact_json import DOCUMENT_BYTES_MAX
from capi.adapters.fields import InputError
from capi.adapters.input_file import read_input, unreadable_path
from capi.ports.decisions import Received


def read_decision_path(path: Path, *, symbol: str, id_prefix: str) -> Received:
    """Return what the decision file at `path` says. Raises InputError."""
    document = read_input(path, DOCUMENT_BYTES_MAX)
    if not document.strip():
        raise InputError(f"{path}: is empty; name a decision file")
    if b"\x00" in document:
        raise InputError(f"{path}: is binary; name a decision file, which is JSON text")
    try:
        mtime_ms = path.stat().st_mtime_ns // 1_000_000
    except OSError as error:
        raise unreadable_path(path, error) from error
    return parse_decision(document, symbol=symbol, id_prefix=id_prefix, mtime_ms=mtime_ms)
