"""What a scenario may ask for: each check has a reader, for what the file says of it, and a judge (judges.py)."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from capi.adapters.fields import InputError, flag, shown, text
from capi.cli.scenario import judges
from capi.cli.scenario import table as read
from capi.cli.scenario.patterns import Pattern, read_pattern
from capi.cli.scenario.seen import Seen


class Check(NamedTuple):
    """How a check is read, and how it is judged."""

    read: Callable[[object, str], Any]
    judge: Callable[[Seen, Any], judges.Verdict]


def read_wants(check: str, wants: object, place: str) -> Any:
    """Return what a check wants. Raises InputError."""
    return CHECKS[check].read(wants, place)


def judge(seen: Seen, check: str, wants: Any) -> judges.Verdict:
    """Return whether a check holds now."""
    return CHECKS[check].judge(seen, wants)


# readers


def _guard_name(value: object, place: str) -> str:
    return read.choice(("none", "guarded", "guarded_by_previous", "naked", "unknown"))(value, place)


def _named(key: str) -> Callable[[object, str], Pattern]:
    """Return a reader of a pattern that may be written as a word alone."""

    def reader(value: object, place: str) -> Pattern:
        return read_pattern({key: value} if isinstance(value, str) else value, place)

    return reader


def _event_pattern(value: object, place: str) -> Pattern:
    pattern = read_pattern(value, place)
    if "event" not in pattern.fields:
        raise InputError(f"{place}: {shown(str(pattern.fields))} names no event; write event = ...")
    return pattern


CHECKS: Final[Mapping[str, Check]] = {
    "position": Check(read.number, judges.position),
    "position_max": Check(read.number, judges.position_max),
    "stop_at": Check(read.positive, judges.stop_at),
    "stops": Check(read.whole, judges.stop_count),
    "own_orders": Check(read.whole, judges.own_left),
    "foreign_orders": Check(read.whole, judges.foreign_left),
    "resting": Check(read_pattern, judges.resting),
    "naked_seconds_max": Check(read.number, judges.naked),
    "sent": Check(read_pattern, judges.sent),
    "cancelled": Check(read_pattern, judges.cancelled),
    "every": Check(read_pattern, judges.every),
    "event": Check(_event_pattern, judges.event),
    "told": Check(_named("code"), judges.told),
    "not_told": Check(text, judges.not_told),
    "quiet_from": Check(read.moment, judges.quiet_from),
    "trades": Check(read.whole, judges.trades),
    "closed": Check(_named("exit_reason"), judges.closed),
    "trade_open": Check(flag, judges.trade_open),
    "safe_mode": Check(flag, judges.safe_mode),
    "guard": Check(_guard_name, judges.guard),
    "ledger_agrees": Check(flag, judges.ledger_agrees),
    "refused": Check(_named("gate"), judges.refused),
    "not_refused": Check(text, judges.not_refused),
}
