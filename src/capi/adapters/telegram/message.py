"""A message as text: `[LEVEL] [SOURCE] [CODE]`, then time, details, context, and what the operator is advised to do.

Plain text: whatever an exchange or a file has written is shown as it is, and breaks no markup. What is too long for
Telegram is cut and says so. Source of the form: spec/decision.md.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from capi.adapters.telegram.outbox import Group, Message, Told
from capi.core.alert_codes import advice_of

LENGTH_MAX: Final = 4096
"""Telegram's limit, in UTF-16 units."""
DETAILS_MAX: Final = 1500
BRIEF_MAX: Final = 200
REST_LENGTH: Final = 60
"""Kept free for the count of what has no room."""
_CUT: Final = " …"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(message: Message) -> str:
    """Return a message's text."""
    if message.kind == "digest":
        return _fit(_digest(message))
    return _fit("\n".join(_whole(message.groups[0], message)))


def _whole(group: Group, message: Message) -> Iterator[str]:
    told = group.last
    yield f"[{told.level}] [{told.context.source}] [{told.code}]"
    yield _when(group)
    yield _clean(told.text, DETAILS_MAX)
    yield _context(told)
    if message.kind == "repeat" or group.times > 1:
        yield _times(group, again=message.kind == "repeat")
    advice = advice_of(told.code)
    if advice:
        yield f"What to do: {advice}"


def _digest(message: Message) -> str:
    """Return a head and a block for each event; those for which there is no room are counted."""
    count = sum(group.times for group in message.groups)
    first = min(group.first.at_ms for group in message.groups)
    text = f"[{message.level}] [capi] [digest]\n{count} alerts since {_clock(first)}:"
    for number, group in enumerate(message.groups):
        longer = f"{text}\n\n{_block(group)}"
        if _length(longer) > LENGTH_MAX - REST_LENGTH:
            return f"{text}\n\nand {len(message.groups) - number} other events: capi logs shows them"
        text = longer
    return text


def _block(group: Group) -> str:
    told, often = group.last, f" ×{group.times}" if group.times > 1 else ""
    head = f"[{told.level}] [{told.context.source}] [{told.code}]{often}"
    return f"{head}\n{_when(group)} {_clean(told.text, BRIEF_MAX)}\n{_context(told)}"


def _when(group: Group) -> str:
    return _clock(group.last.at_ms) + (" (late: an earlier run could not send it)" if group.last.is_late else "")


def _times(group: Group, *, again: bool) -> str:
    seconds = (group.last.at_ms - group.first.at_ms) // 1000
    return f"×{group.times}{' more' if again else ''} within {seconds} s"


def _context(told: Told) -> str:
    about = told.context
    facts = {
        "symbol": about.symbol,
        "price": about.price,
        "side": about.side,
        "decision": about.decision_id,
        "order": about.order_id,
    }
    return ", ".join(f"{name} {_clean(fact, BRIEF_MAX)}" for name, fact in facts.items() if fact is not None)


def _clock(at_ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%d %H:%M:%S UTC")


def _clean(text: str, length_max: int) -> str:
    """Return text on one line, without what cannot be shown or sent."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown if len(shown) <= length_max else shown[: length_max - len(_CUT)] + _CUT


def _fit(text: str) -> str:
    """Return as much of a text as Telegram takes. What is beyond the basic plane counts as two."""
    if _length(text) <= LENGTH_MAX:
        return text
    kept = text.encode("utf-16-le")[: 2 * (LENGTH_MAX - len(_CUT))].decode("utf-16-le", errors="ignore")
    return kept + _CUT


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
