"""Alerts to Telegram on a thread of its own: whatever Telegram, the network or a storm of alerts does, no pass waits.

`take` folds an alert into the outbox and returns at once. The thread sends what is due, waits as long as Telegram asks,
tries again what failed by itself, and lays down what became of each alert for the engine's thread to collect and
record. What is not sent when the process ends stays as recorded, and the next start sees to it.
"""

import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Condition, Event, Thread
from typing import Final

from capi.adapters.telegram.client import Answer, Refused, Sent, TelegramClient, Throttled, Unreachable
from capi.adapters.telegram.message import text_of
from capi.adapters.telegram.outbox import Message, Outbox, Told
from capi.ports.alerts import Delivery, DeliveryStatus

CLOSE_SECONDS: Final = 3.0
"""How long the end waits for what is not sent yet."""
GAP_SECONDS: Final = 1.0
"""Between two messages: Telegram takes about one a second for a chat."""
ATTEMPTS_MAX: Final = 5
CRITICAL_ATTEMPTS_MAX: Final = 60
"""About an hour, as the pause between two attempts grows up to a minute."""
TOLD_ATTEMPTS: Final = 3
"""Until it is told that a message does not go out. It is tried on."""
BACK_OFF_SECONDS: Final = 1.0
BACK_OFF_SECONDS_MAX: Final = 60.0


class TelegramSender:
    """Sends to every chat. Start it once; close it at the end."""

    def __init__(self, token: str, chat_ids: tuple[str, ...], outbox: Outbox) -> None:
        self._token: Final = token
        self._chat_ids: Final = chat_ids
        self._outbox: Final = outbox
        self._changed: Final = Condition()
        self._closing: Final = Event()
        self._delivered: Final[SimpleQueue[Delivery]] = SimpleQueue()
        self._free_at: Final[dict[str, float]] = {}  # until when a chat asks for silence
        self._trouble: str | None = None
        self._thread: Final = Thread(target=self._run, name="telegram", daemon=True)

    def __repr__(self) -> str:
        """Return no more than what it is."""
        return f"TelegramSender({len(self._chat_ids)} chats)"

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def take(self, told: Told) -> None:
        """Have one alert sent. Returns at once and raises nothing."""
        with self._changed:
            self._outbox.take(told, time.monotonic())
            self._changed.notify()

    def deliveries(self) -> Iterator[Delivery]:
        """Take what became of alerts since the last call."""
        while True:
            try:
                yield self._delivered.get_nowait()
            except Empty:
                return

    @property
    def trouble(self) -> str | None:
        """Return why a message does not go out; None when the last one did, or there was none."""
        if self._thread.ident is not None and not self._thread.is_alive() and not self._closing.is_set():
            return self._trouble or "the thread that writes to Telegram has ended: start again"
        return self._trouble

    def close(self) -> None:
        """Send what waits, for a moment at most, and end. A second time it does nothing."""
        with self._changed:
            if self._closing.is_set():
                return
            self._outbox.flush()
            self._closing.set()
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)
            if self._thread.is_alive():
                self._trouble = "Telegram did not answer in time at the end of the run: the next one sees to the rest"

    def _run(self) -> None:
        try:
            client = TelegramClient(self._token)
        except (ImportError, ValueError, OSError) as error:  # a proxy or certificates that cannot be used
            cure = "correct the variables for proxies and certificates in the environment, and start again"
            self._trouble = f"nothing can be sent to Telegram ({type(error).__name__}): {cure}"
            return
        with client:
            while (message := self._next()) is not None:
                self._deliver(client, message)
                self._closing.wait(GAP_SECONDS)

    def _next(self) -> Message | None:
        """Wait for what is due next; None: the end."""
        with self._changed:
            while True:
                message = self._outbox.next(time.monotonic())
                if message is not None or self._closing.is_set():
                    return message
                self._changed.wait(self._outbox.due_in(time.monotonic()))

    def _deliver(self, client: TelegramClient, message: Message) -> None:
        """Send one message to each chat, and lay down what became of it; nothing when the end came first.

        What is urgent goes first while this one waits to be tried again.
        """
        text, is_critical = text_of(message), message.level == "CRITICAL"
        attempts_max = CRITICAL_ATTEMPTS_MAX if is_critical else ATTEMPTS_MAX
        pending = dict.fromkeys(self._chat_ids, 0.0)  # chat → when it may be asked
        tries = dict.fromkeys(self._chat_ids, 0)
        errors: dict[str, None] = {}
        while pending:
            due = {chat_id: max(at, self._free_at.get(chat_id, 0.0)) for chat_id, at in pending.items()}
            chat_id = min(due, key=due.__getitem__)
            urgent = self._wait_until(due[chat_id], heeds_urgent=not is_critical)
            if urgent is not None:
                self._deliver(client, urgent)
                continue
            if self._closing.is_set() and (tries[chat_id] or time.monotonic() < due[chat_id]):
                return  # its trouble is known; the next start sees to it
            answer = client.post(chat_id, text)
            tries[chat_id] += 1
            self._note(chat_id, answer, tries[chat_id])
            wait = _wait(answer, tries[chat_id])
            if wait is not None and tries[chat_id] < attempts_max:
                pending[chat_id] = time.monotonic() + wait
                continue
            del pending[chat_id]
            if not isinstance(answer, Sent):
                errors[answer.why] = None
        self._trouble = "; ".join(errors) or None
        for delivery in _deliveries(message, sum(tries.values()), self._trouble):
            self._delivered.put(delivery)

    def _wait_until(self, at: float, *, heeds_urgent: bool) -> Message | None:
        """Wait until a time, or the end; return what is urgent and came meanwhile."""
        with self._changed:
            while (left := at - time.monotonic()) > 0 and not self._closing.is_set():
                urgent = self._outbox.next(time.monotonic(), urgent_only=True) if heeds_urgent else None
                if urgent is not None:
                    return urgent
                self._changed.wait(left)
        return None

    def _note(self, chat_id: str, answer: Answer, tries: int) -> None:
        """Keep until when a chat asks for silence, and what is told of a message that does not go out."""
        if isinstance(answer, Throttled):
            self._free_at[chat_id] = time.monotonic() + answer.seconds
        if not isinstance(answer, Sent) and (tries >= TOLD_ATTEMPTS or self._closing.is_set()):
            self._trouble = answer.why


def _wait(answer: Answer, tries: int) -> float | None:
    """Return after how many seconds to try again; None: that is settled."""
    match answer:
        case Throttled(seconds=seconds):
            return seconds
        case Unreachable():
            return min(BACK_OFF_SECONDS * 2.0 ** (tries - 1), BACK_OFF_SECONDS_MAX)
        case Sent() | Refused():
            return None


def _deliveries(message: Message, attempts: int, error: str | None) -> Iterator[Delivery]:
    for group in message.groups:
        for position, recorded in enumerate(group.records):
            yield Delivery(
                code=group.last.code,
                recorded_at_ms=recorded,
                status=_status(message, position) if error is None else "failed",
                attempts=attempts,
                error=error or "",
            )


def _status(message: Message, position: int) -> DeliveryStatus:
    if message.kind == "digest":
        return "digested"
    return "sent" if message.kind == "single" and position == 0 else "folded"
