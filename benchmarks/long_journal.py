"""A journal of a long time, made of a short one: the same hours again and again, each later, with orders of their own.

What is made is a journal as the engine writes it, in everything that queries look at: numbers without a hole, times
and ids that go on, an open trade with its orders at the end. Of what only tells that time goes on a part is left out,
so that there are many orders in it.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_STAMP: Final = re.compile(
    r'("seq":)(\d+)'
    r"|(?<=_ms\":)(\d{13})"
    r'|("trade_id":)(\d+)'
    r"|(\d{8}T\d{6}Z)"
    r"|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
)
_ID: Final = "%Y%m%dT%H%M%SZ"
_ISO: Final = "%Y-%m-%dT%H:%M:%SZ"
_FILLS_A_ROUND: Final = 1000
Piece = str | Callable[[int], str]


def lengthen(short: Path, long: Path, *, events: int, hours: int) -> None:
    """Write `long`: the events of `short`, which lasts `hours`, again and again until there are `events` of them."""
    opened, *lines = short.read_text("ascii").splitlines()
    lines = [line for index, line in enumerate(lines) if _is_kept(index, line)]
    last = max(index for index, line in enumerate(lines) if '"event":"trade_opened"' in line)
    still_open = str(json.loads(lines[last])["decision_id"])
    templates = [list(_pieces(line, timedelta(hours=hours))) for line in lines]
    whole = [template for template, line in zip(templates, lines, strict=True) if still_open not in line]
    with long.open("w", encoding="ascii") as file:
        file.write(f"{opened}\n")
        seq = 1
        while seq < events:
            round_number = seq // len(whole)
            enough = events - seq <= len(lines)
            for template in templates[: last + 3] if enough else whole:
                seq += 1
                file.write(_line(template, seq, round_number))
            if enough:
                return


def _is_kept(index: int, line: str) -> bool:
    """Return whether a line is taken: all of what trades, a part of what only tells that time goes on."""
    if '"event":"equity"' in line:
        return index % 30 == 0
    return '"event":"run_' not in line and ('"event":"pass"' not in line or '"result":"ack"' in line)


def _line(template: list[Piece], seq: int, round_number: int) -> str:
    said = "".join(piece if isinstance(piece, str) else piece(round_number) for piece in template)
    return f'{{"seq":{seq}{said}\n'


def _pieces(line: str, step: timedelta) -> Iterator[Piece]:
    """Yield a line in parts: text that stays, and functions that make the same part of a later round."""
    after = line.index(",")  # behind the number
    for match in _STAMP.finditer(line, after):
        yield line[after : match.start()]
        yield _later(match, step)
        after = match.end()
    yield line[after:]


def _later(match: re.Match[str], step: timedelta) -> Callable[[int], str]:
    if match[3]:
        first, step_ms = int(match[3]), int(step.total_seconds() * 1000)
        return lambda number: str(first + number * step_ms)
    if match[5]:
        trade_id = int(match[5])
        return lambda number: f'"trade_id":{trade_id + number * _FILLS_A_ROUND}'
    written = _ID if match[6] else _ISO
    at = datetime.strptime(match[0], written).replace(tzinfo=UTC)
    return lambda number: (at + number * step).strftime(written)
