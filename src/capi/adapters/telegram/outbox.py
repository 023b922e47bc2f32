"""What waits to be sent, folded: the same event is one message, lesser ones share one. Pure but for its own memory.

What is urgent (CRITICAL, and news of trades and of the run) is due at once. While it comes again it is said again, with
how often, after a minute, then two, up to ten. The rest waits for the digest: ten seconds after a quiet time, so that
what comes together is told together, and at most once in `digest_seconds`. However many come, few are kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from capi.core.actions import Level
from capi.core.value import value
from capi.ports.alerts import Context

REPEAT_SECONDS: Final = 60.0
"""Until what was sent is said again, if it came again; twice as long each time."""
REPEAT_SECONDS_MAX: Final = 600.0
GATHER_SECONDS_MAX: Final = 10.0
"""How long the first of a digest waits for others."""
GROUPS_MAX: Final = 200
"""Different events that are kept apart; beyond, what has the same code is one."""
SINGLE_MAX: Final = 3
"""Urgent events that each get a message when they wait together; more of them share one."""

Kind = Literal["single", "repeat", "digest"]
Key = tuple[str, Level, str | None, str | None]


@value
class Told:
    """One alert as it was handed over. `at_ms`: the exchange's time. `is_late`: an earlier run could not send it."""

    level: Level
    code: str
    text: str
    at_ms: int
    context: Context
    is_late: bool = False


@dataclass(slots=True)
class Group:
    """The same event, `times` since it was last sent. `records`: when the journal recorded those not yet reported."""

    first: Told
    last: Told
    times: int = 0
    records: dict[int, None] = field(default_factory=dict)
    due_at: float = 0.0
    gap: float = REPEAT_SECONDS
    was_sent: bool = False
    recorded_last: int | None = None

    def is_over(self, now: float) -> bool:
        """Return whether it was sent and has not come again since, until it might have been said again."""
        return self.times == 0 and now >= self.due_at

    def add(self, told: Told) -> None:
        """Count one more."""
        if self.times == 0:
            self.first = told
        self.last = told
        self.times += 1
        recorded = told.context.recorded_at_ms
        if recorded is not None and recorded != self.recorded_last:
            self.records[recorded] = None
            self.recorded_last = recorded

    def taken(self) -> "Group":
        """Return what is to be sent of it now; what comes from here on is counted anew."""
        out = Group(first=self.first, last=self.last, times=self.times, records=self.records)
        self.times, self.records = 0, {}
        return out


@value
class Message:
    """What goes out next."""

    kind: Kind
    groups: tuple[Group, ...]

    @property
    def level(self) -> Level:
        """Return the gravest level in it."""
        return max((group.last.level for group in self.groups), key=LEVELS.index)


LEVELS: Final[tuple[Level, ...]] = ("INFO", "WARNING", "ERROR", "CRITICAL")


class Outbox:
    """Collects alerts and says what is due. Times are monotonic seconds. `news`: codes that are urgent at any level."""

    def __init__(self, digest_seconds: float, news: Iterable[str]) -> None:
        self._digest_seconds: Final = digest_seconds
        self._news: Final = frozenset(news)
        self._urgent: Final[dict[Key, Group]] = {}
        self._lesser: Final[dict[Key, Group]] = {}
        self._digest_at: float | None = None  # when the next one is due; None: nothing waits for it
        self._digest_free_at = 0.0
        self._is_flushing = False

    def take(self, told: Told, now: float) -> None:
        """Add one alert."""
        urgent = told.level == "CRITICAL" or told.code in self._news
        groups = self._urgent if urgent else self._lesser
        key = self._key(told, groups, now)
        group = groups.get(key)
        if group is None or group.is_over(now):
            recorded_last = None if group is None else group.recorded_last
            group = groups[key] = Group(first=told, last=told, due_at=now, recorded_last=recorded_last)
        group.add(told)
        if not urgent and self._digest_at is None:
            self._digest_at = max(now + min(GATHER_SECONDS_MAX, self._digest_seconds), self._digest_free_at)

    def flush(self) -> None:
        """From now on whatever waits is due: there will be no later."""
        self._is_flushing = True

    def due_in(self, now: float) -> float | None:
        """Return after how many seconds something may be due; None: nothing waits."""
        dues = [group.due_at for group in self._urgent.values() if group.times]
        if self._lesser and self._digest_at is not None:
            dues.append(self._digest_at)
        if not dues:
            return None
        return 0.0 if self._is_flushing else max(0.0, min(dues) - now)

    def next(self, now: float, *, urgent_only: bool = False) -> Message | None:
        """Take what is to be sent now, the urgent first; None: nothing is due."""
        due = [group for group in self._urgent.values() if group.times and (self._is_flushing or now >= group.due_at)]
        if due:
            kind: Kind = "repeat" if due[0].was_sent else "single"
            taken = due if len(due) > SINGLE_MAX else due[:1]
            message = Message(
                kind=kind if len(taken) == 1 else "digest", groups=tuple(group.taken() for group in taken)
            )
            for group in taken:
                _rest(group, now)
            return message
        if urgent_only or not self._lesser or self._digest_at is None:
            return None
        if self._is_flushing or now >= self._digest_at:
            groups = tuple(group.taken() for group in self._lesser.values())
            self._lesser.clear()
            self._digest_at, self._digest_free_at = None, now + self._digest_seconds
            return Message(kind="single" if len(groups) == 1 else "digest", groups=groups)
        return None

    def _key(self, told: Told, groups: dict[Key, Group], now: float) -> Key:
        """Return what makes it the same event as another: code, level, and what it is about but for the generation."""
        about = told.context
        role = None if about.order_id is None else "_".join(about.order_id.split("_")[:2])
        key = (told.code, told.level, about.decision_id, role)
        if key in groups or len(groups) < GROUPS_MAX:
            return key
        for old in [old for old, group in groups.items() if group.is_over(now)]:
            del groups[old]
        return key if len(groups) < GROUPS_MAX else (told.code, told.level, None, None)


def _rest(group: Group, now: float) -> None:
    """Let a group wait until it may be said again, each time for longer."""
    group.gap = min(group.gap * 2, REPEAT_SECONDS_MAX) if group.was_sent else REPEAT_SECONDS
    group.was_sent = True
    group.due_at = now + group.gap
