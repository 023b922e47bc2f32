"""The account's listen key: one for everybody who asks, alive for an hour after the last call.

Source: facts, sections 2.5 and 6.1.
"""

import secrets
from typing import Final

from capi.cli.serve.errors import WireError

LIFE_MS: Final = 3_600_000


class ListenKeys:
    """The one key that is alive, if any."""

    def __init__(self) -> None:
        """Start without one."""
        self._key: str | None = None
        self._until_ms = 0

    def alive(self, key: str) -> bool:
        """Return whether this is the key."""
        return key == self._key

    def create(self, now_ms: int) -> str:
        """Return the key, a new one when there is none, and prolong it."""
        if self._key is None:
            self._key = secrets.token_hex(32)
        self._until_ms = now_ms + LIFE_MS
        return self._key

    def prolong(self, now_ms: int) -> str:
        """Prolong the key. Raises WireError -1125 when there is none."""
        if self._key is None:
            raise WireError(-1125, "This listenKey does not exist.")
        self._until_ms = now_ms + LIFE_MS
        return self._key

    def drop(self) -> list[str]:
        """End the key; return it, if there was one."""
        ended = [] if self._key is None else [self._key]
        self._key = None
        return ended

    def expired(self, now_ms: int) -> list[str]:
        """End the key when its time is over; return it then."""
        return self.drop() if now_ms >= self._until_ms else []
