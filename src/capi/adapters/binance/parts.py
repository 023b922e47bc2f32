"""One part of a look with an age of its own: read when it is due, kept while it is young, and honest about both."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from returns.pipeline import is_successful
from returns.result import Result

from capi.core.errors import ExchangeError

T = TypeVar("T")


class Part(Generic[T]):
    """A value that is read every `every_ms`, and after a write that concerns it.

    A read that fails is tried again at the next look. The value then goes on counting until it is `tolerance_ms` old,
    but not past a write: what is older than that says nothing about what the write did.
    """

    def __init__(
        self, name: str, read: Callable[[], Result[T, ExchangeError]], *, every_ms: int, tolerance_ms: int
    ) -> None:
        self.name: Final = name
        self.value: T | None = None
        self.error: ExchangeError | None = None
        self._read: Final = read
        self._every_ms: Final = every_ms
        self._tolerance_ms: Final = tolerance_ms
        self._read_at_ms = 0
        self._marks = 0  # how often something happened that concerns it; any thread may add
        self._marks_read = 0

    @property
    def read_at_ms(self) -> int:
        """Return when it was last read; 0: never."""
        return self._read_at_ms

    def mark_due(self) -> None:
        """Have it read at the next look: something happened that concerns it."""
        self._marks += 1

    def is_due(self, now_ms: int) -> bool:
        """Return whether it has to be read."""
        young = 0 <= now_ms - self._read_at_ms < self._every_ms
        return self.value is None or self._marks != self._marks_read or not young

    def refresh(self, now_ms: int) -> None:
        """Read it; `now_ms` is from before the reading."""
        marks = self._marks
        result = self._read()
        if is_successful(result):
            self.value, self.error = result.unwrap(), None
            self._read_at_ms, self._marks_read = now_ms, marks
        else:
            self.error = result.failure()

    def gap(self, now_ms: int) -> str | None:
        """Return why it does not count, or None when it does."""
        why = f": {self.error.message}" if self.error is not None else ""
        if self.value is None:
            return f"{self.name} was never read{why}"
        if self._marks != self._marks_read:
            return f"{self.name} is older than what concerns it{why}"
        if now_ms - self._read_at_ms > self._tolerance_ms:
            return f"{self.name} is {now_ms - self._read_at_ms} ms old{why}"
        return None

    def is_overtaken(self, now_ms: int) -> bool:
        """Return whether it counted as the look began, or was read in it, and something that concerns it came after.

        The look says how things were then, and this part of it still says so: it has a gap, but it is not unknown.
        """
        was_read = self.value is not None and self.error is None
        return was_read and self._marks != self._marks_read and now_ms - self._read_at_ms <= self._tolerance_ms
