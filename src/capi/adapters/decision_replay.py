"""Decisions of a replay: JSON lines of decision.json, each known from its timestamp on.

A line that is invalid but says when it was made is `Unusable` from then on, as the file would have been; one that does
not say when is left out. Both are reported with their line number, and so are lines out of order, which are sorted (of
two with one time the later line counts). Kept in memory is each line's text, and of the first few thousand what it
parses to.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Final

from capi.adapters.decision_file import SeenIds
from capi.adapters.decision_json import decision_time_ms, parse_decision
from capi.adapters.exact_json import DOCUMENT_BYTES_MAX, JsonError, exact_json
from capi.adapters.fields import InputError
from capi.adapters.input_file import unreadable_path
from capi.core.decision import Decision, Unusable
from capi.core.value import record
from capi.ports.decisions import Received

PROBLEMS_MAX: Final = 100
PARSED_KEPT: Final = 4096
"""How many decisions are kept as they were parsed when the file was read; later ones are parsed again."""
_LINE_BYTES_MAX: Final = DOCUMENT_BYTES_MAX + 2
NOT_YET: Final = Received(decision=Unusable(reason="the decision is missing: the replay has not come to the first one"))


@record
class _Line:
    number: int
    timestamp_ms: int
    document: bytes
    decision_id: str | None = None  # told apart from an equal one; None: unusable
    parsed: Received | None = None  # None: to be parsed


class ReplayDecisions:
    """A `DecisionSource` over decisions of the past. `problems`: sentences about its lines, the first hundred."""

    def __init__(self, lines: list[_Line], problems: tuple[str, ...], symbol: str, id_prefix: str) -> None:
        self.problems = problems
        self._lines = lines
        self._times = [line.timestamp_ms for line in lines]
        self._symbol = symbol
        self._id_prefix = id_prefix
        self._index = -1
        self._current = NOT_YET

    def __len__(self) -> int:
        """Return how many decisions there are, unusable ones included."""
        return len(self._lines)

    @property
    def span_ms(self) -> tuple[int, int]:
        """Return when the first and the last usable decision were made."""
        times = [line.timestamp_ms for line in self._lines if line.decision_id is not None]
        return times[0], times[-1]

    def any_made(self, from_ms: int, to_ms: int) -> bool:
        """Return whether a usable decision was made in this time, both ends included."""
        return any(from_ms <= line.timestamp_ms <= to_ms for line in self._lines if line.decision_id is not None)

    def latest(self, now_ms: int) -> Received:
        """Return the decision in force at `now_ms`."""
        index = bisect_right(self._times, now_ms) - 1
        if index != self._index:
            self._index = index
            self._current = NOT_YET if index < 0 else self._received(self._lines[index])
        return self._current

    def next_change_ms(self, now_ms: int) -> int | None:
        """Return when the next decision after `now_ms` becomes known, or None when there is none."""
        index = bisect_right(self._times, now_ms)
        return self._times[index] if index < len(self._times) else None

    def _received(self, line: _Line) -> Received:
        received = line.parsed or self._parsed(line)
        decision = received.decision
        if isinstance(decision, Decision) and line.decision_id not in (None, decision.decision_id):
            return replace(received, decision=replace(decision, decision_id=line.decision_id))
        return received

    def _parsed(self, line: _Line) -> Received:
        return parse_decision(line.document, symbol=self._symbol, id_prefix=self._id_prefix, mtime_ms=None)


def read_decisions_jsonl(path: Path, symbol: str, id_prefix: str) -> ReplayDecisions:
    """Return the decisions of a file of JSON lines. Raises InputError when it cannot be read or holds none."""
    problems = _Problems(path)
    lines: list[_Line] = []
    for number, document in _documents(path):
        received = parse_decision(document, symbol=symbol, id_prefix=id_prefix, mtime_ms=None)
        decision = received.decision
        if isinstance(decision, Decision):
            parsed = received if len(lines) < PARSED_KEPT else None
            lines.append(_Line(number, decision.timestamp_ms, document, decision.decision_id, parsed))
            continue
        timestamp_ms = _time_of(document)
        if timestamp_ms is not None:
            lines.append(_Line(number, timestamp_ms, document))
        fate = "left out" if timestamp_ms is None else "unusable from its timestamp on"
        problems.add(f"line {number}: {decision.reason} ({fate})")
    if all(line.decision_id is None for line in lines):
        raise InputError(f"{path}: holds no usable decision ({problems.first()}); write one decision.json a line")
    for earlier, later in pairwise(lines):
        if later.timestamp_ms < earlier.timestamp_ms:
            problems.add(f"line {later.number}: older than line {earlier.number} (sorted)")
    return ReplayDecisions(_in_order(lines), problems.sentences(), symbol, id_prefix)


def _in_order(lines: list[_Line]) -> list[_Line]:
    """Return the lines by time, ids that came back with another time told apart."""
    ids, ordered = SeenIds(), sorted(lines, key=attrgetter("timestamp_ms"))
    for index, line in enumerate(ordered):
        if line.decision_id is not None:
            told_apart = ids.told_apart(line.decision_id, line.timestamp_ms)
            if told_apart != line.decision_id:
                ordered[index] = replace(line, decision_id=told_apart)
    return ordered


def _time_of(document: bytes) -> int | None:
    try:
        return decision_time_ms(exact_json(document))
    except JsonError:
        return None


class _Problems:
    """Sentences about a file's lines: the first hundred, and how many there were."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: list[str] = []
        self._count = 0

    def add(self, sentence: str) -> None:
        self._count += 1
        if len(self._kept) < PROBLEMS_MAX:
            self._kept.append(sentence)

    def first(self) -> str:
        return self._kept[0] if self._kept else "it is empty"

    def sentences(self) -> tuple[str, ...]:
        said = [f"{self._path}: {sentence}" for sentence in self._kept]
        if self._count > len(said):
            said.append(f"{self._path}: and {self._count - len(said):,} more lines like these")
        return tuple(said)


def _documents(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank, with its number; of one that is too long only its beginning."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_LINE_BYTES_MAX):
                number += 1
                end = line
                while not end.endswith(b"\n") and (end := file.readline(_LINE_BYTES_MAX)):
                    pass
                if line.strip():
                    yield number, line.rstrip(b"\r\n")
    except OSError as error:
        raise unreadable_path(path, error) from error
