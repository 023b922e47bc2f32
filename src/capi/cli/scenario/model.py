"""A scenario as values: what happens, and what must hold. Times are milliseconds since its start, prices USDT."""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, Final, Literal

from capi.core.account import MarginMode
from capi.core.actions import Role
from capi.core.decision import Side
from capi.core.value import value

Subject = Literal["entry", "sl", "tp1", "tp2", "exit", "cancel", "leverage", "margin_mode", "dead_man", "look"]
"""What a fault befalls: placing an order of a role, another request, or a look."""

What = Literal[
    "refused",  # a clear no, with a code
    "done_but_refused",  # carried out, and a no with a code all the same (a copy of the request was refused)
    "lost",  # carried out, and the answer is lost
    "timeout",  # not carried out, and no answer
    "late",  # no answer, and carried out `seconds` later
    "unreachable",  # surely not carried out
    "throttled",  # 429 or 418: not carried out, silence for `seconds`
    "clock",  # -1021
    "no_permission",  # key or rights
    "echo",  # carried out as something else: `shows`
    "crash_before",  # the process ends before the request goes out
    "crash_after",  # the process ends after it was carried out, before the answer is read
    "shows",  # a look shows other values: `shows`
    "lacks",  # a look could not read a part, and says so: `part`
    "hides",  # a look does not show a part, and says nothing: `part`
    "freezes",  # a look shows a part as it was before the fault: `part`
]
Part = Literal["plain", "algo", "orders", "position", "fills"]

Deed = Literal[
    "restart",  # the process ends and starts again on its journal
    "restart_without_ledger",  # likewise, and the journal is lost
    "restart_torn",  # likewise, and the journal's last line was cut
    "stop",  # the process ends
    "start",  # and starts again
    "disk_full",
    "disk_free",
    "order",  # a person sends an order by the exchange's own app
    "cancel",  # a person cancels an order, ours too
    "close",  # a person closes the position at market
    "pause",
    "resume",
    "flatten",  # `capi flatten`: close the position, and enter nothing until resumed
]

FOREVER: Final = 1 << 62


@value
class Point:
    """The best bid at a time; straight lines lie between two points."""

    at_ms: int
    bid: Decimal


@value
class Book:
    """What the book looks like from a time on: quantities at both touches, spread in USDT."""

    at_ms: int
    bid_qty: Decimal
    ask_qty: Decimal
    spread: Decimal


@value
class Written:
    """What is in the decision file from a time on; None: the file is gone."""

    at_ms: int
    document: bytes | None
    told: str


@value
class Fault:
    """What goes wrong: with the `nth` and following `times` of a subject, or with all of them in a time."""

    on: Subject
    what: What
    nth: int = 1
    times: int = 1
    from_ms: int | None = None  # None: counted, not timed
    until_ms: int = FOREVER
    role: Role | None = None  # of the order that a cancel is for
    code: int = 0
    message: str = ""
    for_ms: int = 0
    part: Part = "orders"
    shows: Mapping[str, Any] = field(default_factory=dict)


@value
class Act:
    """What a person, the operator or the machine does."""

    at_ms: int
    do: Deed
    id: str = ""
    role: Role | None = None
    side: Side = "BUY"
    type: str = "LIMIT"
    qty: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    reduce_only: bool = False
    close_position: bool = False


@value
class Must:
    """What must hold at a time (None: at the end): `check` names it, `wants` says what."""

    at_ms: int | None
    check: str
    wants: Any
    told: str  # what it wants, as the file has it


@value
class Account:
    """What the account is like at the start. `position_lag`: looks that still show a position as before its change."""

    equity: Decimal = Decimal(10_000)
    leverage: int = 20
    margin_mode: MarginMode = "cross"
    position_lag: int = 0


@value
class Play:
    """All that is needed to play a scenario."""

    start_ms: int
    length_ms: int
    config: Mapping[str, Any]
    account: Account
    instrument: Mapping[str, Decimal]
    path: tuple[Point, ...]
    books: tuple[Book, ...]
    decisions: tuple[Written, ...]
    faults: tuple[Fault, ...]
    acts: tuple[Act, ...]
    musts: tuple[Must, ...]
    hears_events: bool  # False: no word from the exchange but looks, one each interval


@value
class Scenario:
    """One incident. `play` is None where tests alone prove it, or where it does not apply (`not_applicable` says why).

    `proved_by`: tests that prove it, or the part of it that cannot be played.
    """

    file: str
    number: int  # in the catalogue
    name: str
    title: str
    happened: str
    why: str
    reference: tuple[str, ...]
    play: Play | None
    proved_by: tuple[str, ...]
    not_applicable: str | None
