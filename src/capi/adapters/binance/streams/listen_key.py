"""The key of the user data stream: asked for before each connection, prolonged while it is used.

Source: facts, sections 2.5 and 6.1. POST returns the account's key, or a new one when there is none, and makes it good
for an hour; PUT prolongs it, and answers -1125 when it is gone: then a new one is needed, and a new connection.
"""

import time
from typing import Final

from returns.pipeline import is_successful

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.rows import Row
from capi.adapters.binance.streams.no_address import NoAddressError
from capi.core.errors import Rejected

RETRY_SECONDS: Final = 60.0
GONE: Final = -1125


class ListenKey:
    """One account's key. Each method is called from one thread at a time."""

    def __init__(self, client: Client, calls: Calls, prolong_every: float) -> None:
        """`prolong_every`: seconds."""
        self._every: Final = prolong_every
        self._client: Final = client
        self._calls: Final = calls
        self._due_at = float("inf")

    def ask(self) -> str:
        """Return the key. Raises NoAddressError when the exchange gives none."""
        result = self._client.ask(self._calls.listen_key("POST"), lambda answer: Row(answer, "key").text("listenKey"))
        if not is_successful(result):
            error = result.failure()
            raise NoAddressError(f"no key for it ({type(error).__name__}: {error.message})")
        self._due_at = time.monotonic() + self._every
        return result.unwrap()

    def prolong(self, now: float) -> bool:
        """Prolong the key when it is time; return whether it is gone, and another one is needed."""
        if now < self._due_at:
            return False
        self._due_at = now + self._every
        result = self._client.call(self._calls.listen_key("PUT"))
        if is_successful(result):
            return False
        error = result.failure()
        if isinstance(error, Rejected) and error.code == GONE:
            return True
        self._due_at = now + RETRY_SECONDS
        return False
