"""A scenario file becomes a `Scenario`, or one sentence says what is wrong, where, and what to write instead.

TOML, read strictly: numbers exact, unknown keys refused, what is played checked as far as it can be without playing it.
fixtures/scenarios/README.md tells the format to those who write one.
"""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Final

from capi.adapters.fields import InputError, flag, shown, text, time_ms
from capi.cli.scenario import parts
from capi.cli.scenario import table as read
from capi.cli.scenario.model import Account, Play, Scenario
from capi.cli.scenario.table import Table

FILE_SIZE_MAX: Final = 1 << 20
LENGTH_MS_MAX: Final = 86_400_000
START: Final = "2025-11-28T10:05:00Z"
_NAME: Final = re.compile(r"test_[a-z0-9_]+")


def read_scenario(path: Path) -> Scenario:
    """Return the scenario in a file. Raises InputError."""
    try:
        with path.open("rb") as file:
            content = file.read(FILE_SIZE_MAX + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(f"{path}: cannot be read ({why}); name a scenario file, as in fixtures/scenarios") from error
    if len(content) > FILE_SIZE_MAX:
        raise InputError(f"{path}: is larger than {FILE_SIZE_MAX} bytes: it is no scenario")
    try:
        document = tomllib.loads(content.decode(), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8: it is no scenario") from error
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise InputError(f"{path}: is not valid TOML ({error}); correct it there") from error
    try:
        return _scenario(Table(document, ""), path.name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _scenario(top: Table, file: str) -> Scenario:
    number, name = top.take("number", read.whole), top.take("name", text)
    if not _NAME.fullmatch(name):
        raise InputError(f"name: {shown(name)} is no test's name; write test_ and lower-case words")
    said = {key: top.take(key, text) for key in ("title", "happened", "why")}
    reference = top.take("reference", read.items(text))
    proved_by = top.take("proved_by", read.items(text)) if "proved_by" in top else ()
    not_applicable = top.take("not_applicable", text) if "not_applicable" in top else None
    play = _play(top) if "path" in top or not (proved_by or not_applicable) else None
    top.done()
    return Scenario(
        file=file,
        number=number,
        name=name,
        reference=reference,
        play=play,
        proved_by=proved_by,
        not_applicable=not_applicable,
        **said,
    )


def _play(top: Table) -> Play:
    start_ms = top.get("start", time_ms, time_ms(START, "start"))
    length_ms = top.take("seconds", read.moment)
    if not 0 < length_ms <= LENGTH_MS_MAX:
        raise InputError(f"seconds: has to be above 0 and at most {LENGTH_MS_MAX // 1000}, a day")
    play = Play(
        start_ms=start_ms,
        length_ms=length_ms,
        config=top.get("config", read.mapping, {}),
        account=top.get("account", parts.account, Account()),
        instrument=top.get("instrument", parts.instrument, {}),
        path=top.take("path", read.items(parts.point)),
        books=top.get("book", read.items(parts.book), ()),
        decisions=top.get("decision", read.items(lambda value, place: parts.written(value, place, start_ms)), ()),
        faults=top.get("fault", read.items(parts.fault), ()),
        acts=top.get("act", read.items(parts.act), ()),
        musts=top.take("must", read.items(parts.must)),
        hears_events=top.get("events", flag, default=True),
    )
    if not play.path or play.path[0].at_ms != 0:
        raise InputError("path: has to begin at 0 seconds; write [[0, PRICE], ...]")
    if not play.musts:
        raise InputError("must: is empty; a scenario that asks for nothing shows nothing")
    _in_order("path", [point.at_ms for point in play.path], length_ms)
    _in_order("book", [book.at_ms for book in play.books], length_ms)
    _in_order("decision", [written.at_ms for written in play.decisions], length_ms)
    _in_order("act", [act.at_ms for act in play.acts], length_ms)
    _in_order("must", sorted(must.at_ms for must in play.musts if must.at_ms is not None), length_ms)
    return play


def _in_order(name: str, times: list[int], length_ms: int) -> None:
    if times != sorted(times):
        raise InputError(f"{name}: the times do not rise; sort the entries")
    if times and times[-1] > length_ms:
        raise InputError(f"{name}: {times[-1] / 1000:g} s is after the end; make it earlier, or seconds longer")
