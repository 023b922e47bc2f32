"""Telegram as a test plays it: it answers what it is told to, and keeps what was sent to it."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event
from typing import Any, Final

import httpx
import respx

TOKEN: Final = "123456789:AAtheTokenThatOnlyThisTestKnows_0123456"
CHAT: Final = "4711"
SECONDS: Final = 10.0
"""How long a test waits for a thread before it fails."""
OK: Final = (200, {"ok": True, "result": {"message_id": 1}})


def refusal(status: int, description: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    """An answer as the Bot API gives it."""
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, body | ({"parameters": parameters} if parameters else {})


class Bot:
    """Answers come from `answers`, then from `always`. `hangs`: no answer until it is set."""

    def __init__(self) -> None:
        self.answers: Final[deque[Any]] = deque()
        self.always: Any = OK
        self.hangs: Event | None = None
        self.asked: list[tuple[str, str]] = []
        self.taken: list[tuple[str, str]] = []
        self._changed: Final = Condition()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        with self._changed:
            self.asked.append((str(body["chat_id"]), body["text"]))
            self._changed.notify_all()
        if self.hangs is not None:
            self.hangs.wait(SECONDS)
        answer = self.answers.popleft() if self.answers else self.always
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, Exception):
            raise answer
        with self._changed:
            if answer == OK:
                self.taken.append((str(body["chat_id"]), body["text"]))
            self._changed.notify_all()
        status, content = answer
        headers = {"content-type": "application/json"}
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return httpx.Response(status, content=raw, headers=headers)

    @property
    def texts(self) -> list[str]:
        """Return the messages that were taken, in order."""
        return [text for _, text in self.taken]

    @property
    def heads(self) -> list[str]:
        """Return their first lines."""
        return [text.split("\n", 1)[0] for text in self.texts]

    def wait_taken(self, count: int) -> None:
        """Wait until so many messages were taken."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.taken) >= count, SECONDS), self.taken

    def wait_asked(self, count: int) -> None:
        """Wait until so many requests came."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.asked) >= count, SECONDS), self.asked


@contextmanager
def bot() -> Iterator[Bot]:
    """Stand in for Telegram; what goes to this machine goes through."""
    told = Bot()
    with respx.mock(assert_all_called=False) as router:
        router.route(host="127.0.0.1").pass_through()
        router.post(host="api.telegram.org", path=f"/bot{TOKEN}/sendMessage").mock(side_effect=told)
        yield told
