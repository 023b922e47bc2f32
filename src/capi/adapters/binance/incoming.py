"""What the streams told and nobody has heard yet; and how it is heard at once while a look waits for its reads.

The engine is one thread. Stream threads put values into a queue and wake it; it takes them out between passes
(`drain`), and while a look waits for REST (`attend`): a fill does not wait for a read that hangs.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Final

from capi.ports.streams import StreamEvent

Hear = Callable[[Sequence[StreamEvent]], object]
Read = Future[None]


class Incoming:
    """The queue. `tell` may be called from any thread, everything else from the engine's."""

    def __init__(self) -> None:
        """Nobody listens yet: until `listen`, reads are waited for and nothing else."""
        self._queue: Final[SimpleQueue[StreamEvent | Read]] = SimpleQueue()
        self._hear: Hear | None = None
        self._wake: Callable[[], None] = _nobody
        self.tells_of_account: Callable[[], bool] = _no
        """Whether the user stream is connected, as far as is known."""
        self.change: tuple[float, float] | None = None
        """A change that REST has shown: since when the stream must have spoken of it, and when it was shown."""
        self.transfer_told = False
        """Whether the user stream has told of money that was moved, since this was last set to False."""

    @property
    def is_listening(self) -> bool:
        """Return whether somebody hears."""
        return self._hear is not None

    def listen(self, hear: Hear, wake: Callable[[], None]) -> None:
        """From now on call `hear` for what comes while a look reads; `wake` has the engine look into the queue."""
        self._hear, self._wake = hear, wake

    def stop(self) -> None:
        """Hear and wake nobody any more."""
        self._hear, self._wake, self.tells_of_account = None, _nobody, _no

    def tell(self, event: StreamEvent) -> None:
        """Put a value in, and wake the engine."""
        self._queue.put(event)
        self._wake()

    def drain(self) -> list[StreamEvent]:
        """Take out all that waits."""
        events: list[StreamEvent] = []
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                return events
            if not isinstance(item, Future):  # the end of a read that nobody waits for any more
                events.append(item)

    def attend(self, reads: Sequence[Read]) -> None:
        """Wait until all reads are done, and hear meanwhile. Raises what a read raised."""
        for read in reads:
            read.add_done_callback(self._queue.put)
        left = set(reads)
        while left:
            item = self._queue.get()
            if isinstance(item, Future):
                left.discard(item)
            elif self._hear is not None:
                self._hear(self._with_all_that_waits(item, left))
        for read in reads:
            read.result()

    def note_change(self, since: float) -> None:
        """Note that REST shows a change from after `since` (monotonic seconds): the user stream has to tell of it."""
        shown_at = time.monotonic()
        if self.change is not None:
            since, shown_at = max(since, self.change[0]), self.change[1]
        self.change = since, shown_at

    def _with_all_that_waits(self, first: StreamEvent, left: set[Read]) -> list[StreamEvent]:
        """Return what came together: one fill tells of itself in several events."""
        events = [first]
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                return events
            if isinstance(item, Future):
                left.discard(item)
            else:
                events.append(item)


def _nobody() -> None:
    """Wake nobody."""


def _no() -> bool:
    """Nobody tells of anything."""
    return False
